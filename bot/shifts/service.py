"""Shift notices: the day before, at the start, at the end. Each once, on time or said to be late, or not at all.

A tick looks at what fell due since the last look, and decides from the roster as it stands at that moment; nothing is
prepared beforehand that a swap could make wrong. What was told about a shift that has not begun is put right when the
roster changes. Rows say what was told, under a lock, so that of two replicas one tells.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk.service import Desk
from bot.directory.model import Directory
from bot.roster.service import Roster
from bot.shifts import model
from bot.shifts.messages import Messages, Open
from bot.shifts.model import Fate, Kind, Notice
from bot.shifts.tables import ShiftNotice
from bot.store import claims, rows
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.model import Role, Rota, Schedule, Shift

JOB = "shift notices"
OVERLAP = timedelta(minutes=2)
"""A look reaches so far behind the last one: what counts from an instant may be committed a moment after it."""
NOTE_EVERY = timedelta(hours=1)
"""How far looked is written down so often when nothing falls due."""
BEHIND, AHEAD = timedelta(days=8), timedelta(days=10)
"""What is resolved around now, so that a shift of a whole week is whole in it, and the day before it too."""
FURTHEST_BACK = timedelta(hours=24)


@dataclass(frozen=True)
class Plan:
    """All notices about one rota in one stretch of time; made anew when either is another."""

    rota: Rota
    directory: Directory
    start: datetime
    end: datetime
    schedule: Schedule
    notices: tuple[Notice, ...]

    def due(self, since: datetime, until: datetime) -> list[Notice]:
        """In `(since, until]`, oldest first."""
        return [n for n in self.notices if since < n.due <= until]


class Notices:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        wanted: Callable[[], model.Wanted],
        roster: Roster,
        desk: Desk,
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._wanted = wanted
        self._roster = roster
        self._desk = desk
        self._messages = messages
        self._kept: Plan | None = None
        self._corrected: Rota | None = None
        self._arrived: set[int | None] = set()
        """Ids of notices that are known to stand in Slack."""

    async def tick(self) -> None:
        """Tells what is due, puts right what stands, and says late what Slack would not take in time."""
        now = self._clock.now()
        async with self._db.read() as tx:
            since = await claims.looked(tx, JOB)
            plan = self._plan(await self._roster.rota_as_it_stands(tx), now)
            waiting = await self._waiting(tx, now)
        if since is not None and not waiting and plan.rota is self._corrected:
            nothing_due = not plan.due(since - OVERLAP, now)
            if nothing_due and now - since < NOTE_EVERY:
                return
        async with self._db.write() as tx:
            since = await claims.turn(tx, JOB, now)
            plan = self._plan(await self._roster.rota_as_it_stands(tx), now)
            if since is not None:
                for notice in plan.due(max(since - OVERLAP, now - FURTHEST_BACK), now):
                    await self._tell(tx, plan, notice, now)
            if plan.rota is not self._corrected:
                await self._correct(tx, plan, now)
            for row in await self._waiting(tx, now):
                await self._say_late(tx, plan, row, now)
        self._corrected = plan.rota
        self._messages.wake()

    async def _tell(self, tx: AsyncSession, plan: Plan, notice: Notice, now: datetime) -> None:
        fate = model.fate(notice, now)
        person = self._directory().person(notice.shift.person)
        if fate is Fate.LEAVE_OUT or person is None:
            return
        shift = notice.shift
        late = now - notice.due if fate is Fate.SAY_LATE else None
        said = self._messages.notice(*await self._facts(tx, plan, notice.kind, shift), late)
        if said is None:
            return
        row = ShiftNotice(
            kind=notice.kind.value,
            region=shift.region,
            role=str(shift.role),
            person=shift.person,
            at=notice.at,
            shift_start=shift.start,
            shift_end=shift.end,
            due_at=notice.due,
            state="late" if late else "told",
            said=said.digest,
            made_at=now,
        )
        if await rows.insert_new(tx, row):
            await self._messages.tell(tx, row, person, said)

    async def _correct(self, tx: AsyncSession, plan: Plan, now: datetime) -> None:
        """What was told the day before, about a shift that has not begun: taken back, or said as it is now."""
        standing = await tx.scalars(
            select(ShiftNotice).where(
                col(ShiftNotice.kind) == Kind.DAY_BEFORE.value, col(ShiftNotice.shift_start) > now
            )
        )
        for row in standing.all():
            region, person = self._directory().region(row.region), self._directory().person(row.person)
            shift = next((s for s in plan.schedule.shifts if _same(s, row)), None)
            if shift is not None:
                said = self._messages.notice(*await self._facts(tx, plan, Kind.DAY_BEFORE, shift), None)
            elif region is not None and person is not None:
                there = [s for s in plan.schedule.shifts if (s.region, str(s.role)) == (row.region, row.role)]
                others = [s for s in there if s.start < row.shift_end and s.end > row.shift_start]
                said = self._messages.withdrawn(person, region, row, others)
            else:
                said = None
            row.state = "told" if shift else "withdrawn"
            if said is not None:
                await self._messages.correct(tx, row, said)

    async def _waiting(self, tx: AsyncSession, now: datetime) -> list[ShiftNotice]:
        """Starts of running shifts that were to be told in time, and have not arrived."""
        found = await tx.scalars(
            select(ShiftNotice).where(
                col(ShiftNotice.kind) == Kind.START.value,
                col(ShiftNotice.state) == "told",
                col(ShiftNotice.shift_end) > now,
                col(ShiftNotice.due_at) < now - model.LATE,
                col(ShiftNotice.due_at) > now - model.LATE - FURTHEST_BACK,
            )
        )
        waiting = []
        for row in found.all():
            if row.id not in self._arrived and not await self._messages.arrived(tx, row):
                waiting.append(row)
            else:
                self._arrived.add(row.id)
        return waiting

    async def _say_late(self, tx: AsyncSession, plan: Plan, row: ShiftNotice, now: datetime) -> None:
        shift = Shift(row.region, Role(row.role), row.person, row.shift_start, row.shift_end)
        said = self._messages.notice(*await self._facts(tx, plan, Kind.START, shift), now - row.due_at)
        row.state = "late"
        if said is not None:
            await self._messages.correct(tx, row, said)

    async def _facts(
        self, tx: AsyncSession, plan: Plan, kind: Kind, shift: Shift
    ) -> tuple[Kind, Shift, model.Company, Shift | None, Open]:
        around = model.company(plan.schedule, shift, kind)
        leader = None
        if kind is Kind.END and around.lead is not None:
            leader = model.leading(plan.schedule, around.lead.region, shift.end)
        elif around.led_before is not None and around.lead is not None:
            before = around.lead.start - timedelta(microseconds=1)
            leader = model.leading(plan.schedule, around.led_before, before)
        person = self._directory().person(shift.person)
        here = [r for r in await self._desk.open_requests(tx) if r.region == shift.region]
        mine = sum(person is not None and r.owner == person.slack for r in here)
        return kind, shift, around, leader, Open(len(here), mine)

    def _plan(self, rota: Rota, now: datetime) -> Plan:
        kept, directory = self._kept, self._directory()
        if kept and kept.rota is rota and kept.directory is directory and kept.start <= now < kept.end:
            return kept
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        start, end = day - BEHIND, day + AHEAD
        schedule = resolve.resolve(rota, start, end)
        whole = [s for s in schedule.shifts if s.start > start and s.end < end]
        readers = {p.id: model.Reader(p.zone, frozenset(map(Kind, p.muted))) for p in directory.people}
        found = sorted(model.notices(whole, readers, self._wanted()), key=lambda n: (n.due, n.kind, n.shift.person))
        self._kept = Plan(rota, directory, day, day + timedelta(days=1), schedule, tuple(found))
        return self._kept


def _same(shift: Shift, row: ShiftNotice) -> bool:
    """The shift that `row` was about, perhaps an hour later by now."""
    who = (shift.region, str(shift.role), shift.person) == (row.region, row.role, row.person)
    return who and shift.start < row.shift_end and shift.end > row.shift_start
