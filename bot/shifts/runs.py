"""What an edit moves, said short: five days of the same hours are one line. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schedules.rota.diff import Change, Moved


@dataclass(frozen=True)
class Run:
    """`shifts` of the same hours on days that follow each other; `first` and `last` are the first and last of them."""

    what: Moved
    region: str
    role: str
    first: tuple[datetime, datetime]
    last: tuple[datetime, datetime]
    shifts: int = 1

    @property
    def goes_round(self) -> bool:
        """One of a day or longer: its end says nothing without a date."""
        return self.shifts == 1 and self.first[1] - self.first[0] >= timedelta(days=1)


def of(changes: Iterable[Change], zone: str) -> list[Run]:
    """By the reader's clock, sorted by start: a run that goes over a clock change stays one."""
    found: list[Run] = []
    for change in sorted(changes, key=lambda c: (c.what, c.region, c.role, c.start)):
        one = (change.start, change.end)
        last = found[-1] if found else None
        if last and _follows(last, change, zone):
            found[-1] = replace(last, last=one, shifts=last.shifts + 1)
        else:
            found.append(Run(change.what, change.region, str(change.role), one, one))
    return sorted(found, key=lambda r: r.first)


def _follows(run: Run, change: Change, zone: str) -> bool:
    if (run.what, run.region, run.role) != (change.what, change.region, str(change.role)):
        return False
    here = ZoneInfo(zone)
    before = [at.astimezone(here) for at in run.last]
    after = [at.astimezone(here) for at in (change.start, change.end)]
    next_day = all(b.date() + timedelta(days=1) == a.date() for b, a in zip(before, after, strict=True))
    return next_day and all(b.time() == a.time() for b, a in zip(before, after, strict=True))
