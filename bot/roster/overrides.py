"""Overrides: somebody comes beside, goes, or takes somebody's place for a while; and is taken back.

Each decision is made in one transaction with everything it tells. `check` says beforehand what would be refused, for
the form that asks; `make` looks again, because the world goes on between the two.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory
from bot.errors import Conflict, UserError
from bot.roster import moments, plans, stints, views
from bot.roster.messages import Messages
from bot.roster.plans import Plan, Wanted
from bot.roster.standing import Standing
from bot.roster.tables import OverrideRow
from bot.roster.views import Overridden
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.model import Gap, OverrideKind, Role, Rota

Active = Callable[[str], Awaitable[bool]]
"""Whether the Slack account is one that somebody still uses."""


@dataclass(frozen=True)
class Form:
    """What a form begins with. `places` are the regions' ids and names with the roles that their rules know."""

    places: tuple[tuple[str, str, str], ...]
    region: str
    role: str
    start: datetime
    end: datetime
    who: str = ""
    kind: OverrideKind = OverrideKind.REPLACE


class Overrides:
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

    async def form(self, who: Actor, gap: Gap | None = None) -> Form:
        """For the asker's own region, from the next five minutes on; for a gap, with the asker in it."""
        access.require(who, Right.CHANGE_ROTA)
        directory = self._directory()
        async with self._db.read() as tx:
            rota = await self._standing.rota(tx)
        known = {(rule.region, str(rule.role)) for rule in rota.rules}
        places = tuple(
            (region.id, region.name, role.value)
            for region in directory.regions
            for role in Role
            if (region.id, role.value) in known
        )
        if gap is not None:
            mine = who.slack if who.person and who.person.region == gap.region else ""
            start = max(gap.start, self._clock.now())
            kind = OverrideKind.REPLACE if _called(rota, gap, start) else OverrideKind.ADD
            return Form(places, gap.region, str(gap.role), start, min(gap.end, start + plans.LONGEST), mine, kind)
        start = _soon(self._clock.now())
        region = who.person.region if who.person else directory.regions[0].id
        return Form(places, region, "primary", start, start + timedelta(hours=4))

    def from_now(self, who: Actor, slack: str, lasts: timedelta | str, role: str = "") -> Wanted:
        """What `override @person 4h [role]` means: in their region, instead of who has the role, if anybody has.

        `lasts` may be the time of the end, in the asker's own zone.
        """
        now = self._clock.now()
        zone = who.person.zone if who.person else "UTC"
        end = moments.read(lasts, zone, now) if isinstance(lasts, str) else now + lasts
        return Wanted(slack, now, end, role=role, or_add=True)

    async def check(self, who: Actor, wanted: Wanted) -> Plan:
        """What `make` would do now. Raises `UserError` with the field that is wrong."""
        access.require(who, Right.CHANGE_ROTA)
        await self._in_use(wanted)
        async with self._db.read() as tx:
            return plans.plan(await self._standing.rota(tx), self._directory(), wanted, self._clock.now())

    async def make(self, who: Actor, wanted: Wanted, source: str) -> Overridden:
        """Once per `source`. Who comes and who goes is told."""
        access.require(who, Right.CHANGE_ROTA)
        await self._in_use(wanted)
        now = self._clock.now()
        async with self._db.write() as tx:
            rota = await self._standing.alone(tx)
            there = await _batch(tx, source)
            if there:
                return self._view(there)
            plan = plans.plan(rota, self._directory(), wanted, now)
            rows = _rows(plan, wanted, who.slack, source, now)
            tx.add_all(rows)
            await self._standing.changed(tx)
            made = self._view(rows)
            await self._messages.overridden(tx, made)
        self._messages.wake()
        return made

    async def cancel(self, who: Actor, id: int) -> Overridden:
        """From now on it does not count; what it did until now stays. Everybody concerned is told."""
        access.require(who, Right.CHANGE_ROTA)
        now = self._clock.now()
        async with self._db.write() as tx:
            await self._standing.alone(tx)
            first = await tx.get(OverrideRow, id)
            if first is None:
                raise UserError("There is no such override.", hint="Look for a newer message.")
            rows = await _batch(tx, first.batch or first.source)
            if first.cancelled_at is not None:
                raise Conflict(f"<@{first.cancelled_by}> has cancelled it already.", hint="Nothing was changed.")
            if max(row.end for row in rows) <= now:
                raise UserError("It is over already.", hint="What has been is not changed.")
            for row in rows:
                row.cancelled_at, row.cancelled_by = now, who.slack
            await self._standing.changed(tx)
            made = self._view(rows)
            await self._messages.cancelled(tx, made)
        self._messages.wake()
        return made

    async def ahead(self, tx: AsyncSession, person: str, now: datetime) -> list[Overridden]:
        """What concerns `person` and is not over, the next first."""
        concerned = (col(OverrideRow.person) == person) | (col(OverrideRow.instead_of) == person)
        query = select(OverrideRow).where(
            concerned, col(OverrideRow.end) > now, col(OverrideRow.cancelled_at).is_(None)
        )
        found = (await tx.scalars(query.order_by(col(OverrideRow.start), col(OverrideRow.id)))).all()
        batches = dict.fromkeys(row.batch or row.source for row in found)
        return [self._view(await _batch(tx, batch)) for batch in batches]

    async def _in_use(self, wanted: Wanted) -> None:
        if not await self._active(wanted.slack):
            raise UserError(f"<@{wanted.slack}> is deactivated in Slack.", hint="Choose somebody else.", field="who")

    def _view(self, rows: Sequence[OverrideRow]) -> Overridden:
        return views.overridden(rows, self._directory())


def _soon(now: datetime) -> datetime:
    """The next full five minutes."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=5 - now.minute % 5)


def _called(rota: Rota, gap: Gap, at: datetime) -> bool:
    """Whether a rule calls for somebody who is away: who covers then replaces them, and can lead."""
    shifts = resolve.at(stints.called_for(rota), at).shifts
    return any((s.region, s.role) == (gap.region, gap.role) for s in shifts)


def _rows(plan: Plan, wanted: Wanted, by: str, source: str, now: datetime) -> list[OverrideRow]:
    return [
        OverrideRow(
            source=source if number == 0 else f"{source}/{number}",
            batch=source,
            region=plan.region,
            role=plan.role,
            kind=plan.kind.value,
            person=plan.person if plan.kind != "remove" else None,
            instead_of=part.instead_of,
            start=part.start,
            end=part.end,
            reason=wanted.reason[:500],
            made_at=now,
            made_by=by,
        )
        for number, part in enumerate(plan.parts)
    ]


async def _batch(tx: AsyncSession, batch: str) -> list[OverrideRow]:
    """The rows of one decision, also of one that an older version made."""
    mine = (col(OverrideRow.batch) == batch) | (col(OverrideRow.source) == batch)
    return list((await tx.scalars(select(OverrideRow).where(mine).order_by(col(OverrideRow.id)))).all())
