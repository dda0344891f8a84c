"""An edit of the roster file takes a client away, or gives it back: the cards of its open requests say so.

The requests stay with the team. That nothing is sent to the channel meanwhile is the door's business, and the outbox's.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import rows
from bot.desk.messages import Messages
from bot.desk.service import Desk
from bot.store.database import Database


class Reach:
    """`before` and `after` a roster file takes the place of another."""

    def __init__(self, db: Database, desk: Desk, messages: Messages) -> None:
        self._db = db
        self._desk = desk
        self._messages = messages
        self._was: dict[int, str] = {}

    async def before(self, now: datetime) -> None:
        async with self._db.read() as tx:
            self._was = await self._shut(tx)

    async def after(self, now: datetime) -> None:
        async with self._db.read() as tx:
            is_now = await self._shut(tx)
        changed = [id for id, why in is_now.items() if self._was.get(id) != why]
        if not changed:
            return
        async with self._db.write() as tx:
            for request_id in changed:
                await self._messages.redrawn(tx, await rows.locked(tx, request_id), now)
        self._messages.wake()

    async def _shut(self, tx: AsyncSession) -> dict[int, str]:
        """Each open request → why its client is told nothing, or nothing."""
        return {r.id: self._messages.door.shut(r) for r in await self._desk.open_requests(tx) if r.id is not None}
