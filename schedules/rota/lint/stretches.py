"""Each person's duty without a break, over roles and regions: what they live through, whatever the roster calls it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from schedules.rota import fairness
from schedules.rota.lint.model import Seen
from schedules.rota.model import Shift


@dataclass(frozen=True)
class Stretch:
    start: datetime
    end: datetime
    regions: tuple[str, ...]


def of(seen: Seen) -> dict[str, list[Stretch]]:
    """Sorted by start. A manager is asked only when nobody else answered, so that is no duty here."""
    found: defaultdict[str, list[Stretch]] = defaultdict(list)
    for shift in seen.actual.shifts:
        if shift.role in fairness.COUNTED:
            _add(found[shift.person], shift)
    return dict(sorted(found.items()))


def _add(mine: list[Stretch], shift: Shift) -> None:
    """Shifts come sorted by start."""
    last = mine[-1] if mine else None
    if last is None or shift.start > last.end:
        mine.append(Stretch(shift.start, shift.end, (shift.region,)))
        return
    regions = last.regions if shift.region in last.regions else (*last.regions, shift.region)
    mine[-1] = Stretch(last.start, max(last.end, shift.end), regions)
