"""App Home: for an engineer what is theirs to do, for a client's people their requests and who has them.

It is drawn when somebody opens it, and after each of their clicks in it; never for those who are not looking.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.desk.listing import Asked, Page, Which
from bot.desk.lists import Lists
from bot.directory.model import Directory, Role
from bot.roster.changes import Changes
from bot.roster.model import Holder
from bot.roster.service import Overview, Roster
from bot.slack import ids
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.request_forms import Forms


@dataclass(frozen=True)
class Theirs:
    """A client's name and its open requests."""

    client: str
    page: Page


def register(
    on: Listeners,
    lists: Lists,
    roster: Roster,
    changes: Changes,
    forms: Forms,
    slack: Gateway,
    renderer: Renderer,
    directory: Callable[[], Directory],
) -> None:
    async def opened(incoming: Incoming) -> None:
        if incoming.body["event"].get("tab", "home") == "home":
            await draw(incoming)

    async def draw(incoming: Incoming) -> None:
        overview, command = await roster.overview(), directory().commands["request"]
        draws = clients if incoming.actor.role is Role.CLIENT else engineers
        await slack.view_publish(incoming.actor.slack, await draws(incoming, overview, command))

    async def engineers(incoming: Incoming, overview: Overview, command: str) -> dict[str, object]:
        who = incoming.actor
        return renderer.view(
            "home/engineer",
            duty=duty(overview, who.slack),
            overview=overview,
            mine=await lists.page(who, Asked(Which.MINE)),
            promised=await lists.promised(who),
            swaps=await changes.swaps.waiting_for(who),
            command=command,
        )

    async def clients(incoming: Incoming, overview: Overview, command: str) -> dict[str, object]:
        """Each client's in whose channel they are, as they would see it there."""
        found: dict[str, Theirs] = {}
        for channel, client in await forms.theirs(incoming):
            if client.id not in found:
                there = await on.actor_of(incoming.actor.slack, channel)
                found[client.id] = Theirs(client.name, await lists.page(there, Asked(Which.CLIENT)))
        return renderer.view("home/client", overview=overview, theirs=list(found.values()), command=command)

    async def refreshed(incoming: Incoming) -> None:
        """Every click draws it anew, this one does nothing else."""

    on.event("app_home_opened", opened)
    on.action(ids.HOME_REFRESH, refreshed)
    on.home(draw)


def duty(overview: Overview, slack: str) -> Holder | None:
    """What somebody is on duty as, the first line before the second."""
    first = [region.on_duty for region in overview.regions]
    second = [region.secondary for region in overview.regions]
    return next((holder for holder in [*first, *second] if holder is not None and holder.slack == slack), None)
