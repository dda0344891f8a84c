"""Shifts that go together, and where they are by now. Pure.

A week's turn is five shifts of a day, and people give away weeks as often as days: a *stint* is one shift, or all
that somebody has in one role of one local week. A swap names a stint by person, role and days, so that it moves with
the shift: where the rules put the shift of that day an hour later, the swap is an hour later too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from schedules.rota import resolve
from schedules.rota.model import Rota, Shift

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Stint:
    """`start` and `end` hold all its shifts, `last` is when the last of them starts; `shifts` is how many they are."""

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
    weeks: dict[tuple[str, str, str, tuple[int, int]], list[Shift]] = {}
    for shift in shifts:
        week = shift.start.astimezone(ZoneInfo(zone(rota, shift.region))).date().isocalendar()[:2]
        weeks.setdefault((shift.region, str(shift.role), shift.person, week), []).append(shift)
    found = []
    for together in weeks.values():
        if len(together) > 1:
            found.append(_stint(together))
        found += [_stint([shift]) for shift in together]
    return sorted(found, key=lambda s: (s.start, -s.shifts, s.role, s.person))


def moved(rota: Rota, stint: Stint) -> list[Shift]:
    """The shifts that `rota` gives the stint's person, in its role, on its days; none where it gives none any more."""
    here = ZoneInfo(zone(rota, stint.region))
    first, last = stint.start.astimezone(here).date(), stint.last.astimezone(here).date()
    whole = replace(stint, start=stint.start - DAY, end=stint.end + DAY)
    found = []
    for shift in resolve.resolve(rota, whole.start, whole.end).shifts:
        if not whole.holds(shift):
            continue
        if shift.end - shift.start > DAY:  # round the clock: days do not tell one shift from the next
            if stint.holds(shift):
                found.append(replace(shift, start=max(shift.start, stint.start), end=min(shift.end, stint.end)))
        elif first <= _day(shift, here) <= last:
            found.append(shift)
    return found


def called_for(rota: Rota) -> Rota:
    """`rota` before time off and holidays: whom the rules, swaps and overrides call for."""
    return replace(rota, time_off=(), regions=tuple(replace(region, holidays=None) for region in rota.regions))


def zone(rota: Rota, region: str) -> str:
    return next((r.zone for r in rota.regions if r.id == region), "UTC")


def _stint(shifts: list[Shift]) -> Stint:
    first = shifts[0]
    return Stint(
        first.region,
        str(first.role),
        first.person,
        min(s.start for s in shifts),
        max(s.start for s in shifts),
        max(s.end for s in shifts),
        len(shifts),
    )


def _day(shift: Shift, here: ZoneInfo) -> date:
    return shift.start.astimezone(here).date()
