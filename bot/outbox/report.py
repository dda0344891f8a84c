"""Tells the admins what could not be delivered, with a way to send it again.

A report that cannot be delivered itself is only logged. A page that nobody answers tries the same way again and again:
its first failure is told, and stands there to be sent again.
"""

import re
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory import access
from bot.directory.access import Actor, Right
from bot.errors import Conflict
from bot.outbox.api import Destination, Outbox
from bot.outbox.tables import OutgoingMessage
from bot.slack.render import Message, Renderer
from bot.store.database import Database

PREFIX = "outbox/undelivered/"
TOLD_ELSEWHERE = (PREFIX, "trial/")
"""Keys that begin so are told to nobody here: a report itself, and what somebody sends to try their own methods."""
_OF_A_PAGE = re.compile(r"page/\d+/")


class AdminReport:
    def __init__(self, db: Database, outbox: Outbox, renderer: Renderer, admin_channel: Callable[[], str]) -> None:
        self._db = db
        self._outbox = outbox
        self._renderer = renderer
        self._channel = admin_channel

    async def __call__(self, tx: AsyncSession, row: OutgoingMessage, reason: str) -> None:
        """In the transaction that records the failure. A second failure of the row stands where the first did."""
        if row.key.startswith(TOLD_ELSEWHERE) or row.kind in ("reply", "reaction", "pin") or row.ts is not None:
            return
        key, message = PREFIX + row.id, self._message(row, reason)
        if await self._outbox.exists(tx, key):
            await self._outbox.update(tx, key, message)
        elif not await self._told_before(tx, row):
            await self._outbox.post(tx, key, Destination(channel=self._channel()), message)

    async def _told_before(self, tx: AsyncSession, row: OutgoingMessage) -> bool:
        """Whether the admins have read that a page does not come through this way to this person."""
        page = _OF_A_PAGE.match(row.key)
        if page is None:
            return False
        other = OutgoingMessage
        before = col(other.key).startswith(page[0]), col(other.lane) == row.lane, col(other.state) == "failed"
        failed = await tx.scalars(select(other.id).where(*before, col(other.id) != row.id))
        return any([await self._outbox.exists(tx, PREFIX + id) for id in failed.all()])

    async def again(self, who: Actor, id: str) -> None:
        """Sends the row `id` once more. Raises `Conflict` where there is nothing to send any more."""
        access.require(who, Right.ADMINISTER)
        async with self._db.write() as tx:
            row = await self._outbox.send_again(tx, id)
            if row is None:
                raise Conflict(await self._why_not(tx, id), hint="There is nothing to do.")
            await self._outbox.update(tx, PREFIX + id, self._message(row, again=who.slack))
        self._outbox.wake()

    async def _why_not(self, tx: AsyncSession, id: str) -> str:
        state = (await tx.scalars(select(OutgoingMessage.state).where(col(OutgoingMessage.id) == id))).first()
        if state == "done":
            return "This message has been delivered."
        if state in ("pending", "leased"):
            return "This message is being sent again already."
        return "This message is not to be sent any more: what it was about is over."

    def _message(self, row: OutgoingMessage, reason: str = "", again: str = "") -> Message:
        where = row.contact_ref or row.channel or f"the direct messages of {row.user}"
        return self._renderer.message(
            "common/undelivered", where=where, channel=row.channel, key=row.key, reason=reason, id=row.id, again=again
        )
