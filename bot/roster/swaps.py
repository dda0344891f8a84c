"""Swaps: asked for, accepted by the other, approved by a lead where the policy says so, in force; void without a shift.

All that changes the roster takes turns (`Standing.alone`), so of two who want the same shift one is first, and the
other's swap is void at that moment: both of its sides are told, and nobody is left to find out on the day.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Person, Role
from bot.errors import Conflict, Forbidden, UserError
from bot.roster import people, stints, views
from bot.roster.messages import Messages
from bot.roster.model import SWAP_ARROWS, SwapState, SwapVerb
from bot.roster.overrides import Active
from bot.roster.standing import Standing, exchange, given, returned
from bot.roster.stints import Stint
from bot.roster.tables import SwapRow
from bot.roster.views import SwapView
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota import swaps as void
from schedules.rota.model import Rota

AHEAD = timedelta(weeks=8)
"""How far ahead shifts are offered."""
OPEN = (SwapState.ASKED.value, SwapState.ACCEPTED.value)


@dataclass(frozen=True)
class Wanted:
    """The giver's stint and the taker (person id), with the one of theirs that is given for it; ids of `key`."""

    mine: str
    taker: str
    theirs: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Offers:
    """What a form can offer: my stints, and each colleague with theirs."""

    mine: tuple[Stint, ...]
    others: tuple[tuple[Person, tuple[Stint, ...]], ...]


class Swaps:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        standing: Standing,
        messages: Messages,
        active: Active,
        approval: Callable[[], bool],
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._standing = standing
        self._messages = messages
        self._active = active
        self._approval = approval
        self._looked: tuple[Rota, datetime] | None = None

    async def offers(self, who: Actor) -> Offers:
        """Raises `UserError` where there is nothing to give."""
        person, now = member(who), self._clock.now()
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
        mine = _stints(rota, person.id, now)
        if not mine:
            raise UserError("You have no shift in the next 8 weeks.", hint="There is nothing to swap.")
        others = [p for p in people.pool(rota, self._directory(), person.region) if p.id != person.id]
        return Offers(tuple(mine), tuple((p, tuple(_stints(rota, p.id, now))) for p in others))

    async def check(self, who: Actor, wanted: Wanted) -> None:
        """Raises `UserError` with the field that is wrong."""
        person = member(who)
        await self._in_use(wanted)
        async with self._db.read() as tx:
            await self._decide(tx, await self._standing.rota(tx), person, wanted)

    async def ask(self, who: Actor, wanted: Wanted, source: str) -> SwapView:
        """Once per `source`. The other is asked by direct message."""
        person = member(who)
        await self._in_use(wanted)
        now = self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            there = (await tx.scalars(select(SwapRow).where(col(SwapRow.source) == source))).first()
            if there is not None:
                return self._view(there)
            gives, back = await self._decide(tx, rota, person, wanted)
            row = _row(gives, back, wanted, who.slack, source, now)
            tx.add(row)
            await tx.flush()
            view = self._view(row, rota)
            await self._messages.swap_asked(tx, view)
        self._messages.wake()
        return view

    async def move(self, who: Actor, id: int, verb: SwapVerb, source: str) -> SwapView:
        """Accept, decline, withdraw, approve, refuse. A repeated `source` is no move. Raises `Conflict` when too late.

        What could not be done any more when it was clicked is void afterwards: look at the state.
        """
        access.require(who, Right.CHANGE_ROTA)
        now = self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            row = await tx.get(SwapRow, id, with_for_update=True, populate_existing=True)
            if row is None:
                raise UserError("There is no such swap.", hint="Look for a newer message.")
            if row.last_source == source:
                return self._view(row)
            self._may(who, row, verb)
            to = arrow(row, verb)
            if to in (SwapState.ACCEPTED, SwapState.IN_FORCE) and (lost := self._lost(rota, row, now)):
                await self._void(tx, row, lost, now)
            else:
                await self._go(tx, row, to, who.slack, source, now)
            view = self._view(row, rota)
        self._messages.wake()
        return view

    async def tick(self) -> None:
        """Swaps whose shift is gone, or has begun before they were agreed, are void, and both are told.

        Looks only when the rota has changed, or a minute has passed.
        """
        now = self._clock.now()
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
            if self._looked and self._looked[0] is rota and now - self._looked[1] < timedelta(minutes=1):
                return
            found = [row for row in await _live(tx, now) if self._lost(rota, row, now)]
        if found:
            async with self._db.write() as tx:
                await self._settle(tx, await self._standing.alone(tx), now)
            self._messages.wake()
        self._looked = (rota, now)

    async def ahead(self, tx: AsyncSession, person: str, now: datetime) -> list[SwapView]:
        """What `person` is waiting for, or somebody is waiting for them to answer; the next shift first."""
        rows = await _live(tx, now)
        return [self._view(row) for row in rows if person in (row.giver, row.taker) and row.state in OPEN]

    async def waiting_for(self, who: Actor) -> list[tuple[SwapView, str]]:
        """What `who` has to answer, and as which side: "taker", or "lead" where one has to approve."""
        person = who.person.id if who.person else ""
        async with self._db.read() as tx:
            rows = await _live(tx, self._clock.now())
        mine = [(row, "taker") for row in rows if row.state == SwapState.ASKED.value and row.taker == person]
        if access.may(who, Right.APPROVE):
            others = [row for row in rows if person not in (row.giver, row.taker)]
            mine += [(row, "lead") for row in others if row.state == SwapState.ACCEPTED.value]
        return [(self._view(row), side) for row, side in mine]

    async def _go(self, tx: AsyncSession, row: SwapRow, to: SwapState, by: str, source: str, now: datetime) -> None:
        if to is SwapState.ACCEPTED and not self._approval():
            to = SWAP_ARROWS[(to, SwapVerb.APPROVE)]
        row.state, row.last_by, row.last_source = to.value, by, source
        if to is SwapState.IN_FORCE:
            row.made_at = now
        elif to is not SwapState.ACCEPTED:
            row.ended_at = now
        await self._messages.swap_moved(tx, self._view(row), by, self._leads(row.region))
        if to is SwapState.IN_FORCE:
            await self._settle(tx, await self._standing.changed(tx), now)

    async def _settle(self, tx: AsyncSession, rota: Rota, now: datetime) -> None:
        """What the rota as it stands has no shift for any more is void."""
        for row in await _live(tx, now):
            if lost := self._lost(rota, row, now):
                await self._void(tx, row, lost, now)

    async def _void(self, tx: AsyncSession, row: SwapRow, because: str, now: datetime) -> None:
        counted = row.state == SwapState.IN_FORCE.value
        row.state = arrow(row, SwapVerb.VOID).value
        row.because, row.ended_at, row.last_by = because, now, ""
        if counted:
            await self._standing.changed(tx)
        await self._messages.swap_moved(tx, self._view(row), "", [])

    async def _decide(self, tx: AsyncSession, rota: Rota, person: Person, wanted: Wanted) -> tuple[Stint, Stint | None]:
        """What is given and what comes back. Raises `UserError` with its field."""
        now, directory = self._clock.now(), self._directory()
        gives = _found(_stints(rota, person.id, now), wanted.mine)
        if gives is None:
            raise UserError("That shift is not yours any more, or has begun.", hint="Open the form anew.", field="mine")
        taker = directory.person(wanted.taker)
        if taker is None or taker.region != person.region:
            raise UserError("That is nobody of your region.", hint="Choose a colleague.", field="theirs")
        if taker.id == person.id:
            raise UserError("A swap needs somebody else.", hint="Choose a colleague.", field="theirs")
        if not people.free_for(rota, [taker], gives):
            raise UserError(
                f"{taker.name} is away or on duty in that role then.", hint="Choose somebody else.", field="theirs"
            )
        back = _found(_stints(rota, taker.id, now), wanted.theirs) if wanted.theirs else None
        if wanted.theirs and back is None:
            raise UserError(f"{taker.name} does not have that shift any more.", field="theirs")
        if back is not None and not people.free_for(rota, [person], back):
            raise UserError("You are away or on duty in that role then.", hint="Choose another shift.", field="theirs")
        for row in await _live(tx, now):
            self._clash(row, gives)
        return gives, back

    def _lost(self, rota: Rota, row: SwapRow, now: datetime) -> str:
        """Why the swap cannot be (any more); empty while it can."""
        slack = views.slack_of(self._directory())
        if row.state == SwapState.IN_FORCE.value:
            gone = [v.swap for v in void.void(rota) if not v.swap.dates - set(v.dates) or not v.dates]
            mine = [s for s in gone if s.made_at == row.made_at and {s.giver, s.taker} == {row.giver, row.taker}]
            return f"<@{slack(mine[0].giver)}> has no such shift any more" if mine and mine[0].end > now else ""
        for stint, _ in exchange(row):
            if stint.start <= now:
                return "the shift began before it was agreed"
            held = replace(rota, time_off=tuple(off for off in rota.time_off if off.person != stint.person))
            if not stints.has(held, stint):
                return f"<@{slack(stint.person)}> does not have that shift any more"
        return ""

    def _clash(self, row: SwapRow, gives: Stint) -> None:
        """Raises `Conflict` where the stint is offered already, or the other has asked for it."""
        if row.state not in OPEN:
            return
        back, person = returned(row), views.slack_of(self._directory())
        if _touch(given(row), gives):
            raise Conflict("You have offered that shift already. Withdraw that first, in `/oncall me`.", field="mine")
        if back and _touch(back, gives):
            raise Conflict(f"<@{person(row.giver)}> has asked you for that shift: answer there.", field="mine")

    def _may(self, who: Actor, row: SwapRow, verb: SwapVerb) -> None:
        person = who.person.id if who.person else ""
        needed = {SwapVerb.ACCEPT: row.taker, SwapVerb.DECLINE: row.taker, SwapVerb.WITHDRAW: row.giver}.get(verb)
        if needed is None:
            access.require(who, Right.APPROVE)
            if person in (row.giver, row.taker):
                raise Forbidden("A swap is approved by somebody who is not part of it.", hint="Ask another lead.")
        elif needed != person:
            slack = views.slack_of(self._directory())(needed)
            raise Forbidden(f"Only <@{slack}> can do that.", hint="Nothing was changed.")

    async def _in_use(self, wanted: Wanted) -> None:
        taker = self._directory().person(wanted.taker)
        if taker and not await self._active(taker.slack):
            raise UserError(f"{taker.name} is deactivated in Slack.", hint="Choose somebody else.", field="theirs")

    def _leads(self, region: str) -> list[str]:
        """Who can approve, in the region: named, so that they see it."""
        return [p.slack for p in self._directory().people if p.region == region and p.role is Role.LEAD]

    def _view(self, row: SwapRow, rota: Rota | None = None) -> SwapView:
        also = people.on_duty(rota, row.taker, given(row)) if rota and row.state in OPEN else []
        return views.swap(row, self._directory(), approval=self._approval(), also=also)


def member(who: Actor, right: Right = Right.CHANGE_ROTA) -> Person:
    """Raises `UserError` for somebody who has no shifts to speak of."""
    access.require(who, right)
    if who.person is None:
        raise UserError("You are not in the roster file.", hint="Add yourself to `people` first.")
    return who.person


def key(stint: Stint) -> str:
    """Names a stint of a known person in a form: 75 characters at the most."""
    return f"{stint.role}|{int(stint.start.timestamp())}|{int(stint.last.timestamp())}"


def _stints(rota: Rota, person: str, now: datetime) -> list[Stint]:
    """What `person` has by the rules, by a swap or as a cover, and can give: not begun yet, time off or not.

    What an override gave them, or took from them, is not theirs to give.
    """
    there = replace(rota, time_off=tuple(off for off in rota.time_off if off.person != person))
    ruled = resolve.resolve(replace(there, overrides=(), temporary=()), now, now + AHEAD).shifts
    held = {
        (s.region, s.role, s.start, s.end)
        for s in resolve.resolve(there, now, now + AHEAD).shifts
        if s.person == person
    }
    mine = [s for s in ruled if s.person == person and (s.region, s.role, s.start, s.end) in held]
    return stints.stints(rota, [s for s in mine if now < s.start and s.end < now + AHEAD])


def _found(offered: Sequence[Stint], wanted: str) -> Stint | None:
    return next((stint for stint in offered if key(stint) == wanted), None)


def _touch(one: Stint, other: Stint) -> bool:
    same = (one.region, one.role, one.person) == (other.region, other.role, other.person)
    return same and one.start < other.end and other.start < one.end


def arrow(row: SwapRow, verb: SwapVerb) -> SwapState:
    to = SWAP_ARROWS.get((SwapState(row.state), verb))
    if to is None:
        by = f" by <@{row.last_by}>" if row.last_by else ""
        words = {SwapState.IN_FORCE: "agreed"}.get(SwapState(row.state), row.state)
        raise Conflict(f"This swap is already {words}{by}.", hint="Nothing was changed.")
    return to


def _row(gives: Stint, back: Stint | None, wanted: Wanted, by: str, source: str, now: datetime) -> SwapRow:
    return SwapRow(
        source=source,
        state=SwapState.ASKED.value,
        region=gives.region,
        giver=gives.person,
        taker=wanted.taker,
        role=gives.role,
        start=gives.start,
        last=gives.last,
        end=gives.end,
        back_role=back.role if back else None,
        back_start=back.start if back else None,
        back_last=back.last if back else None,
        back_end=back.end if back else None,
        reason=wanted.reason[:500],
        asked_at=now,
        last_by=by,
        last_source=source,
    )


async def _live(tx: AsyncSession, now: datetime) -> list[SwapRow]:
    """Those that are open, and those in force that are not over."""
    ahead = (col(SwapRow.end) > now) | (col(SwapRow.back_end) > now)
    query = select(SwapRow).where(
        col(SwapRow.state).in_(OPEN) | ((col(SwapRow.state) == SwapState.IN_FORCE.value) & ahead)
    )
    return list((await tx.scalars(query.order_by(col(SwapRow.start), col(SwapRow.id)))).all())
