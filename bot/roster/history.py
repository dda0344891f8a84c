"""What was, as it was: shifts and gaps are recorded when they happen, and never worked out anew.

A record grows with the clock: at every change of duty, and before anything changes the roster, what has passed since
the last look is written down as the roster then had it. Resolution asks the records first, so an edit of a rotation
moves no shift of yesterday.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.roster.tables import ShiftRecord
from bot.store import claims
from schedules.rota import resolve
from schedules.rota.model import Gap, Recorded, Role, Rota, Shift

JOB = "shift records"
RECALLED = timedelta(days=400)
"""How far back records are read: the ledger counts a year."""


async def recorded(tx: AsyncSession, now: datetime) -> Recorded | None:
    """For the rota. None before the first record."""
    until = await claims.looked(tx, JOB)
    if until is None:
        return None
    query = select(ShiftRecord).where(col(ShiftRecord.end) > now - RECALLED).order_by(col(ShiftRecord.start))
    found = (await tx.scalars(query)).all()
    shifts = tuple(
        Shift(r.region, Role(r.role), r.person, r.start, r.end, tuple(r.because["why"]), r.because["added"])
        for r in found
        if r.person
    )
    gaps = tuple(Gap(r.region, Role(r.role), r.start, r.end, tuple(r.because["why"])) for r in found if not r.person)
    since = min((r.start for r in found), default=until)
    return Recorded(until, shifts, gaps, since)


async def record(tx: AsyncSession, rota: Rota, now: datetime) -> bool:
    """Writes down what passed since the last look, as `rota` has it, once over all replicas. → whether anything was.

    The first look only remembers from when on there are records.
    """
    since = await claims.turn(tx, JOB, now)
    if since is None:
        return True
    if since >= now:
        return False
    schedule = resolve.resolve(rota, since, now)
    before = {_key(row): row for row in await _ending(tx, since)}
    for row in _rows(schedule.shifts, schedule.gaps):
        earlier = before.get(_key(row)) if row.start == since else None
        if earlier is not None:
            earlier.end = row.end
        else:
            tx.add(row)
    await tx.flush()
    return True


def next_change(rota: Rota, now: datetime) -> datetime:
    """When somebody comes or goes next; within a day, so that no record lags further behind."""
    schedule = resolve.resolve(rota, now, now + timedelta(days=1))
    edges = [at for shift in schedule.shifts for at in (shift.start, shift.end)]
    edges += [at for gap in schedule.gaps for at in (gap.start, gap.end)]
    return min((at for at in edges if at > now), default=now + timedelta(days=1))


async def _ending(tx: AsyncSession, at: datetime) -> list[ShiftRecord]:
    return list((await tx.scalars(select(ShiftRecord).where(col(ShiftRecord.end) == at))).all())


def _rows(shifts: Iterable[Shift], gaps: Iterable[Gap]) -> list[ShiftRecord]:
    rows = [
        ShiftRecord(
            region=s.region,
            role=str(s.role),
            person=s.person,
            start=s.start,
            end=s.end,
            because={"why": list(s.because), "added": s.added},
        )
        for s in shifts
    ]
    return rows + [
        ShiftRecord(
            region=g.region,
            role=str(g.role),
            start=g.start,
            end=g.end,
            because={"why": list(g.because), "added": False},
        )
        for g in gaps
    ]


def _key(row: ShiftRecord) -> tuple[str, str, str]:
    return row.region, row.role, row.person
