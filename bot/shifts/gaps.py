"""Gaps, told once when they are seen and once when they begin: to the region's channel, and then to the admins too.

A gap that somebody closes half is no new gap: what was told covers a stretch of time, and only what lies outside of
it is told again. Nothing is repeated by the clock (Grafana OnCall did it every ten minutes, issue 1553): a gap counts
from its start, is told whole although it ends beyond what is looked at, and what comes into sight of it is not new.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory
from bot.roster.service import Roster
from bot.shifts import model
from bot.shifts.messages import Messages
from bot.shifts.tables import GapNotice
from bot.store import claims
from bot.store.database import Database
from schedules.rota import resolve, spans
from schedules.rota.model import Gap, Rota, Schedule

JOB = "gap notices"
LOOK_EVERY = timedelta(minutes=10)
"""So often is looked for gaps that come into sight by time alone; a change of the roster is looked at at once."""
FURTHER = timedelta(days=14)
"""So far beyond the last start that is told a gap is followed to its end. A longer one has no end in sight."""


@dataclass(frozen=True)
class View:
    """What is ahead at `now`: gaps that start before `horizon` are told; one that reaches `sight` may go on."""

    now: datetime
    horizon: datetime
    sight: datetime
    schedule: Schedule


class Gaps:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        wanted: Callable[[], model.Wanted],
        roster: Roster,
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._wanted = wanted
        self._roster = roster
        self._messages = messages
        self._rota: Rota | None = None
        self._next: datetime | None = None

    async def tick(self) -> None:
        now = self._clock.now()
        if not self._wanted().gap_days:
            return
        async with self._db.read() as tx:
            rota = await self._roster.rota_as_it_stands(tx)
        if rota is self._rota and self._next is not None and now < self._next:
            return
        view = _view(rota, now, timedelta(days=self._wanted().gap_days))
        async with self._db.read() as tx:
            told = await self._told(tx, now)
        if _begun(view, told) or _new(view, told) or _further(view, told):
            async with self._db.write() as tx:
                await claims.turn(tx, JOB, now)
                told = await self._told(tx, now)
                for row, end in _further(view, told):
                    row.end = end
                await self._tell_begun(tx, view, told)
                await self._tell_new(tx, view, told)
            self._messages.wake()
        self._rota, self._next = rota, _begins_next(view.schedule, now)

    async def _told(self, tx: AsyncSession, now: datetime) -> list[GapNotice]:
        query = select(GapNotice).where(col(GapNotice.end) > now - timedelta(days=1))
        return list((await tx.scalars(query)).all())

    async def _tell_begun(self, tx: AsyncSession, view: View, told: list[GapNotice]) -> None:
        """Whatever was told of it piece by piece begins as one."""
        now, schedule = view.now, view.schedule
        for gap, rows in _begun(view, told):
            region = self._directory().region(gap.region)
            if not rows:
                rows = [await _noted(tx, gap, now)]
                told += rows
            for row in rows:
                row.began_at = now
            rows[-1].end = max(*(row.end for row in rows), gap.end)
            lead = next((x for x in schedule.leads if x.start <= now < x.end), None)
            leader = model.leading(schedule, lead.region, now) if lead else None
            if region is not None:
                await self._messages.gap_begins(tx, str(rows[0].id), region, gap, leader, view.sight)

    async def _tell_new(self, tx: AsyncSession, view: View, told: list[GapNotice]) -> None:
        """One message for each region."""
        regions: dict[str, list[Gap]] = {}
        for gap in _new(view, told):
            regions.setdefault(gap.region, []).append(gap)
        for region_id, gaps in regions.items():
            region = self._directory().region(region_id)
            noted = [await _noted(tx, gap, view.now) for gap in gaps]
            if region is not None:
                await self._messages.gaps(tx, str(noted[0].id), region, gaps, view.sight)


def _view(rota: Rota, now: datetime, ahead: timedelta) -> View:
    """It ends at a midnight, so that a gap without an end comes further into sight once a day, and not at each look."""
    horizon = now + ahead
    sight = (horizon + FURTHER).replace(hour=0, minute=0, second=0, microsecond=0)
    return View(now, horizon, sight, resolve.resolve(rota, now - timedelta(days=1), sight))


def _begun(view: View, told: list[GapNotice]) -> list[tuple[Gap, list[GapNotice]]]:
    """The gaps of this moment that were not told as begun. One never seen before is told then, and only then."""
    found = []
    for gap in view.schedule.gaps:
        if gap.start <= view.now < gap.end:
            rows = [r for r in told if _of(r, gap) and r.start < gap.end and r.end > view.now]
            if not any(r.start <= view.now and r.began_at for r in rows):
                found.append((gap, rows))
    return found


def _new(view: View, told: list[GapNotice]) -> list[Gap]:
    """What begins ahead, before the horizon, and was not told before."""
    ahead = [gap for gap in view.schedule.gaps if gap.start > view.now]
    return [part for gap in ahead for part in _untold(gap, told) if part.start < view.horizon]


def _further(view: View, told: list[GapNotice]) -> list[tuple[GapNotice, datetime]]:
    """What was told and goes on beyond the horizon: to where it is seen to go now. That is no news."""
    found = []
    for gap in view.schedule.gaps:
        for part in _untold(gap, told):
            row = next((r for r in told if _of(r, gap) and r.end == part.start), None)
            if row is not None and part.start >= view.horizon:
                found.append((row, part.end))
    return found


def _untold(gap: Gap, told: list[GapNotice]) -> list[Gap]:
    known = [(r.start, r.end) for r in told if _of(r, gap)]
    return [replace(gap, start=s, end=e) for s, e in spans.without([(gap.start, gap.end)], known)]


def _begins_next(schedule: Schedule, now: datetime) -> datetime:
    return min([g.start for g in schedule.gaps if g.start > now] + [now + LOOK_EVERY])


def _of(row: GapNotice, gap: Gap) -> bool:
    return (row.region, row.role) == (gap.region, str(gap.role))


async def _noted(tx: AsyncSession, gap: Gap, now: datetime) -> GapNotice:
    row = GapNotice(region=gap.region, role=str(gap.role), start=gap.start, end=gap.end, seen_at=now)
    tx.add(row)
    await tx.flush()
    return row
