"""Who is on duty, asked at an instant: the rota as it stands, with names and Slack ids.

The rota engine is pure and knows no rows; `bot.roster.standing` composes what it works on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.directory.model import Directory
from bot.roster.model import Holder, LeadChange, Moment
from bot.roster.standing import Standing
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.model import Rota, Shift

AHEAD = timedelta(days=4)
"""How far is looked for who is next: over a long weekend."""


@dataclass(frozen=True)
class RegionNow:
    """A region's line in `/oncall`. `local_time` is what its clocks show; `next` is who comes on duty, and when."""

    id: str
    name: str
    local_time: str
    hours: str
    on_duty: Holder | None
    secondary: Holder | None
    next: Holder | None


@dataclass(frozen=True)
class Overview:
    at: datetime
    lead: Holder | None
    boundary: datetime | None
    next_region_name: str | None
    regions: tuple[RegionNow, ...]


class Roster:
    def __init__(
        self, db: Database, clock: Clock, directory: Callable[[], Directory], rota: Callable[[], Rota]
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self.standing = Standing(clock, directory, rota)

    async def rota_as_it_stands(self, tx: AsyncSession) -> Rota:
        """The file's rota with all that changed since, as the transaction sees it; the same object until it changes."""
        return await self.standing.rota(tx)

    async def moment(self, tx: AsyncSession, now: datetime) -> Moment:
        """Who is on duty at `now`, read in the caller's transaction."""
        return self.moment_of(await self.standing.rota(tx), now)

    async def overview(self, now: datetime | None = None) -> Overview:
        """What `/oncall` shows, now unless another instant is given."""
        at = now or self._clock.now()
        async with self._db.read() as tx:
            rota = await self.standing.rota(tx)
        return self.overview_of(rota, at)

    async def lead_changes(self, tx: AsyncSession, since: datetime, until: datetime) -> list[LeadChange]:
        """Boundaries in `(since, until]`, oldest first."""
        rota = await self.standing.rota(tx)
        schedule = resolve.resolve(rota, since - timedelta(minutes=1), until + timedelta(minutes=1))
        changes = []
        for before, after in zip(schedule.leads, schedule.leads[1:], strict=False):
            if not since < after.start <= until:
                continue
            outgoing = before.region if before.end == after.start else None
            changes.append(self._change(rota, after.start, outgoing, after.region))
        return changes

    def moment_of(self, rota: Rota, now: datetime) -> Moment:
        """Who is on duty at `now`, were the rota this one."""
        found = resolve.at(rota, now)
        holders = tuple(h for shift in found.shifts if (h := self._holder(shift)) is not None)
        next_lead = found.next_lead
        moment = Moment(now, found.lead, found.boundary, next_lead, None, holders)
        if next_lead is None or found.boundary is None:
            return moment
        then = resolve.at(rota, found.boundary)
        coming = tuple(h for shift in then.shifts if (h := self._holder(shift)) is not None)
        return replace(moment, next_holder=replace(moment, holders=coming).on_duty(next_lead))

    def overview_of(self, rota: Rota, now: datetime) -> Overview:
        """What `/oncall` would show, were the rota this one."""
        moment = self.moment_of(rota, now)
        ahead = resolve.resolve(rota, now, now + AHEAD)
        regions = []
        for region in self._directory().regions:
            coming = next(
                (
                    s
                    for s in ahead.shifts
                    if s.region == region.id and s.start > now and s.role in ("primary", "weekend")
                ),
                None,
            )
            regions.append(
                RegionNow(
                    region.id,
                    region.name,
                    now.astimezone(ZoneInfo(region.zone)).strftime("%a %H:%M %Z"),
                    region.hours,
                    moment.on_duty(region.id),
                    moment.holding(region.id, "secondary"),
                    self._holder(coming) if coming else None,
                )
            )
        following = self._directory().region(moment.next_lead or "")
        return Overview(
            now, moment.on_duty(moment.lead), moment.boundary, following.name if following else None, tuple(regions)
        )

    def _change(self, rota: Rota, at: datetime, outgoing: str | None, incoming: str) -> LeadChange:
        before = self.moment_of(rota, at - timedelta(seconds=1)).on_duty(outgoing)
        after = self.moment_of(rota, at).on_duty(incoming)
        return LeadChange(at, outgoing, incoming, before.person if before else None, after.person if after else None)

    def _holder(self, shift: Shift) -> Holder | None:
        person = self._directory().person(shift.person)
        region = self._directory().region(shift.region)
        if person is None or region is None:
            return None
        return Holder(
            person.id,
            person.name,
            person.slack,
            region.id,
            region.name,
            str(shift.role),
            shift.start,
            shift.end,
            shift.added,
        )
