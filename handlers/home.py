"""App Home: who is on duty, what is mine, and a way to ask for support."""

from collections.abc import Callable

from bot.desk.service import Desk
from bot.directory.model import Directory, Role
from bot.roster.service import Roster
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners


def register(
    on: Listeners,
    desk: Desk,
    roster: Roster,
    slack: Gateway,
    renderer: Renderer,
    directory: Callable[[], Directory],
) -> None:
    async def opened(incoming: Incoming) -> None:
        if incoming.body["event"].get("tab", "home") != "home":
            return
        who = incoming.actor
        mine = await desk.mine(who) if who.role is not Role.CLIENT else []
        overview = await roster.overview()
        view = renderer.view(
            "home/home", who=who, overview=overview, mine=mine, command=directory().commands["request"]
        )
        await slack.view_publish(who.slack, view)

    on.event("app_home_opened", opened)
