"""Who is on duty, who leads, where nobody is, and why: for an instant and for an interval. Pure.

Everything is computed in UTC from civil times. `docs/rota.md` says in words what is meant.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TypeVar

from schedules.rota import exceptions, lead, rules, spans
from schedules.rota.model import Gap, Lead, Moment, Rota, Schedule, Shift
from schedules.rota.rules import Called, Piece

T = TypeVar("T", Shift, Lead, Gap)
DAY = timedelta(days=1)
AHEAD = timedelta(days=14)
"""How far the next boundary is looked for."""


def at(rota: Rota, now: datetime) -> Moment:
    """Everything about one instant."""
    schedule = _window(rota, _day(now))
    shifts = tuple(s for s in schedule.shifts if s.start <= now < s.end)
    leading = next((x for x in schedule.leads if x.start <= now < x.end), None)
    following = next((x for x in schedule.leads if x.start > now), None)
    boundary = leading.end if leading else following.start if following else None
    next_lead = following.region if following and following.start == boundary else None
    return Moment(now, shifts, leading.region if leading else None, boundary, next_lead)


def resolve(rota: Rota, start: datetime, end: datetime) -> Schedule:
    """Maximal intervals that touch `[start, end)`, cut to it, sorted by start."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    called = rules.called(rota, start - 2 * DAY, end + DAY)
    pieces = exceptions.apply(rota, called)
    shifts = _merged([p.shift for p in pieces])
    leads = lead.leads(rota, (s for s in shifts if _moves_lead(s)))
    return Schedule(
        tuple(_cut(s, start, end) for s in shifts if s.start < end and s.end > start),
        tuple(_cut(x, start, end) for x in leads if x.start < end and x.end > start),
        tuple(_cut(g, start, end) for g in _gaps(called, shifts) if g.start < end and g.end > start),
    )


def _day(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@lru_cache(maxsize=16)
def _window(rota: Rota, day: datetime) -> Schedule:
    return resolve(rota, day - 2 * DAY, day + AHEAD)


def _moves_lead(shift: Shift) -> bool:
    """Who was only added by an override helps, and does not move the lead."""
    return shift.because != ("added by an override",)


def _merged(shifts: list[Shift]) -> list[Shift]:
    """Touching and overlapping shifts of the same person in the same role become one, with the first one's reasons."""
    merged: list[Shift] = []
    for shift in sorted(shifts, key=lambda s: (s.region, s.role, s.person, s.start, s.end)):
        last = merged[-1] if merged else None
        same = last and (last.region, last.role, last.person) == (shift.region, shift.role, shift.person)
        if last and same and shift.start <= last.end:
            merged[-1] = replace(last, end=max(last.end, shift.end))
        else:
            merged.append(shift)
    return sorted(merged, key=lambda s: (s.start, s.region, s.role, s.person))


def _gaps(called: Called, shifts: list[Shift]) -> list[Gap]:
    """Where a rule calls for somebody in a role and nobody is there; leading roles stand in for each other."""
    found: list[Gap] = []
    groups: dict[tuple[str, bool, str], list[Piece]] = {}
    for piece in (*called.kept, *called.taken):
        shift = piece.shift
        leading = shift.role in lead.LEADING
        if leading or piece not in called.taken:
            groups.setdefault((shift.region, leading, "" if leading else shift.role), []).append(piece)
    for (region, leading, role), wanted in groups.items():
        there = [
            (s.start, s.end)
            for s in shifts
            if s.region == region and (s.role in lead.LEADING if leading else s.role == role)
        ]
        for piece in wanted:
            missing = spans.without([piece.span], there)
            found += [Gap(region, piece.shift.role, start, end, piece.shift.because) for start, end in missing]
    return sorted(_distinct(found), key=lambda g: (g.start, g.region, g.role))


def _distinct(gaps: list[Gap]) -> list[Gap]:
    """Touching gaps of one role in one region are one."""
    joined: list[Gap] = []
    for gap in sorted(gaps, key=lambda g: (g.region, g.role, g.start)):
        last = joined[-1] if joined else None
        if last and (last.region, last.role) == (gap.region, gap.role) and gap.start <= last.end:
            joined[-1] = replace(last, end=max(last.end, gap.end))
        else:
            joined.append(gap)
    return joined


def _cut(one: T, start: datetime, end: datetime) -> T:
    return replace(one, start=max(one.start, start), end=min(one.end, end))
