"""`/request why 12`: who has a request, since when, and, for the team, why."""

from bot.desk import listing
from bot.desk.service import Desk
from bot.slack.render import Renderer
from handlers import request_verbs
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.request_verbs import Verb


def verb(on: Listeners, desk: Desk, renderer: Renderer) -> Verb:
    async def why(incoming: Incoming, rest: str) -> None:
        found = await desk.why(incoming.actor, listing.known_id(rest))
        await on.answer(incoming, renderer.message("desk/why" if found.team else "desk/why_client", why=found))

    return Verb(why, request_verbs.is_number, (("why 12", "who has request R-12, since when, and why"),))
