"""What paging costs people: when they were paged, by their own clocks, and how fast they answered.

Pure. A page that reaches two people, or one person twice, is one page and two calls: each of them may have woken
somebody. An answer is the first time that a person acknowledged or resolved a page; what ended by itself has none.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.spread import Spread, spread

NIGHT_FROM, NIGHT_TO = 22, 7
"""Hours of the day in which people sleep: from the first until before the second."""
SATURDAY = 5

ZoneOf = Callable[[str, str], str]
"""(person, region of the page) → the zone in which the person lives; of one who has left the team, the region's."""


@dataclass(frozen=True)
class Call:
    """One time that a person (an id of the roster file) was paged."""

    person: str
    at: datetime


@dataclass(frozen=True)
class Paged:
    """A page. `answered_by` is a person's id, or a Slack id of who is not in the roster file; empty: nobody answered.

    `over`: it needs nobody any more.
    """

    region: str
    raised_at: datetime
    calls: tuple[Call, ...]
    answered_by: str = ""
    answered_at: datetime | None = None
    over: bool = False


@dataclass(frozen=True)
class Load:
    """Calls, by the clocks of whoever was called. A call of a Saturday night counts as both. `hours` has 24 counts."""

    calls: int
    night: int
    weekend: int
    hours: tuple[int, ...]

    @property
    def highest(self) -> int:
        """Of the counts of hours."""
        return max(self.hours)


@dataclass(frozen=True)
class OfRegion:
    """`pages` were raised for it; `answer` is how long after being raised they were answered, by whomever."""

    region: str
    pages: int
    load: Load
    answer: Spread


@dataclass(frozen=True)
class OfPerson:
    """`answer` is how long after being called for it the first time they answered a page, where they were called."""

    person: str
    load: Load
    answer: Spread


@dataclass(frozen=True)
class Figures:
    """Of the pages raised in `[start, end)`, and of all that came of them. The most called are first in `people`."""

    start: datetime
    end: datetime
    pages: int
    unanswered: int
    """Still waiting for somebody."""
    by_itself: int
    """Over without anybody's answer."""
    load: Load
    answer: Spread
    regions: tuple[OfRegion, ...]
    people: tuple[OfPerson, ...]


def figures(start: datetime, end: datetime, pages: Sequence[Paged], zone_of: ZoneOf) -> Figures:
    missing = [page for page in pages if page.answered_at is None]
    by_itself = sum(page.over for page in missing)
    return Figures(
        start=start,
        end=end,
        pages=len(pages),
        unanswered=len(missing) - by_itself,
        by_itself=by_itself,
        load=_load(_local(pages, zone_of)),
        answer=spread(_answers(pages)),
        regions=tuple(_of_region(region, pages, zone_of) for region in dict.fromkeys(page.region for page in pages)),
        people=_people(pages, zone_of),
    )


def _of_region(region: str, all_pages: Sequence[Paged], zone_of: ZoneOf) -> OfRegion:
    pages = [page for page in all_pages if page.region == region]
    return OfRegion(region, len(pages), _load(_local(pages, zone_of)), spread(_answers(pages)))


def _people(pages: Sequence[Paged], zone_of: ZoneOf) -> tuple[OfPerson, ...]:
    everybody = dict.fromkeys(call.person for page in pages for call in page.calls)
    found = [
        OfPerson(person, _load(_local(pages, zone_of, person)), spread(list(_own_answers(pages, person))))
        for person in everybody
    ]
    return tuple(sorted(found, key=lambda one: (-one.load.calls, -one.load.night, one.person)))


def _local(pages: Iterable[Paged], zone_of: ZoneOf, person: str = "") -> list[datetime]:
    """When people were called, by their own clocks; with `person`, only that one."""
    return [
        call.at.astimezone(ZoneInfo(zone_of(call.person, page.region)))
        for page in pages
        for call in page.calls
        if person in ("", call.person)
    ]


def _load(times: Sequence[datetime]) -> Load:
    hours = [at.hour for at in times]
    return Load(
        calls=len(times),
        night=sum(hour >= NIGHT_FROM or hour < NIGHT_TO for hour in hours),
        weekend=sum(at.weekday() >= SATURDAY for at in times),
        hours=tuple(hours.count(hour) for hour in range(24)),
    )


def _answers(pages: Iterable[Paged]) -> list[timedelta]:
    return [page.answered_at - page.raised_at for page in pages if page.answered_at is not None]


def _own_answers(pages: Iterable[Paged], person: str) -> Iterable[timedelta]:
    """Who answered before anybody called them, as the desk does for its own requests, waited for no call."""
    for page in pages:
        called = [call.at for call in page.calls if call.person == person]
        if page.answered_by == person and page.answered_at is not None and called and min(called) <= page.answered_at:
            yield page.answered_at - min(called)
