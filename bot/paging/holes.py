"""Where a policy would find nobody but its last resort, over months: the first time of each policy. Pure.

Between two instants at which somebody comes, goes, sleeps or wakes at a weekend, the lead passes or a condition begins
or ends, a page goes the same way. So only those instants are tried, with each kind of page that conditions tell apart;
and what a target gives is worked out once for each state of the world, of which a year has far fewer than instants.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

from bot.directory.model import Directory, Person
from bot.paging import reach
from bot.paging.model import About, Escalation, Finder, Policy, Position, When, climb
from bot.paging.reach import Reach
from bot.roster.model import Holder, Moment
from schedules.rota import civil, resolve
from schedules.rota.model import Rota, Schedule

DAY = timedelta(days=1)
MOST_REASONS = 3
FIX = "Put somebody on duty then, or add a step for another role, region, person or rotation."
SATURDAY, SUNDAY, MONDAY = 5, 6, 0
State = tuple[object, ...]
"""All that decides whom a target gives."""
Held = tuple[int, tuple[bool, ...]]
Instant = tuple[datetime, int, int]
"""With the number of the state of the world, and that of the conditions."""
Way = tuple[str, bool]
"""The policy of a page, and whether any step of it finds somebody."""


@dataclass(frozen=True)
class Hole:
    """A page of that kind, raised for `region` in `[at, until)`, reaches only the last resort, and `why`."""

    policy: str
    region: str
    severity: str
    client: str
    at: datetime
    until: datetime
    why: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """One kind of page. `may`: for each condition, in the order of `_whens`, whether it holds but for the time."""

    region: str
    zone: str
    severity: str
    client: str
    may: tuple[bool, ...]

    @property
    def about(self) -> About:
        return About(self.zone, self.severity, self.client)


def first(escalation: Escalation, rota: Rota, directory: Directory, start: datetime, end: datetime) -> tuple[Hole, ...]:
    """The earliest hole of each policy in `[start, end)`, in the policies' order."""
    walk = _Walk(escalation, rota, directory, start.astimezone(UTC), end.astimezone(UTC))
    found: dict[str, tuple[datetime, Page]] = {}
    for page in _kinds(escalation, directory):
        for at, policy in walk.holes(page):
            if policy not in found or at < found[policy][0]:
                found[policy] = at, page
    return tuple(walk.hole(policy, *found[policy.id]) for policy in escalation.policies if policy.id in found)


def sentence(hole: Hole, directory: Directory) -> str:
    """When, by the clocks of the page's region, whom it reaches then, and why nobody else."""
    region = directory.region_of(hole.region)
    kind = " ".join(filter(None, (hole.severity, "page", hole.client and f"about {hole.client}")))
    start, end = civil.local(hole.at, region.zone), civil.local(hole.until, region.zone)
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{end:%a %d %b %H:%M}"
    why = "; ".join(hole.why[:MOST_REASONS]) or "no step applies"
    return (
        f"the policy {hole.policy} finds nobody but its last resort for a {kind} of {region.name} "
        f"from {start:%a %d %b %Y %H:%M} to {until} ({region.zone}), the first time in these months: {why}."
    )


def _kinds(escalation: Escalation, directory: Directory) -> list[Page]:
    """Those that the conditions tell apart."""
    whens = list(_whens(escalation))
    severities = sorted({"", *(s for when in whens for s in when.severities)})
    clients = sorted({"", *(c for when in whens for c in when.clients)})
    found: dict[tuple[str, tuple[bool, ...]], Page] = {}
    for region, severity, client in product(directory.regions, severities, clients):
        may = tuple(
            (not when.severities or severity in when.severities) and (not when.clients or client in when.clients)
            for when in whens
        )
        found.setdefault((region.id, may), Page(region.id, region.zone, severity, client, may))
    return list(found.values())


def _whens(escalation: Escalation) -> Iterator[When]:
    """Of each policy its own, then those of its steps."""
    for policy in escalation.policies:
        yield from (policy.when, *(step.when for step in policy.steps))


class _Walk:
    def __init__(
        self, escalation: Escalation, rota: Rota, directory: Directory, start: datetime, end: datetime
    ) -> None:
        self._escalation, self._rota, self._directory = escalation, rota, directory
        self._start, self._end = start, end
        self._timed = _Timed(list(_whens(escalation)))
        self._homes = {(p.zone, p.region): p for p in directory.people}
        schedule = resolve.resolve(rota, start, end)
        changes = _changes(rota, schedule, self._homes)
        self._shared = sorted({start, *(at for at in changes if start < at < end)})
        self._by_zone: dict[str, list[Instant]] = {}
        self._schedule = _Sweep(schedule, directory)
        numbers: dict[State, int] = {}
        self._states = [numbers.setdefault(self._state(self._schedule.at(at)), len(numbers)) for at in self._shared]
        """The number of the state of the world from each instant of `_shared` on."""

    def holes(self, page: Page) -> Iterator[tuple[datetime, str]]:
        """Each instant at which such a page finds nobody though a region leads, and the policy that it has then.

        Where no region leads nobody is on duty at all: the linter's rules `gap` and `uncovered` say that.
        """
        for at, (policy, finds) in self._ways(page):
            if not finds and self._schedule.at(at).lead is not None:
                yield at, policy

    def hole(self, policy: Policy, at: datetime, page: Page) -> Hole:
        over = (t for t, way in self._ways(page) if t > at and way != (policy.id, False))
        why = climb(policy, Position(), self._finder(page, self._schedule.at(at)), page.about, at).skipped
        return Hole(policy.id, page.region, page.severity, page.client, at, next(over, self._end), why)

    def _ways(self, page: Page) -> Iterator[tuple[datetime, Way]]:
        """How a page goes at each instant: worked out once for each state of the world and of the conditions."""
        known: dict[tuple[int, int], Way] = {}
        for at, state, conditions in self._instants(page.zone):
            key = (state, conditions)
            if key not in known:
                known[key] = self._asked(page, self._schedule.at(at), self._timed.hold(page.zone, at)[1])
            yield at, known[key]

    def _instants(self, zone: str) -> list[Instant]:
        """At which something may change for a page of that zone."""
        if zone not in self._by_zone:
            days = [self._start.date() + n * DAY for n in range(-1, (self._end - self._start).days + 2)]
            at = {civil.instant(day, t, where or zone) for where, t in self._timed.edges for day in days}
            inside = {one.astimezone(UTC) for one in at if self._start <= one < self._end}
            self._by_zone[zone] = [
                (one, self._states[bisect_right(self._shared, one) - 1], self._timed.hold(zone, one)[0])
                for one in sorted(inside.union(self._shared))
            ]
        return self._by_zone[zone]

    def _asked(self, page: Page, moment: Moment, hold: tuple[bool, ...]) -> Way:
        find, number = self._finder(page, moment), 0
        for policy in self._escalation.policies:
            applies = [may and holds for may, holds in zip(page.may[number:], hold[number:], strict=True)]
            number += 1 + len(policy.steps)
            if applies[0] or policy is self._escalation.policies[-1]:
                steps = [step for step, there in zip(policy.steps, applies[1:], strict=False) if there]
                return policy.id, any(find(target)[0] for step in steps for target in step.targets)
        raise LookupError("an escalation has a policy")

    def _finder(self, page: Page, moment: Moment) -> Finder:
        return Reach(moment, self._rota, self._directory, page.region).find

    def _state(self, moment: Moment) -> State:
        at, seen = moment.at, Reach(moment, self._rota, self._directory, "")
        holders = tuple((h.region, h.role, h.person) for h in moment.holders)
        asleep = tuple(seen.asleep(person) for person in self._homes.values())
        weekend = tuple(reach.weekend(at, region.zone) for region in self._directory.regions)
        away = frozenset(off.person for off in self._rota.time_off if off.start <= at < off.end)
        edits = tuple(
            sum(edit.since <= civil.local(at, rotation.zone).date() for edit in rotation.edits)
            for rotation in self._rota.rotations
            if rotation.edits
        )
        return holders, moment.lead, asleep, weekend, away, edits


class _Timed:
    """Of conditions the part that knows the time; asked once for each minute of the week."""

    def __init__(self, whens: list[When]) -> None:
        self._whens = [replace(when, severities=frozenset(), clients=frozenset()) for when in whens]
        named = [when for when in self._whens if not when.always]
        self._zones = sorted({when.zone for when in named if when.zone})
        self._held: dict[tuple[object, ...], Held] = {}
        self._numbers: dict[tuple[bool, ...], int] = {}
        self.edges = {(w.zone, at) for w in named for at in (time(), w.start, w.end) if at is not None}
        """(zone; empty: the page's, time of the day) at which one may begin or end."""

    def hold(self, zone: str, at: datetime) -> Held:
        """Which of them hold for a page of that zone, with a number for it."""
        clocks = [civil.local(at, where) for where in (zone, *self._zones)]
        key = (zone, *((clock.weekday(), clock.time()) for clock in clocks))
        if key not in self._held:
            held = tuple(when.holds(About(zone), at) for when in self._whens)
            self._held[key] = self._numbers.setdefault(held, len(self._numbers)), held
        return self._held[key]


class _Sweep:
    """Who is on duty at an instant, of a schedule of months."""

    def __init__(self, schedule: Schedule, directory: Directory) -> None:
        self._leads = [(one.start, one.end, one.region) for one in schedule.leads]
        self._by_day: dict[date, list[Holder]] = {}
        names = directory.names_and_regions
        for s in schedule.shifts:
            name, called = names.get(s.person, s.person), names.get(s.region, s.region)
            holder = Holder(s.person, name, "", s.region, called, s.role.value, s.start, s.end)
            for day in range((s.end.date() - s.start.date()).days + 1):
                self._by_day.setdefault(s.start.date() + day * DAY, []).append(holder)
        self._leads_by_day: dict[date, list[tuple[datetime, datetime, str]]] = {}
        for start, end, region in self._leads:
            for day in range((end.date() - start.date()).days + 1):
                self._leads_by_day.setdefault(start.date() + day * DAY, []).append((start, end, region))

    def at(self, at: datetime) -> Moment:
        holders = tuple(h for h in self._by_day.get(at.date(), ()) if h.since <= at < h.until)
        leads = self._leads_by_day.get(at.date(), ())
        return Moment(at, next((r for start, end, r in leads if start <= at < end), None), None, None, None, holders)


def _changes(rota: Rota, schedule: Schedule, homes: Mapping[tuple[str, str], Person]) -> set[datetime]:
    """Instants at which whom a target gives may change."""
    found: set[datetime] = set()
    for spans in (schedule.shifts, schedule.leads, rota.time_off):
        found |= {at for one in spans for at in (one.start, one.end)}
    for rotation in rota.rotations:
        found |= {civil.instant(edit.since, time(), rotation.zone) for edit in rotation.edits}
    if schedule.shifts:
        first, last = schedule.shifts[0].start.date() - DAY, max(s.end for s in schedule.shifts).date() + DAY
        days = [first + n * DAY for n in range((last - first).days + 1)]
        found |= _wakings(rota, homes, days)
    return {at.astimezone(UTC) for at in found}


def _wakings(rota: Rota, homes: Mapping[tuple[str, str], Person], days: list[date]) -> set[datetime]:
    """When a weekend begins and ends, and at weekends the day, where people live."""
    regions = {region.id: region for region in rota.regions}
    found: set[datetime] = set()
    zones = {*((zone, region) for zone, region in homes), *((r.zone, r.id) for r in rota.regions)}
    for zone, region in zones:
        daytime = regions[region].daytime if region in regions else ()
        for day in days:
            if day.weekday() in (SATURDAY, MONDAY):
                found.add(civil.instant(day, time(), zone))
            if day.weekday() in (SATURDAY, SUNDAY, MONDAY):
                found |= {civil.instant(day, at, zone) for at in daytime}
    return found
