"""What is said about promises and response targets. Writes outbox rows, never sends.

The client reads when it hears next, through the `Door`; everything else is the team's: reminders and warnings go to
the owner as direct messages, what was not kept goes to the region's channel.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import clocks
from bot.desk.door import Door, key
from bot.desk.messages import card_key
from bot.desk.tables import Promise, Request, ResponseClock
from bot.directory.model import Directory
from bot.outbox.api import Destination, Outbox, Priority
from bot.slack import links
from bot.slack.render import Message, Renderer


class Reminders:
    def __init__(
        self,
        outbox: Outbox,
        renderer: Renderer,
        directory: Callable[[], Directory],
        door: Door,
        home: Callable[[], str] = lambda: "",
    ) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory
        self._door = door
        self._home = home

    def wake(self) -> None:
        self._outbox.wake()

    async def promised(self, tx: AsyncSession, request: Request, promise: Promise, words: str) -> None:
        """To the client."""
        values = {"by": promise.by, "due": promise.due_at, "words": words}
        await self._door.post(tx, request, f"promise/{promise.id}", "desk/promised", **values)

    async def confirmed(self, tx: AsyncSession, request: Request, message: int, due: datetime | None, by: str) -> None:
        """In place of the question whether it was a promise."""
        made = self._renderer.message("desk/promise_confirmed", request=request, due=due, by=by)
        await self._outbox.update(tx, asked_key(request, message), made)

    async def remind(self, tx: AsyncSession, request: Request, promise: Promise) -> None:
        made = await self._about(tx, "desk/promise_due", request, promise=promise)
        await self._outbox.post(
            tx,
            f"{key(request)}/promise/{promise.id}/due",
            self._owner(request),
            made,
            expires=promise.due_at,
        )

    async def broken(self, tx: AsyncSession, request: Request, promise: Promise) -> None:
        made = await self._about(tx, "desk/promise_broken", request, promise=promise)
        to = Destination(channel=self._directory().region_of(request.region).channel)
        await self._outbox.post(tx, f"{key(request)}/promise/{promise.id}/broken", to, made, priority=Priority.PAGE)

    async def warn(self, tx: AsyncSession, request: Request, clock: ResponseClock) -> None:
        what = clocks.WORDS[clocks.Kind(clock.kind)]
        made = await self._about(tx, "desk/target_near", request, what=what, clock=clock)
        at = f"{key(request)}/near/{clock.id}"
        await self._outbox.post(tx, at, self._owner(request), made, expires=clock.due_at)

    def _owner(self, request: Request) -> Destination:
        """Who left the team keeps nothing any more: then it is said to the others of the region."""
        if self._directory().person_by_slack(request.owner) is not None:
            return Destination(user=request.owner)
        return Destination(channel=self._directory().region_of(request.region).channel)

    async def _about(self, tx: AsyncSession, template: str, request: Request, **values: object) -> Message:
        client = self._directory().client(request.client)
        card = await self._outbox.located(tx, card_key(request))
        return self._renderer.message(
            template,
            request=request,
            client=client.name if client else request.client,
            card=links.message(self._home(), *card) if card else "",
            **values,
        )


def asked_key(request: Request, message: int) -> str:
    """The question whether a message of that row was a promise."""
    return f"{key(request)}/promise/asked/{message}"
