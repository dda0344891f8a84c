"""`/oncall calendar`: the links to one's calendars, and new ones where one got out. Only who asked sees them."""

from collections.abc import Awaitable, Callable

from bot.calendars.model import Link
from bot.calendars.service import Calendars
from bot.directory.model import Directory
from bot.slack import ids, text
from bot.slack.render import Message, Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

USAGE = (
    ("calendar", "links to subscribe to: your shifts, your region, all regions"),
    ("calendar eu", "the same, with another region's calendar"),
)
Answer = Callable[[Incoming, text.Command], Awaitable[None]]


def register(on: Listeners, calendars: Calendars, renderer: Renderer, directory: Callable[[], Directory]) -> Answer:
    """→ what answers `/oncall calendar`."""
    command = directory().commands["oncall"]

    def message(links: tuple[Link, ...], *, rolled: bool) -> Message:
        return renderer.message("oncall/calendar", links=links, rolled=rolled, command=command)

    async def calendar(incoming: Incoming, words: text.Command) -> None:
        links = await calendars.links(incoming.actor, words.rest.lower())
        await on.answer(incoming, message(links, rolled=False))

    async def roll(incoming: Incoming) -> None:
        links = await calendars.roll(incoming.actor)
        await on.answer(incoming, message(links, rolled=True), replace=True)

    on.action(ids.CALENDAR_ROLL, roll)
    return calendar
