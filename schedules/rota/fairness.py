"""Who carries the weekends: a ledger of what each person did and has before them, and who is next. Pure.

Counted is who was really there: the resolved schedule, with its swaps and overrides, and for the past what the rota
has `recorded`. A weekend is Saturday and Sunday by the region's own clocks, so a shift that reaches into it counts
with the hours that it reaches. Every role is a pool of its own. A day's duty is expected in equal parts of everybody
whom the pool's rules can call for on that day: who joins in July is not expected to have worked in March, and who is
away for `LONG` or more is not expected meanwhile. A short absence excuses nobody, else it would pay to be away on
Saturdays.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall
from fractions import Fraction
from functools import lru_cache

from schedules.rota import civil, holidays, resolve, spans
from schedules.rota.model import Region, Role, Rota, Rule, Shift

COUNTED = (Role.PRIMARY, Role.SECONDARY, Role.WEEKEND)
"""Roles that are duty. A manager is asked only when nobody else answered."""
SATURDAY, SUNDAY = 5, 6
DAY = timedelta(days=1)
LONG = timedelta(days=14)
"""Time off from this length on: nobody expects weekends of who has it."""
NEAR = timedelta(days=8)
"""A weekend that starts so soon after another, or before it, is the next one."""

Pool = tuple[str, Role]


@dataclass(frozen=True)
class Load:
    """What one person has of one region's weekends.

    `shifts` are days of a weekend with duty on them, `hours` the hours of it, `holidays` days of duty on a public
    holiday (of any weekday); `share` is the part of the region's weekend hours, `expected` the hours that were fair.
    """

    person: str
    region: str
    shifts: int
    hours: float
    holidays: int
    share: float
    expected: float

    @property
    def over(self) -> float:
        """Hours beyond the fair part; negative: hours that are owed."""
        return self.hours - self.expected


@dataclass(frozen=True)
class Proposal:
    """Somebody for an open weekend, and the sentence that says why they, in their place of the order."""

    person: str
    why: str


@dataclass(frozen=True)
class _Day:
    """A local date of a region, as instants."""

    region: str
    date: date
    span: spans.Span
    holiday: bool

    @property
    def weekend(self) -> bool:
        return self.date.weekday() in (SATURDAY, SUNDAY)


@dataclass
class _Tally:
    """Of one person in one region, while it is counted; exact, so that the order does not matter."""

    days: set[date] = field(default_factory=set)
    holidays: set[date] = field(default_factory=set)
    seconds: int = 0
    fair: Fraction = Fraction(0)

    def load(self, person: str, region: str, total: int) -> Load:
        share = self.seconds / total if total else 0.0
        counts = len(self.days), self.seconds / 3600, len(self.holidays)
        return Load(person, region, *counts, share, float(self.fair / 3600))


def ledger(rota: Rota, start: datetime, end: datetime) -> tuple[Load, ...]:
    """Everybody's load in `[start, end)`: by the file's order of regions, then by name."""
    counted = [s for s in resolve.resolve(rota, start, end).shifts if s.role in COUNTED]
    loads: list[Load] = []
    for region in rota.regions:
        days = list(_days(region, start, end))
        loads += _of_region(rota, region, days, [s for s in counted if s.region == region.id])
    return tuple(loads)


def year(rota: Rota, number: int) -> tuple[Load, ...]:
    """The ledger of a calendar year, in UTC."""
    return ledger(rota, datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC))


def uneven(loads: Iterable[Load], region: str) -> float:
    """How far the region's hours are apart, as a part of a fair part: 0 is even, 1 is one person doing it for two."""
    mine = [load for load in loads if load.region == region and load.expected > 0]
    if not mine:
        return 0.0
    fair = sum(load.expected for load in mine) / len(mine)
    return max(abs(load.over) for load in mine) / fair


def coming(rota: Rota, region: str, at: datetime) -> date:
    """The region's day of a weekend at `at`, else the next one."""
    return _coming(rota, region, at)[1].date


def next_for(rota: Rota, region: str, at: datetime, loads: Iterable[Load]) -> tuple[Proposal, ...]:
    """Who of the region's pool should have the weekend day of `at` (else the next one), the fairest first.

    Those who are away or on duty then are not proposed, and those with the weekend before or after come last.
    """
    place, day = _coming(rota, region, at)
    around = resolve.resolve(rota, day.span[0] - NEAR, day.span[1] + NEAR)
    mine = {load.person: load for load in loads if load.region == region}
    nobody = Load("", region, 0, 0.0, 0, 0.0, 0.0)
    ranked = []
    for person in _pool(rota, region, day):
        if _away(rota, person, day.span) or _busy(around.shifts, person, day.span):
            continue
        near = _weekends_near(place, around.shifts, person, day)
        load = mine.get(person, nobody)
        ranked.append((bool(near), round(load.over, 6), load.holidays, person, Proposal(person, _why(load, near))))
    return tuple(proposal for *_, proposal in sorted(ranked, key=lambda r: r[:4]))


def _coming(rota: Rota, region: str, at: datetime) -> tuple[Region, _Day]:
    place = next(r for r in rota.regions if r.id == region)
    cut = next(d for d in _days(place, at, at + 8 * DAY) if d.weekend)
    return place, replace(cut, span=_whole(cut.date, place.zone))


def _of_region(rota: Rota, region: Region, days: list[_Day], shifts: list[Shift]) -> list[Load]:
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    for day, shift, inside in _met(days, shifts):
        mine = tallies[shift.person]
        if day.holiday:
            mine.holidays.add(day.date)
        if day.weekend:
            mine.days.add(day.date)
            mine.seconds += _seconds(inside)
            fair = _members(rota, (region.id, shift.role), day)
            for person in fair:
                tallies[person].fair += Fraction(_seconds(inside), len(fair))
    total = sum(tally.seconds for tally in tallies.values())
    return [tally.load(person, region.id, total) for person, tally in sorted(tallies.items())]


def _met(days: list[_Day], shifts: list[Shift]) -> Iterator[tuple[_Day, Shift, spans.Span]]:
    """Each shift with each weekend day or holiday on which it is, and for how long."""
    ordered = spans.Timeline(sorted(shifts, key=lambda s: (s.start, s.end, s.role, s.person)))
    for day in (d for d in days if d.weekend or d.holiday):
        for shift in ordered.touching(*day.span):
            inside = spans.overlap((shift.start, shift.end), day.span)
            if inside:
                yield day, shift, inside


def _days(region: Region, start: datetime, end: datetime) -> Iterator[_Day]:
    """Local dates that touch `[start, end)`, cut to it."""
    day = start.date() - DAY
    while day <= end.date() + DAY:
        inside = spans.overlap(_whole(day, region.zone), (start, end))
        if inside:
            yield _Day(region.id, day, inside, holidays.name(region.holidays, day) is not None)
        day += DAY


@lru_cache(maxsize=8192)
def _whole(day: date, zone: str) -> spans.Span:
    return civil.instant(day, wall(), zone), civil.instant(day + DAY, wall(), zone)


def _members(rota: Rota, pool: Pool, day: _Day) -> list[str]:
    """Whom the pool's rules can call for on that day, without those who are away for long.

    Where no rule is for that weekday (a night that reaches into it, a helping hand), the pool's rules for any.
    """
    region, role = pool
    every = _called(rota, region, (role,), day) or _called(rota, region, (role,), day, any_weekday=True)
    return [person for person in every if not _long_away(rota, person, day.span)]


def _pool(rota: Rota, region: str, day: _Day) -> list[str]:
    """Who does weekends there: the weekend's own pool, and where there is none, whoever is called for on that day."""
    return _called(rota, region, (Role.WEEKEND,), day) or _called(rota, region, COUNTED, day)


def _called(rota: Rota, region: str, roles: tuple[Role, ...], day: _Day, *, any_weekday: bool = False) -> list[str]:
    found: set[str] = set()
    for rule in rota.rules:
        mine = rule.region == region and rule.role in roles and _in_force(rule, day.date)
        if mine and (any_weekday or day.date.weekday() in rule.weekdays):
            found.update(_people(rota, rule, day.date))
    return sorted(found)


def _in_force(rule: Rule, day: date) -> bool:
    return (rule.since is None or rule.since <= day) and (rule.until is None or day < rule.until)


def _people(rota: Rota, rule: Rule, day: date) -> tuple[str, ...]:
    """Everybody who has turns then, by the edits that have taken effect."""
    if rule.person:
        return (rule.person,)
    rotation = rota.rotation(rule.rotation)
    if day < rotation.start:
        return ()
    edits = sorted((e for e in rotation.edits if e.people and e.since <= day), key=lambda e: e.since)
    return edits[-1].people if edits else rotation.people


def _away(rota: Rota, person: str, span: spans.Span) -> bool:
    return any(a.person == person and spans.overlap((a.start, a.end), span) for a in rota.time_off)


def _long_away(rota: Rota, person: str, span: spans.Span) -> bool:
    """For the whole of the day, in a spell of time off (one or several that touch) that is long."""
    spells = spans.union((a.start, a.end) for a in rota.time_off if a.person == person)
    return any(e - s >= LONG and s <= span[0] and span[1] <= e for s, e in spells)


def _busy(shifts: Iterable[Shift], person: str, span: spans.Span) -> bool:
    return any(s.person == person and s.role in COUNTED and spans.overlap((s.start, s.end), span) for s in shifts)


def _weekends_near(region: Region, shifts: Iterable[Shift], person: str, day: _Day) -> list[date]:
    """Dates of the weekend before and after on which `person` has duty; those of the same weekend are none."""
    mine = [s for s in shifts if s.person == person and s.region == region.id and s.role in COUNTED]
    same = {day.date - timedelta(days=day.date.weekday() - SATURDAY) + n * DAY for n in range(2)}
    days = [d for d in _days(region, day.span[0] - NEAR, day.span[1] + NEAR) if d.weekend and d.date not in same]
    return sorted({d.date for d, _, _ in _met(days, mine)})


def _why(load: Load, near: list[date]) -> str:
    """As it goes on after a name and "who"."""
    hours = round(abs(load.over))
    where = "below" if load.over < 0 else "above"
    said = f"is {hours} h {where} a fair part" if hours else "has just a fair part"
    if load.holidays:
        said += f", with {_count(load.holidays, 'public holiday')}"
    return f"{said}, but is on duty the weekend of {near[0].day} {near[0]:%B} too" if near else said


def _count(number: int, of: str) -> str:
    return f"{number} {of}" if number == 1 else f"{number} {of}s"


def _seconds(span: spans.Span) -> int:
    return int((span[1] - span[0]).total_seconds())
