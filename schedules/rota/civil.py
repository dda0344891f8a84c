"""Wall-clock times in a zone → instants in UTC.

A start that occurs twice means its first occurrence, an end that occurs twice its second, and a time that does not
exist snaps forward to the first instant that does. So a clock change can make shifts overlap, never leave a gap.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def instant(day: date, at: time, zone: str, *, last: bool = False) -> datetime:
    """The instant of `at` on `day` in `zone`; of a time that occurs twice the first, or with `last` the second."""
    midnight = _midnight(day, zone)
    if midnight is not None:
        return midnight + _since_midnight(at)
    return _exactly(datetime.combine(day, at), zone, last)


def instants(days: Sequence[date], at: time, zone: str, *, last: bool = False) -> list[datetime]:
    """As `instant`, of each day."""
    since = _since_midnight(at)
    midnights = _midnights(tuple(days), zone)
    return [
        instant(day, at, zone, last=last) if midnight is None else midnight + since
        for day, midnight in zip(days, midnights, strict=True)
    ]


def first(local: datetime, zone: str) -> datetime:
    """The instant at which clocks in `zone` first show `local`, which is naive."""
    return instant(local.date(), local.time(), zone)


def local(at: datetime, zone: str) -> datetime:
    """What clocks in `zone` show, naive."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@lru_cache(maxsize=1 << 16)
def _midnight(day: date, zone: str) -> datetime | None:
    """The beginning of a day on which the clock is never changed; None for any other day.

    On nearly all days one offset holds, and to add to the midnight is several times quicker than to ask the zone.
    """
    place = ZoneInfo(zone)
    edges = [datetime.combine(d, time(), place).replace(fold=f) for d in (day, day + DAY) for f in (0, 1)]
    if len({edge.utcoffset() for edge in edges}) > 1:
        return None
    return edges[0].astimezone(UTC)


@lru_cache(maxsize=32)
def _midnights(days: tuple[date, ...], zone: str) -> list[datetime | None]:
    return [_midnight(day, zone) for day in days]


@lru_cache(maxsize=2048)
def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


@lru_cache(maxsize=4096)
def _exactly(wanted: datetime, zone: str, last: bool) -> datetime:
    place = ZoneInfo(zone)
    early, late = (wanted.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early.astimezone(place).replace(tzinfo=None) != wanted:
        return _jump(late, early, place)
    return late if last else early


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after the clock's jump, which lies in `(before, after]`; to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
