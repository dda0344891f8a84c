"""Time off: says at once which shifts it opens, asks who could take them, and the first one who does has it.

A cover that the form names has everything the person is called for. One that is asked for has the stint they took, as
an override in the place of who is away: it counts before time off is looked at, and ends with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.access import Actor
from bot.directory.model import Directory, Person
from bot.errors import Conflict, UserError
from bot.roster import people, plans, stints, views
from bot.roster.messages import Messages
from bot.roster.model import COVER_ARROWS, CoverState, CoverVerb
from bot.roster.overrides import Active
from bot.roster.standing import Standing
from bot.roster.stints import Stint
from bot.roster.swaps import member
from bot.roster.tables import CoverRow, OverrideRow, TimeOffRow
from bot.roster.views import CoverView
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.model import Rota


@dataclass(frozen=True)
class Wanted:
    """`cover` is a person id; empty names nobody."""

    start: datetime
    end: datetime
    cover: str = ""


class TimeOffs:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        standing: Standing,
        messages: Messages,
        active: Active,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._standing = standing
        self._messages = messages
        self._active = active

    async def colleagues(self, who: Actor) -> list[Person]:
        """Who could be named as cover."""
        person = member(who)
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
        return [p for p in people.pool(rota, self._directory(), person.region) if p.id != person.id]

    async def check(self, who: Actor, wanted: Wanted) -> None:
        """Raises `UserError` with the field that is wrong."""
        person = member(who)
        await self._in_use(wanted)
        async with self._db.read() as tx:
            await self._decide(tx, await self._standing.rota(tx), person, wanted)

    async def take(self, who: Actor, wanted: Wanted, source: str) -> TimeOffRow:
        """Once per `source`. The person is told what it opens, the cover what they have."""
        person = member(who)
        await self._in_use(wanted)
        now = self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            there = (await tx.scalars(select(TimeOffRow).where(col(TimeOffRow.source) == source))).first()
            if there is not None:
                return there
            start = await self._decide(tx, rota, person, wanted)
            row = TimeOffRow(
                source=source,
                person=person.id,
                start=start,
                end=wanted.end,
                cover=wanted.cover or None,
                made_at=now,
                made_by=who.slack,
            )
            tx.add(row)
            await self._standing.changed(tx)
            opened = opens(rota, person.id, start, wanted.end)
            await self._messages.off(tx, row, opened, [])
            await self._messages.covering(tx, row, opened, cancelled=False)
        self._messages.wake()
        return row

    async def ask_for_cover(self, who: Actor, id: int) -> list[CoverView]:
        """Everybody who could take one of the shifts is asked. Raises `UserError` where nobody could."""
        person, now = member(who), self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            row = await _mine(tx, id, person)
            if row.asked_at is not None:
                raise Conflict("Your colleagues have been asked already.", hint="You are told who takes it.")
            opened = opens(_without(rota, row), person.id, max(row.start, now), row.end)
            rows = [_cover(row, stint, self._askable(rota, stint)) for stint in opened]
            rows = [cover for cover in rows if cover.asked]
            if not rows:
                raise UserError("Nobody in your region is free then.", hint="Ask your lead.")
            tx.add_all(rows)
            row.asked_at = now
            await tx.flush()
            covers = self._views(rows)
            await self._messages.cover_asked(tx, row, covers)
            await self._messages.off_changed(tx, row, opened, covers)
        self._messages.wake()
        return covers

    async def take_over(self, who: Actor, cover_id: int, source: str) -> CoverView:
        """The first who takes it has it; the others see by whom it is taken. Raises `Conflict` for the second."""
        person, now = member(who), self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            cover = await tx.get(CoverRow, cover_id, with_for_update=True, populate_existing=True)
            row = await tx.get(TimeOffRow, cover.time_off) if cover else None
            if cover is None or row is None:
                raise UserError("There is no such shift to cover.", hint="Look for a newer message.")
            if cover.source == source:
                return views.cover(cover, self._directory())
            self._may_take(rota, person, cover, row, now)
            cover.state, cover.taken_by, cover.source = CoverState.TAKEN.value, person.id, source
            tx.add(_override(row, cover, who.slack, now))
            await self._standing.changed(tx)
            await self._shown(tx, row, now)
            view = views.cover(cover, self._directory())
            await self._messages.cover_told(tx, row, view, views.slack_of(self._directory())(row.person))
        self._messages.wake()
        return view

    async def cancel(self, who: Actor, id: int) -> TimeOffRow:
        """The person is back: covers end, and who had taken something is told."""
        person, now = member(who), self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            row = await _mine(tx, id, person)
            row.cancelled_at, row.cancelled_by = now, who.slack
            await self._messages.covering(
                tx, row, opens(_without(rota, row), person.id, row.start, row.end), cancelled=True
            )
            for cover in await _covers(tx, row):
                await self._close(tx, row, cover, who.slack, now)
            await self._standing.changed(tx)
            await self._shown(tx, row, now)
        self._messages.wake()
        return row

    async def tick(self) -> None:
        """What nobody took before it began is not to be taken any more."""
        now = self._clock.now()
        begun = select(CoverRow).where(col(CoverRow.state) == CoverState.OPEN.value, col(CoverRow.start) <= now)
        async with self._db.read() as tx:
            if (await tx.scalars(begun)).first() is None:
                return
        async with self._db.write() as tx:
            await self._standing.alone(tx)
            for cover in (await tx.scalars(begun)).all():
                cover.state = COVER_ARROWS[(CoverState.OPEN, CoverVerb.CLOSE)].value
                row = await tx.get_one(TimeOffRow, cover.time_off)
                await self._shown(tx, row, now)
        self._messages.wake()

    async def ahead(self, tx: AsyncSession, person: str, now: datetime) -> list[TimeOffRow]:
        """What is not over, the next first."""
        query = select(TimeOffRow).where(
            col(TimeOffRow.person) == person, col(TimeOffRow.end) > now, col(TimeOffRow.cancelled_at).is_(None)
        )
        return list((await tx.scalars(query.order_by(col(TimeOffRow.start)))).all())

    async def _decide(self, tx: AsyncSession, rota: Rota, person: Person, wanted: Wanted) -> datetime:
        """When it starts. Raises `UserError` with its field."""
        start = plans.begins(wanted.start, self._clock.now())
        if wanted.end <= start:
            raise UserError("It ends before it starts.", field="end")
        if wanted.end - start > plans.FARTHEST:
            raise UserError("Time off lasts a year at the most.", hint="Edit the roster file instead.", field="end")
        for row in await self.ahead(tx, person.id, start):
            if row.start < wanted.end:
                raise UserError(
                    "You have time off then already.", hint="Cancel that first, in `/oncall me`.", field="start"
                )
        if wanted.cover:
            self._may_cover(rota, person, wanted, start)
        return start

    def _may_cover(self, rota: Rota, person: Person, wanted: Wanted, start: datetime) -> None:
        cover = self._directory().person(wanted.cover)
        if cover is None or cover.region != person.region or cover.id == person.id:
            raise UserError("That is nobody who could cover for you.", hint="Choose a colleague.", field="cover")
        if people.away(rota, cover.id, start, wanted.end):
            raise UserError(f"{cover.name} is away then too.", hint="Choose somebody else.", field="cover")
        for stint in opens(rota, person.id, start, wanted.end):
            if not people.free_for(rota, [cover], stint):
                raise UserError(
                    f"{cover.name} is {stint.role} then already.", hint="Choose somebody else.", field="cover"
                )

    def _may_take(self, rota: Rota, person: Person, cover: CoverRow, row: TimeOffRow, now: datetime) -> None:
        state = CoverState(cover.state)
        if (state, CoverVerb.TAKE) not in COVER_ARROWS or cover.start <= now:
            by = views.slack_of(self._directory())(cover.taken_by) if cover.taken_by else ""
            raise Conflict(
                f"<@{by}> was first, and has it." if by else "It is not needed any more.", hint="You can rest."
            )
        stint = Stint(cover.region, cover.role, row.person, cover.start, cover.last, cover.end)
        if person.id not in cover.asked.split(",") or not people.free_for(rota, [person], stint):
            raise Conflict("You are away or on duty then yourself.", hint="Nothing was changed.")

    def _askable(self, rota: Rota, stint: Stint) -> list[Person]:
        return people.free_for(rota, people.pool(rota, self._directory(), stint.region), stint)

    async def _shown(self, tx: AsyncSession, row: TimeOffRow, now: datetime) -> None:
        """All messages about it say how things stand."""
        rota = await self._standing.rota(tx)
        covers = self._views(await _covers(tx, row))
        opened = opens(_without(rota, row), row.person, row.start, row.end)
        await self._messages.off_changed(tx, row, opened, covers)
        await self._messages.cover_moved(tx, row, covers)

    async def _close(self, tx: AsyncSession, row: TimeOffRow, cover: CoverRow, by: str, now: datetime) -> None:
        """Nobody is needed any more: the override ends, and who had taken it is told."""
        to = COVER_ARROWS.get((CoverState(cover.state), CoverVerb.CLOSE))
        if to is None:
            return
        cover.state = to.value
        taken = select(OverrideRow).where(col(OverrideRow.source) == _source(cover))
        for override in await tx.scalars(taken):
            if override.cancelled_at is None:
                override.cancelled_at, override.cancelled_by = now, by
        if cover.taken_by and cover.end > now:
            view = views.cover(cover, self._directory())
            await self._messages.cover_told(tx, row, view, views.slack_of(self._directory())(cover.taken_by))

    async def _in_use(self, wanted: Wanted) -> None:
        cover = self._directory().person(wanted.cover) if wanted.cover else None
        if cover and not await self._active(cover.slack):
            raise UserError(f"{cover.name} is deactivated in Slack.", hint="Choose somebody else.", field="cover")

    def _views(self, rows: Sequence[CoverRow]) -> list[CoverView]:
        return [views.cover(row, self._directory()) for row in rows]


def opens(rota: Rota, person: str, start: datetime, end: datetime) -> list[Stint]:
    """What `person` is on duty for in that time, a week's shifts of a role as one."""
    return stints.weeks(rota, [s for s in resolve.resolve(rota, start, end).shifts if s.person == person])


def _without(rota: Rota, row: TimeOffRow) -> Rota:
    others = tuple(o for o in rota.time_off if (o.person, o.start) != (row.person, row.start))
    return replace(rota, time_off=others)


def _cover(row: TimeOffRow, stint: Stint, asked: Sequence[Person]) -> CoverRow:
    assert row.id is not None
    return CoverRow(
        time_off=row.id,
        state=CoverState.OPEN.value,
        region=stint.region,
        role=stint.role,
        start=stint.start,
        last=stint.last,
        end=stint.end,
        asked=",".join(p.id for p in asked),
    )


def _override(row: TimeOffRow, cover: CoverRow, by: str, now: datetime) -> OverrideRow:
    return OverrideRow(
        source=_source(cover),
        batch=_source(cover),
        region=cover.region,
        role=cover.role,
        kind="replace",
        person=cover.taken_by,
        instead_of=row.person,
        start=cover.start,
        end=cover.end,
        reason="covers time off",
        made_at=now,
        made_by=by,
    )


def _source(cover: CoverRow) -> str:
    return f"cover/{cover.id}"


async def _covers(tx: AsyncSession, row: TimeOffRow) -> list[CoverRow]:
    await tx.flush()
    found = await tx.scalars(select(CoverRow).where(col(CoverRow.time_off) == row.id).order_by(col(CoverRow.id)))
    return list(found.all())


async def _mine(tx: AsyncSession, id: int, person: Person) -> TimeOffRow:
    row = await tx.get(TimeOffRow, id, with_for_update=True, populate_existing=True)
    if row is None or row.person != person.id:
        raise UserError("That is not a time off of yours.", hint="See yours in `/oncall me`.")
    if row.cancelled_at is not None:
        raise Conflict("It is cancelled already.", hint="Nothing was changed.")
    return row
