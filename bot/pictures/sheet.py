"""What a picture of the rota shows, and what its text says: two weeks, region by region. Values only. Pure.

Everything a reader needs is decided when a sheet is made; the layout places it, the painter paints it, and the
templates say the same in words for those who do not see it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schedules.rota import civil

WEEKS = 2
DAY = timedelta(days=1)

SWAP, COVER, OVERRIDE, TEMPORARY = "swap", "cover", "override", "temporary"
"""Why somebody is there whom the rules alone would not have called for."""


@dataclass(frozen=True)
class Turn:
    """Somebody has a role for a while. `mark` says which exception put them there, `instead_of` whom it replaced."""

    role: str
    person: str
    name: str
    slack: str
    start: datetime
    end: datetime
    mark: str = ""
    instead_of: str = ""


@dataclass(frozen=True)
class Hole:
    """A rule calls for somebody in `role`, and nobody is there."""

    role: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Off:
    """A day on which the region does not work as ever, as its own clocks have it: a weekend's, or a public holiday."""

    start: datetime
    end: datetime
    holiday: str = ""


@dataclass(frozen=True)
class Burden:
    """A person's weekends this year: `days` and `hours` of duty, the hours that were `fair`, holidays with duty."""

    name: str
    slack: str
    days: int
    hours: float
    fair: float
    holidays: int


@dataclass(frozen=True)
class Next:
    """Who should take the weekend of `day`, if somebody is needed, and why."""

    day: date
    name: str
    slack: str
    why: str


@dataclass(frozen=True)
class Row:
    """A region. `place` is its number in the roster file, which gives it its colour in every picture."""

    id: str
    name: str
    zone: str
    place: int
    turns: tuple[Turn, ...]
    holes: tuple[Hole, ...]
    off: tuple[Off, ...]
    burdens: tuple[Burden, ...] = ()
    next: Next | None = None


@dataclass(frozen=True)
class Leading:
    """`region` leads for a while; None: nobody does."""

    region: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Day:
    """A day of the reader: a clock change makes it 23 or 25 hours long."""

    date: date
    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        return (self.end - self.start) / timedelta(hours=1)


@dataclass(frozen=True)
class Sheet:
    """`zone` is the reader's: the days are theirs. `names` has the region's short names for the band of the lead."""

    zone: str
    now: datetime
    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    leads: tuple[Leading, ...]
    leaders: tuple[tuple[str, str, int], ...]
    """(region, name, place) of every region that can lead, also of those that have no row here."""

    @property
    def start(self) -> datetime:
        return self.days[0].start

    @property
    def end(self) -> datetime:
        return self.days[-1].end

    @property
    def holes(self) -> list[tuple[Row, Hole]]:
        """Of all regions, soonest first."""
        found = [(row, hole) for row in self.rows for hole in row.holes]
        return sorted(found, key=lambda pair: (pair[1].start, pair[0].place, pair[1].role))

    def weeks(self) -> list[tuple[Day, ...]]:
        return [self.days[n : n + 7] for n in range(0, len(self.days), 7)]


def days(first: date, number: int, zone: str) -> tuple[Day, ...]:
    """`number` days from `first` on, by the clocks of `zone`."""
    found = []
    for n in range(number):
        day = first + n * DAY
        found.append(Day(day, civil.instant(day, time(), zone), civil.instant(day + DAY, time(), zone)))
    return tuple(found)


def monday(now: datetime, zone: str) -> date:
    """The Monday of the reader's week."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return today - today.weekday() * DAY
