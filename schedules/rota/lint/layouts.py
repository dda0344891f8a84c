"""The different layouts of the regions' clocks within a window. Pure.

United States, Europe, India and Australia change their clocks six times a year and stand in four different ways
towards each other. Hours that tile the day in one layout leave it open, or double it, in another.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from schedules.rota import spans
from schedules.rota.model import Region

MARGIN = timedelta(days=3)
"""So much more is looked at on either side: a gap over a weekend is seen whole."""
STEP = timedelta(hours=12)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Layout:
    """`clocks` is what each region's clock is called, in the file's order; `periods` is when they stand like that."""

    name: str
    clocks: tuple[str, ...]
    offsets: tuple[timedelta, ...]
    periods: tuple[spans.Span, ...]


def of(regions: tuple[Region, ...], start: datetime, end: datetime) -> tuple[Layout, ...]:
    """In the order in which they begin. Together their periods are the window."""
    zones = [ZoneInfo(region.zone) for region in regions]
    cuts = [start, *changes(zones, start, end), end]
    found: dict[tuple[timedelta, ...], list[spans.Span]] = {}
    for span in pairwise(cuts):
        found.setdefault(_offsets(zones, span[0]), []).append(span)
    return tuple(
        Layout(_name(number), _clocks(zones, periods[0][0]), offsets, tuple(periods))
        for number, (offsets, periods) in enumerate(found.items())
    )


def changes(zones: list[ZoneInfo], start: datetime, end: datetime) -> list[datetime]:
    """The instants in `(start, end)` at which an offset changes, to the second. No clock does so twice in `STEP`."""
    found: set[datetime] = set()
    before = start
    while before < end:
        after = min(before + STEP, end)
        found.update(_change(zone, before, after) for zone in zones if _offset(zone, before) != _offset(zone, after))
        before = after
    return sorted(at for at in found if start < at < end)


def at(layouts: tuple[Layout, ...], instant: datetime) -> Layout:
    """The one that holds then; outside the window, the nearest."""
    begun = sorted((period[0], layout.name, layout) for layout in layouts for period in layout.periods)
    index = bisect_right([start for start, _, _ in begun], instant)
    return begun[max(0, index - 1)][2]


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first instant of the new offset, which lies in `(before, after]`."""
    old = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if _offset(zone, middle) == old else (before, middle)
    return after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _offsets(zones: list[ZoneInfo], instant: datetime) -> tuple[timedelta, ...]:
    return tuple(_offset(zone, instant) for zone in zones)


def _clocks(zones: list[ZoneInfo], instant: datetime) -> tuple[str, ...]:
    return tuple(instant.astimezone(UTC).astimezone(zone).strftime("%Z") for zone in zones)


def _name(number: int) -> str:
    return LETTERS[number] if number < len(LETTERS) else f"L{number + 1}"
