"""The rota → a sheet of two weeks: who has each shift by which exception, holidays, gaps, the year's weekends. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.directory.model import Directory
from bot.pictures import sheet as sheets
from bot.pictures.sheet import Burden, Hole, Leading, Next, Off, Row, Sheet, Turn
from schedules.rota import civil, fairness, holidays, resolve, spans
from schedules.rota.fairness import Load
from schedules.rota.model import Gap, Lead, Override, OverrideKind, Region, Role, Rota, Shift, Swap, Temporary, TimeOff

SHOWN = (Role.PRIMARY, Role.SECONDARY, Role.WEEKEND)
"""The manager is asked only when nobody else answers, and is not drawn."""
DAY = timedelta(days=1)
SATURDAY = 5


@dataclass(frozen=True)
class Wanted:
    """Which weeks, by whose clocks, and of which region (None: all)."""

    zone: str
    now: datetime
    first: date
    region: str | None = None
    weeks: int = sheets.WEEKS


def sheet(rota: Rota, directory: Directory, wanted: Wanted, loads: Iterable[Load] = ()) -> Sheet:
    """`loads` is the year's ledger; without it nothing is said about who carries the weekends."""
    days = sheets.days(wanted.first, 7 * wanted.weeks, wanted.zone)
    span, known = (days[0].start, days[-1].end), tuple(loads)
    schedule = resolve.resolve(rota, *span)
    names = _Names(directory)
    changes = _Changes(rota, resolve.resolve(_without_exceptions(rota), *span).shifts, names)
    rows = []
    for place, region in enumerate(rota.regions):
        if wanted.region not in (None, region.id):
            continue
        mine = [s for s in schedule.shifts if s.region == region.id and s.role in SHOWN]
        row = Row(
            region.id,
            names.region(region.id),
            region.zone,
            place,
            tuple(turn for shift in mine for turn in changes.turns(shift)),
            tuple(Hole(g.role, g.start, g.end) for g in schedule.gaps if g.region == region.id and g.role in SHOWN),
            tuple(_off(region, span)),
            tuple(_burdens(known, region.id, names)),
            _next(rota, region.id, _needed(schedule.gaps, region, wanted.now), known, names),
        )
        rows.append(row)
    leaders = tuple((r.id, names.region(r.id), place) for place, r in enumerate(rota.regions))
    return Sheet(wanted.zone, wanted.now, days, tuple(rows), tuple(_leading(schedule.leads, span)), leaders)


class _Names:
    """Ids of the rota → what people call each other. Somebody whom the directory has lost keeps their id."""

    def __init__(self, directory: Directory) -> None:
        self._people = {p.id: (p.name, p.slack) for p in directory.people}
        self._regions = {r.id: r.name for r in directory.regions}

    def region(self, id: str) -> str:
        return self._regions.get(id, id)

    def person(self, id: str) -> tuple[str, str]:
        """(name, Slack id or empty)"""
        return self._people.get(id, (id, ""))


class _Changes:
    """Tells which part of a shift is by the rules alone, and by which exception the rest came."""

    def __init__(self, rota: Rota, plain: tuple[Shift, ...], names: _Names) -> None:
        self._rota, self._plain, self._names = rota, plain, names

    def turns(self, shift: Shift) -> Iterator[Turn]:
        """The shift, cut where an exception begins or ends."""
        there = [p for p in self._plain if (p.region, p.role) == (shift.region, shift.role)]
        own = [(p.start, p.end) for p in there if p.person == shift.person]
        changed = spans.without([(shift.start, shift.end)], own)
        parts = [(s, False) for s in spans.without([(shift.start, shift.end)], changed)]
        for span, new in sorted([*parts, *((s, True) for s in changed)]):
            name, slack = self._names.person(shift.person)
            turn = Turn(shift.role, shift.person, name, slack, *span)
            yield replace(turn, mark=self._mark(shift, span), instead_of=self._replaced(there, span)) if new else turn

    def _mark(self, shift: Shift, span: spans.Span) -> str:
        """The strongest exception that puts this person here now."""
        here = (shift.region, shift.role)
        for t in self._rota.temporary:
            if t.region == shift.region and (not t.roles or shift.role in t.roles) and _meets(t, span):
                return sheets.TEMPORARY
        for o in self._rota.overrides:
            comes = o.person == shift.person and o.kind is not OverrideKind.REMOVE
            if comes and (o.region, o.role) == here and _meets(o, span):
                return sheets.OVERRIDE
        if any(s.taker == shift.person and (s.region, s.role) == here and _meets(s, span) for s in self._rota.swaps):
            return sheets.SWAP
        if any(a.cover == shift.person and _meets(a, span) for a in self._rota.time_off):
            return sheets.COVER
        return ""

    def _replaced(self, there: list[Shift], span: spans.Span) -> str:
        found = (p.person for p in there if spans.overlap((p.start, p.end), span))
        return next((self._names.person(p)[0] for p in found), "")


def _meets(exception: Override | Swap | TimeOff | Temporary, span: spans.Span) -> bool:
    return spans.overlap((exception.start, exception.end), span) is not None


def _without_exceptions(rota: Rota) -> Rota:
    return replace(rota, overrides=(), swaps=(), time_off=(), temporary=())


def _off(region: Region, span: spans.Span) -> Iterator[Off]:
    zone = ZoneInfo(region.zone)
    day = span[0].astimezone(zone).date()
    while day <= span[1].astimezone(zone).date():
        holiday = holidays.name(region.holidays, day)
        if holiday or day.weekday() >= SATURDAY:
            start, end = civil.instant(day, time(), region.zone), civil.instant(day + DAY, time(), region.zone)
            if inside := spans.overlap((start, end), span):
                yield Off(*inside, holiday or "")
        day += DAY


def _leading(leads: tuple[Lead, ...], span: spans.Span) -> list[Leading]:
    led = [Leading(lead.region, lead.start, lead.end) for lead in leads]
    nobody = [Leading(None, *hole) for hole in spans.without([span], ((x.start, x.end) for x in leads))]
    return sorted([*led, *nobody], key=lambda x: x.start)


def _burdens(loads: tuple[Load, ...], region: str, names: _Names) -> Iterator[Burden]:
    """Who has done most first."""
    mine = [load for load in loads if load.region == region and (load.hours or load.expected)]
    for load in sorted(mine, key=lambda x: (-x.hours, x.person)):
        yield Burden(*names.person(load.person), load.shifts, load.hours, load.expected, load.holidays)


def _needed(gaps: tuple[Gap, ...], region: Region, now: datetime) -> datetime:
    """When somebody is needed at a weekend: in the first hole that is to come, else at the next weekend."""
    zone = ZoneInfo(region.zone)
    open_ones = (g.start for g in gaps if g.region == region.id and g.role in SHOWN and g.start > now)
    return next((at for at in open_ones if at.astimezone(zone).weekday() >= SATURDAY), now)


def _next(rota: Rota, region: str, at: datetime, loads: tuple[Load, ...], names: _Names) -> Next | None:
    if not loads:
        return None
    found = fairness.next_for(rota, region, at, loads)
    return Next(fairness.coming(rota, region, at), *names.person(found[0].person), found[0].why) if found else None
