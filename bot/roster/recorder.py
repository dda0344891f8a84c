"""Writes history down by the clock: at each change of duty, and before anything changes the roster.

What a tick cannot see is an edit of the file that was made while nothing ran. `bot.shifts.edits` asks for a record
under the old file then, so that not even that moves a shift which has begun.
"""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.roster import history
from bot.roster.service import Roster
from bot.store.database import Database
from schedules.rota.model import Rota


class Recorder:
    def __init__(self, db: Database, clock: Clock, roster: Roster) -> None:
        self._db = db
        self._clock = clock
        self._roster = roster
        self._seen: Rota | None = None
        self._next: datetime | None = None

    async def tick(self) -> None:
        """Records what has passed, where somebody came or went, or the roster has changed."""
        now = self._clock.now()
        async with self._db.read() as tx:
            rota = await self._roster.rota_as_it_stands(tx)
        if rota is self._seen and self._next is not None and now < self._next:
            return
        await self.record(now)

    async def record(self, now: datetime) -> None:
        """Up to `now`, under the file that is in force."""
        async with self._db.write() as tx:
            await self.record_in(tx, await self._roster.rota_as_it_stands(tx), now)
        async with self._db.read() as tx:
            self._seen = await self._roster.rota_as_it_stands(tx)
        self._next = history.next_change(self._seen, now)

    async def record_in(self, tx: AsyncSession, rota: Rota, now: datetime) -> None:
        """The same in the caller's transaction, under `rota`."""
        if await history.record(tx, rota, now):
            await self._roster.standing.changed(tx)
