"""What was said in one of a request's threads, shown in the other. Writes outbox rows, never sends.

Into the team's thread everything goes that stands in the client's. Into the client's thread goes what an engineer sent
there on purpose, as theirs, through the `Door`.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import said
from bot.desk.door import key
from bot.desk.messages import Messages, card_key
from bot.desk.reminders import asked_key
from bot.desk.said import Side
from bot.desk.tables import Request, RequestMessage
from bot.directory.model import Directory
from bot.outbox.api import Destination, Outbox
from bot.slack import links
from bot.slack.render import Renderer


class Mirror:
    def __init__(
        self,
        outbox: Outbox,
        renderer: Renderer,
        directory: Callable[[], Directory],
        messages: Messages,
        home: Callable[[], str] = lambda: "",
    ) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory
        self._door = messages.door
        self._home = home

    def shut(self, request: Request) -> str:
        return self._door.shut(request)

    async def to_team(self, tx: AsyncSession, request: Request, row: RequestMessage, thread_ts: str = "") -> None:
        """Under the card, and an edit where the message stands already, be that under an earlier card."""
        client = self._directory().client(request.client)
        message = self._renderer.message(
            "desk/heard",
            row=row,
            client=client.name if client else request.client,
            pieces=said.quoted(row.text),
            begins=row.ts == thread_ts,
            link=links.message(self._home(), row.channel, row.ts, thread_ts),
        )
        at = f"{key(request)}/heard/{row.id}"
        if row.mirrored:
            await self._outbox.update(tx, at, message)
        else:
            await self._outbox.post(tx, at, Destination(thread_of=card_key(request)), message)
            row.mirrored = True

    async def to_client(self, tx: AsyncSession, request: Request, row: RequestMessage) -> None:
        """As the engineer's words. The engineer sees by a check mark on their own message that it has gone out."""
        values = {"by": row.by, "words": row.text, "edited": row.edited}
        if row.copies and not row.deleted:
            await self._door.update(tx, request, _copy(row), "desk/replied", **values)
            return
        row.copies, row.deleted = row.copies + 1, False
        await self._door.post(tx, request, _copy(row), "desk/replied", **values)
        if row.channel:
            sent = f"{key(request)}/{_copy(row)}"
            await self._outbox.react(tx, f"{sent}/done", row.channel, row.ts, "white_check_mark", after=sent)

    async def take_back(self, tx: AsyncSession, request: Request, row: RequestMessage) -> None:
        row.deleted, row.text = True, ""
        await self._door.remove(tx, request, _copy(row))

    async def ask_whether_it_is_back(self, tx: AsyncSession, request: Request) -> None:
        """Once for each time that it was resolved."""
        await self._door.post(tx, request, f"back/{request.version}", "desk/is_it_back")

    async def ask_whether_it_is_a_promise(
        self, tx: AsyncSession, request: Request, row: RequestMessage, due: datetime
    ) -> None:
        """To who said it, under the card: not in the client's thread, and not gone with the next reload of Slack."""
        assert row.id is not None
        values = {"row": row, "due": due, "seconds": int(due.timestamp())}
        made = self._renderer.message("desk/promise_asked", request=request, **values)
        await self._outbox.post(tx, asked_key(request, row.id), Destination(thread_of=card_key(request)), made)


def _copy(row: RequestMessage) -> str:
    assert row.side == Side.REPLY
    return f"said/{row.id}.{row.copies}"
