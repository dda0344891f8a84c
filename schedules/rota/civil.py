"""Wall-clock times in a zone → instants in UTC.

A start that occurs twice means its first occurrence, an end that occurs twice its second, and a time that does not
exist snaps forward to the first instant that does. So a clock change can make shifts overlap, never leave a gap.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=65536)
def instant(day: date, at: time, zone: str, *, last: bool = False) -> datetime:
    """The instant of `at` on `day` in `zone`; of a time that occurs twice the first, or with `last` the second."""
    local = datetime.combine(day, at, ZoneInfo(zone))
    first, second = local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    if first.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        return _jump(second, first, ZoneInfo(zone))
    return second if last else first


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
