"""An edit of the roster file takes force: the past is recorded under the old one, and whoever it moves is told.

Grafana OnCall tells nobody (issue 5353). What is compared is what the two files make of the weeks ahead, with the
swaps, overrides and time off that stand, and not their texts. Editions are rows, so an edit that was made while
nothing ran is told after the start, and of several replicas one tells.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory
from bot.errors import BotError
from bot.roster.recorder import Recorder
from bot.roster.service import Roster
from bot.roster.tables import RosterEdition
from bot.shifts import model, runs
from bot.shifts.messages import Messages
from bot.store import rows
from bot.store.database import Database
from schedules.rota import diff
from schedules.rota.model import Rota

log = structlog.get_logger()
WHOLE = timedelta(days=10)
"""Is looked at beyond the weeks that are told, so that a shift which begins in them is told with its end."""


class File(Protocol):
    """The roster file in force, and what an earlier one's parts would make of it."""

    def sections(self) -> dict[str, Any]: ...

    def rota_of(self, sections: dict[str, Any]) -> Rota: ...


class Edits:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        wanted: Callable[[], model.Wanted],
        roster: Roster,
        recorder: Recorder,
        file: Callable[[], File],
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._wanted = wanted
        self._roster = roster
        self._recorder = recorder
        self._file = file
        self._messages = messages

    async def adopt(self, now: datetime | None = None) -> None:
        """The file in force becomes the newest edition, if it is another; at the start, and after each reload."""
        now = now or self._clock.now()
        sections = self._file().sections()
        digest = _digest(sections)
        async with self._db.write() as tx:
            last = (await tx.scalars(select(RosterEdition).order_by(col(RosterEdition.id).desc()).limit(1))).first()
            if last is not None and last.digest == digest:
                return
            after = last.id if last is not None and last.id is not None else 0
            edition = RosterEdition(after=after, digest=digest, sections=sections, since=now)
            if await rows.insert_new(tx, edition) and last is not None:
                await self._tell(tx, last, after, now)
        self._messages.wake()

    async def _tell(self, tx: AsyncSession, last: RosterEdition, number: int, now: datetime) -> None:
        try:
            old = await self._roster.standing.under(tx, self._file().rota_of(last.sections))
        except BotError as error:
            log.warning("the last edition of the roster cannot be read any more", error=str(error))
            return
        await self._recorder.record_in(tx, old, now)
        new = await self._roster.standing.rota(tx)
        until = now + timedelta(weeks=self._wanted().edit_weeks)
        moved = [change for change in diff.changes(old, new, now, until + WHOLE) if change.start < until]
        told = 0
        for person in self._directory().people:
            mine = [change for change in moved if change.person == person.id]
            if mine:
                await self._messages.moved(tx, number, person, runs.of(mine, person.zone), self._wanted().edit_weeks)
                told += 1
        await self._messages.edited(tx, number, told, self._wanted().edit_weeks)


def _digest(sections: dict[str, Any]) -> str:
    written = json.dumps(sections, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()
