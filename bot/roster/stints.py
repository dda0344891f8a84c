"""Shifts that go together, and where they are by now. Pure.

A week's turn is five shifts of a day, and people give away weeks as often as days: a *stint* is one shift, or all
that somebody has in one role of one local week. A swap names a stint by person, role and local dates, so that it moves
with the shift: where the rules put the shift of that day an hour later, the swap is an hour later too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schedules.rota import resolve
from schedules.rota.model import Rota, Shift

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Stint:
    """`start` and `end` hold all its shifts, `shifts` is how many they are.

    `last` is in the last local date that counts: the start of the last shift, or the end of one that goes round the
    clock for days.
    """

    region: str
    role: str
    person: str
    start: datetime
    last: datetime
    end: datetime
    shifts: int = 1

    def holds(self, shift: Shift) -> bool:
        """Whether `shift` is this person's, in this role, and touches the stint."""
        mine = (shift.region, str(shift.role), shift.person) == (self.region, self.role, self.person)
        return mine and shift.start < self.end and shift.end > self.start


def stints(rota: Rota, shifts: Iterable[Shift]) -> list[Stint]:
    """Each shift, and before the first of a week's several all of them as one; sorted by start."""
    shifts = list(shifts)
    found = [week for week in weeks(rota, shifts) if week.shifts > 1] + [_stint([shift]) for shift in shifts]
    return sorted(found, key=lambda s: (s.start, -s.shifts, s.role, s.person))


def weeks(rota: Rota, shifts: Iterable[Shift]) -> list[Stint]:
    """A local week's shifts of a role as one; sorted by start."""
    found: dict[tuple[str, str, str, tuple[int, int]], list[Shift]] = {}
    for shift in shifts:
        week = shift.start.astimezone(ZoneInfo(zone(rota, shift.region))).date().isocalendar()[:2]
        found.setdefault((shift.region, str(shift.role), shift.person, week), []).append(shift)
    return sorted(map(_stint, found.values()), key=lambda s: (s.start, s.role, s.person))


def dates(rota: Rota, stint: Stint) -> frozenset[date]:
    """The local dates by which the rota knows its shifts."""
    here = ZoneInfo(zone(rota, stint.region))
    first, last = stint.start.astimezone(here).date(), stint.last.astimezone(here).date()
    return frozenset(first + DAY * number for number in range((last - first).days + 1))


def has(rota: Rota, stint: Stint) -> bool:
    """Whether the stint's person has any of it in `rota`, wherever its days' shifts are by now."""
    here, days = ZoneInfo(zone(rota, stint.region)), dates(rota, stint)
    around = replace(stint, start=stint.start - DAY, end=stint.end + DAY)
    mine = [s for s in resolve.resolve(rota, around.start, around.end).shifts if around.holds(s)]
    return any(shift.start.astimezone(here).date() in days or stint.holds(shift) for shift in mine)


def called_for(rota: Rota) -> Rota:
    """`rota` before time off and holidays: whom the rules, swaps and overrides call for."""
    return replace(rota, time_off=(), regions=tuple(replace(region, holidays=None) for region in rota.regions))


def zone(rota: Rota, region: str) -> str:
    return next((r.zone for r in rota.regions if r.id == region), "UTC")


def _stint(shifts: list[Shift]) -> Stint:
    first, last = min(shifts, key=lambda s: s.start), max(shifts, key=lambda s: s.start)
    counts = last.end - MOMENT if last.end - last.start > DAY else last.start
    end = max(s.end for s in shifts)
    return Stint(first.region, str(first.role), first.person, first.start, counts, end, len(shifts))
