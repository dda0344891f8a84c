"""Time as a response target counts it: round the clock, or in support hours only. Pure.

Support hours are those of the regions together, each in its own zone and without its own public holidays, or those
agreed with the client. Where two regions work at once the time counts once. No hours at all means round the clock.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from bot.directory.model import Hours
from schedules.rota import civil, holidays

FURTHEST = timedelta(days=400)
"""A due time is looked for so far ahead: no year is without support hours, unless they can never come."""
_STEP = timedelta(days=7)
ZERO = timedelta()
Span = tuple[datetime, datetime]


def spans(hours: Sequence[Hours], start: datetime, end: datetime) -> list[Span]:
    """The support hours in `[start, end)`, in order, touching ones joined."""
    if not hours:
        return [(start, end)] if start < end else []
    found: list[Span] = []
    for begin, until in sorted(span for one in hours for span in _of(one, start, end)):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((begin, until))
    return [(max(b, start), min(u, end)) for b, u in found if b < end and u > start]


def elapsed(hours: Sequence[Hours], start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` counts."""
    return sum((until - begin for begin, until in spans(hours, start, end)), ZERO)


def reach(hours: Sequence[Hours], start: datetime, amount: timedelta) -> datetime | None:
    """The first instant at which `amount` has been counted since `start`; None where that never comes.

    Nothing left to count is `start` itself, outside support hours too.
    """
    if amount <= ZERO:
        return start
    if not hours:
        return start + amount
    left, at = amount, start
    while at < start + max(FURTHEST, 20 * amount):
        for begin, until in spans(hours, at, at + _STEP):
            if until - begin >= left:
                return begin + left
            left -= until - begin
        at += _STEP
    return None


def _of(hours: Hours, start: datetime, end: datetime) -> list[Span]:
    first, last = civil.local(start, hours.zone).date() - civil.DAY, civil.local(end, hours.zone).date()
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [span for day in days if (span := _day(hours, day)) is not None]


@lru_cache(maxsize=1 << 12)
def _day(hours: Hours, day: date) -> Span | None:
    """The support hours that begin on a date; those past midnight belong to the day on which they begin."""
    if day.weekday() not in hours.weekdays or holidays.name(hours.holidays, day) is not None:
        return None
    ends = day if hours.end > hours.start else day + civil.DAY
    begin = civil.instant(day, hours.start, hours.zone)
    until = civil.instant(ends, hours.end, hours.zone, last=True)
    return (begin.astimezone(UTC), until.astimezone(UTC)) if begin < until else None
