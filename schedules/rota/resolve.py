"""Who is on duty, who leads, and when the lead passes: for an instant and for an interval. Pure.

A shift belongs to the local date on which it starts. Rotations hand over inside a shift where they must, which splits
it. Overrides apply in the order in which they were made. A region leads only while its primary, or at weekends its
weekend shift, is on duty; the lead passes some time after the incoming region starts (`Rota.lead_after`), and never
later than the outgoing one's end.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from schedules.rota import civil
from schedules.rota.model import Lead, Moment, Override, OverrideKind, Role, Rota, Rotation, Rule, Schedule, Shift

DAY = timedelta(days=1)
AHEAD = timedelta(days=14)
"""How far the next boundary is looked for."""
LEADING = (Role.PRIMARY, Role.WEEKEND)


def at(rota: Rota, now: datetime) -> Moment:
    """Everything about one instant."""
    schedule = _window(rota, _day(now))
    shifts = tuple(s for s in schedule.shifts if s.start <= now < s.end)
    lead = next((x for x in schedule.leads if x.start <= now < x.end), None)
    following = next((x for x in schedule.leads if x.start > now), None)
    boundary = lead.end if lead else following.start if following else None
    next_lead = following.region if following and following.start == boundary else None
    return Moment(now, shifts, lead.region if lead else None, boundary, next_lead)


def resolve(rota: Rota, start: datetime, end: datetime) -> Schedule:
    """Maximal intervals that touch `[start, end)`, cut to it."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    shifts = _overridden(rota, _by_rules(rota, start - 2 * DAY, end + DAY))
    leads = _leads(rota, shifts)
    return Schedule(
        tuple(
            Shift(s.region, s.role, s.person, max(s.start, start), min(s.end, end))
            for s in shifts
            if s.start < end and s.end > start
        ),
        tuple(Lead(x.region, max(x.start, start), min(x.end, end)) for x in leads if x.start < end and x.end > start),
    )


def _day(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@lru_cache(maxsize=16)
def _window(rota: Rota, day: datetime) -> Schedule:
    return resolve(rota, day - 2 * DAY, day + AHEAD)


def _by_rules(rota: Rota, start: datetime, end: datetime) -> list[Shift]:
    """What the rules call for, uncut, for every local date whose shift may touch `[start, end)`."""
    rotations = {r.id: r for r in rota.rotations}
    zones = {r.id: r.zone for r in rota.regions}
    found: list[Shift] = []
    for rule in rota.rules:
        zone = zones[rule.region]
        day = start.astimezone(ZoneInfo(zone)).date() - DAY
        while day <= end.astimezone(ZoneInfo(zone)).date():
            if day.weekday() in rule.weekdays:
                found += _shifts(rule, day, zone, rotations)
            day += DAY
    return _merged(found)


def _shifts(rule: Rule, day: date, zone: str, rotations: dict[str, Rotation]) -> Iterator[Shift]:
    start = civil.instant(day, rule.start, zone)
    end = civil.instant(day if rule.end > rule.start else day + DAY, rule.end, zone, last=True)
    if start >= end:
        return
    if rule.person:
        yield Shift(rule.region, rule.role, rule.person, start, end)
        return
    rotation = rotations[rule.rotation]
    for person, turn_start, turn_end in _turns(rotation, start, end):
        yield Shift(rule.region, rule.role, person, max(start, turn_start), min(end, turn_end))


def _turns(rotation: Rotation, start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Turns that touch `[start, end)`. Before the rotation's start there is nobody."""
    local = start.astimezone(ZoneInfo(rotation.zone)).date()
    number = max(0, (local - rotation.start).days // rotation.days - 1)
    while True:
        turn_start = _handover(rotation, number)
        if turn_start >= end:
            return
        turn_end = _handover(rotation, number + 1)
        if turn_end > start and turn_start < turn_end:
            yield rotation.people[number % len(rotation.people)], turn_start, turn_end
        number += 1


def _handover(rotation: Rotation, number: int) -> datetime:
    day = rotation.start + timedelta(days=number * rotation.days)
    return civil.instant(day, rotation.handover, rotation.zone)


def _overridden(rota: Rota, shifts: list[Shift]) -> list[Shift]:
    for override in sorted(rota.overrides, key=lambda o: o.made_at):
        shifts = _apply(override, shifts)
    return _merged(shifts)


def _apply(override: Override, shifts: list[Shift]) -> list[Shift]:
    """A replace whose target is not on duty does nothing, and covers only where the target is."""
    kept: list[Shift] = []
    came: list[Shift] = []
    for shift in shifts:
        hit = (
            shift.region == override.region
            and shift.role == override.role
            and override.kind is not OverrideKind.ADD
            and shift.person == override.instead_of
            and shift.start < override.end
            and shift.end > override.start
        )
        if not hit:
            kept.append(shift)
            continue
        start, end = max(shift.start, override.start), min(shift.end, override.end)
        if shift.start < start:
            kept.append(Shift(shift.region, shift.role, shift.person, shift.start, start))
        if end < shift.end:
            kept.append(Shift(shift.region, shift.role, shift.person, end, shift.end))
        if override.kind is OverrideKind.REPLACE and override.person:
            came.append(Shift(shift.region, shift.role, override.person, start, end))
    if override.kind is OverrideKind.ADD and override.person:
        came.append(Shift(override.region, override.role, override.person, override.start, override.end))
    return kept + came


def _merged(shifts: list[Shift]) -> list[Shift]:
    """Touching and overlapping shifts of the same person in the same role become one; sorted by start."""
    merged: list[Shift] = []
    for shift in sorted(shifts, key=lambda s: (s.region, s.role, s.person, s.start, s.end)):
        last = merged[-1] if merged else None
        same = last and (last.region, last.role, last.person) == (shift.region, shift.role, shift.person)
        if last and same and shift.start <= last.end:
            merged[-1] = Shift(last.region, last.role, last.person, last.start, max(last.end, shift.end))
        else:
            merged.append(shift)
    return sorted(merged, key=lambda s: (s.start, s.region, s.role, s.person))


def _leads(rota: Rota, shifts: list[Shift]) -> list[Lead]:
    """One leading region at every instant somebody who can lead is on duty."""
    on = _coverage(rota, shifts)
    order = {region.id: number for number, region in enumerate(rota.regions)}
    starts = [(start, order[region], region, end) for region, spans in on.items() for start, end in spans]
    leads: list[Lead] = []
    for start, _, region, end in sorted(starts):
        current = leads[-1] if leads else None
        takes = start if current is None or current.end <= start else min(start + rota.lead_after, current.end)
        if takes >= end:
            continue
        if current is not None and takes < current.end:
            leads[-1] = Lead(current.region, current.start, takes)
        leads.append(Lead(region, takes, end))
    return _tail(leads, on)


def _tail(leads: list[Lead], on: dict[str, list[tuple[datetime, datetime]]]) -> list[Lead]:
    """Where a lead ends and somebody else is still on duty, the one that started last goes on."""
    filled: list[Lead] = []
    for number, lead in enumerate(leads):
        if lead.start >= lead.end:
            continue
        filled.append(lead)
        until = leads[number + 1].start if number + 1 < len(leads) else None
        now = lead.end
        while until is None or now < until:
            going = [(s, e, r) for r, spans in on.items() for s, e in spans if s <= now < e]
            if not going:
                break
            _, end, region = max(going)
            end = min(end, until) if until else end
            filled.append(Lead(region, now, end))
            now = end
    return filled


def _coverage(rota: Rota, shifts: list[Shift]) -> dict[str, list[tuple[datetime, datetime]]]:
    """Per region the maximal intervals with somebody who can lead."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for region in rota.regions:
        spans: list[tuple[datetime, datetime]] = []
        for shift in sorted((s for s in shifts if s.region == region.id and s.role in LEADING), key=lambda s: s.start):
            if spans and shift.start <= spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], shift.end))
            else:
                spans.append((shift.start, shift.end))
        found[region.id] = spans
    return found
