"""What the linter is told, what each of its rules sees, and what a finding is. Pure.

A finding is said once, however often it happens: with an example, how many times, and what to do about it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from schedules.rota import spans
from schedules.rota.lint.layouts import Layout
from schedules.rota.model import Rota, Schedule

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class Severity(StrEnum):
    """An error is a stretch in which nobody would answer; a warning is what people will regret."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """`start` and `end` are the first time it happens, of `times`; `layout` the clocks under which it does, if any."""

    severity: Severity
    rule: str
    sentence: str
    fix: str
    start: datetime
    end: datetime
    times: int = 1
    regions: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True)
class Person:
    """`zone` is where they live. `reachable`: there is a way to them besides Slack, which Do Not Disturb silences.

    `asked`: a step of an escalation policy names them, or a rotation that they are in.
    """

    id: str
    zone: str
    reachable: bool = True
    last_resort: bool = False
    asked: bool = False


@dataclass(frozen=True)
class Limits:
    """Eleven hours of rest a day are what the European working time directive (2003/88/EC, article 3) asks for."""

    longest_duty: timedelta = timedelta(hours=12)
    shortest_rest: timedelta = timedelta(hours=11)
    longest_overlap: timedelta = timedelta(hours=8)
    weekend_uneven: timedelta = timedelta(hours=24)
    """Beyond or below somebody's fair part, in the whole window."""
    night_start: int = 22
    night_end: int = 6
    """Local hours of the person."""


@dataclass(frozen=True)
class Seen:
    """What every rule looks at. `actual` is the schedule of the window, with everything.

    `ruled` is what the rules alone would make, as if there were no holidays and no exceptions. It reaches
    `layouts.MARGIN` beyond the window, so that nothing at its edges looks shorter than it is.
    """

    rota: Rota
    people: Mapping[str, Person]
    limits: Limits
    start: datetime
    end: datetime
    layouts: tuple[Layout, ...]
    ruled: Schedule
    actual: Schedule
    names: Mapping[str, str]
    """Of regions: an id such as `in` makes no sentence."""

    def called(self, region: str) -> str:
        return self.names.get(region, region)

    def zone(self, region: str) -> str:
        return next(r.zone for r in self.rota.regions if r.id == region)

    def home(self, person: str, region: str) -> str:
        """Where `person` lives; who is not known, in the region they work for."""
        known = self.people.get(person)
        return known.zone if known else self.zone(region)


def hours(start: datetime, end: datetime, zone: str) -> str:
    """ "18:00–19:00 CET": on the wall of `zone`."""
    local, until = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    far = (until.date() - local.date()).days
    day = "" if far == 0 else f"{until:%a} " if far < 7 else f"{until:%d %b %Y} "
    return f"{local:%H:%M}–{day}{until:%H:%M} {until:%Z}"


def day(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d}"


def length(of: timedelta) -> str:
    """ "45 min", "2 h", "10 h 30 min"."""
    minutes = int(of.total_seconds()) // 60
    parts = [f"{minutes // 60} h" if minutes >= 60 else "", f"{minutes % 60} min" if minutes % 60 else ""]
    return " ".join(part for part in parts if part) or "0 min"


def often(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def weekdays(of: Iterable[int]) -> str:
    """ "every day", "on Mon–Fri", "on Sat and Sun"."""
    days = sorted(set(of))
    if len(days) == 7:
        return "every day"
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"on {WEEKDAYS[days[0]]}–{WEEKDAYS[days[-1]]}"
    return "on " + " and ".join(WEEKDAYS[d] for d in days)


def total(found: Iterable[spans.Span]) -> timedelta:
    return sum((end - start for start, end in found), timedelta())
