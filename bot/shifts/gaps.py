"""Gaps, told once when they are seen and once when they begin: to the region's channel, and then to the admins too.

A gap that somebody closes half is no new gap: what was told covers a stretch of time, and only what lies outside of
it is told again. Nothing is repeated by the clock (Grafana OnCall did it every ten minutes, issue 1553).
"""

from collections.abc import Callable
from dataclasses import replace
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
        schedule = resolve.resolve(rota, now - timedelta(days=1), now + timedelta(days=self._wanted().gap_days))
        async with self._db.read() as tx:
            told = await self._told(tx, now)
        if _begun(schedule, told, now) or _new(schedule, told, now):
            async with self._db.write() as tx:
                await claims.turn(tx, JOB, now)
                told = await self._told(tx, now)
                await self._tell_begun(tx, schedule, told, now)
                await self._tell_new(tx, schedule, told, now)
            self._messages.wake()
        self._rota, self._next = rota, _begins_next(schedule, now)

    async def _told(self, tx: AsyncSession, now: datetime) -> list[GapNotice]:
        query = select(GapNotice).where(col(GapNotice.end) > now - timedelta(days=1))
        return list((await tx.scalars(query)).all())

    async def _tell_begun(self, tx: AsyncSession, schedule: Schedule, told: list[GapNotice], now: datetime) -> None:
        for gap, row in _begun(schedule, told, now):
            region = self._directory().region(gap.region)
            if row is None:
                row = await _noted(tx, gap, now)
                told.append(row)
            row.began_at = now
            lead = next((x for x in schedule.leads if x.start <= now < x.end), None)
            leader = model.leading(schedule, lead.region, now) if lead else None
            if region is not None:
                await self._messages.gap_begins(tx, str(row.id), region, gap, leader)

    async def _tell_new(self, tx: AsyncSession, schedule: Schedule, told: list[GapNotice], now: datetime) -> None:
        """One message for each region."""
        regions: dict[str, list[Gap]] = {}
        for gap in _new(schedule, told, now):
            regions.setdefault(gap.region, []).append(gap)
        for region_id, gaps in regions.items():
            region = self._directory().region(region_id)
            noted = [await _noted(tx, gap, now) for gap in gaps]
            if region is not None:
                await self._messages.gaps(tx, str(noted[0].id), region, gaps)


def _begun(schedule: Schedule, told: list[GapNotice], now: datetime) -> list[tuple[Gap, GapNotice | None]]:
    """The gaps of this moment that were not told as begun. One never seen before is told then, and only then."""
    found = []
    for gap in schedule.gaps:
        row = next((r for r in told if _of(r, gap) and r.start <= now < r.end), None)
        if gap.start <= now < gap.end and (row is None or row.began_at is None):
            found.append((gap, row))
    return found


def _new(schedule: Schedule, told: list[GapNotice], now: datetime) -> list[Gap]:
    """What lies ahead and was not told before."""
    found = []
    for gap in schedule.gaps:
        if gap.start > now:
            known = [(r.start, r.end) for r in told if _of(r, gap)]
            found += [replace(gap, start=s, end=e) for s, e in spans.without([(gap.start, gap.end)], known)]
    return found


def _begins_next(schedule: Schedule, now: datetime) -> datetime:
    return min([g.start for g in schedule.gaps if g.start > now] + [now + LOOK_EVERY])


def _of(row: GapNotice, gap: Gap) -> bool:
    return (row.region, row.role) == (gap.region, str(gap.role))


async def _noted(tx: AsyncSession, gap: Gap, now: datetime) -> GapNotice:
    row = GapNotice(region=gap.region, role=str(gap.role), start=gap.start, end=gap.end, seen_at=now)
    tx.add(row)
    await tx.flush()
    return row
