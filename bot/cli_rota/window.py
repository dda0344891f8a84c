"""From when to when a command looks, as a person says it. What cannot be meant is refused in a sentence."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot import cli_shared
from bot.errors import UserError

MOST_MONTHS = 60
MOST = timedelta(days=366 * 5)
"""A roster says nothing about a later year that a person would plan with; and 50 years are a slip of the finger."""


@dataclass(frozen=True)
class Window:
    """`[start, end)`, in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Asked:
    """As typed; empty is not said. Times without a zone are read in `zone`, dates in it or in UTC."""

    start: str = ""
    end: str = ""
    zone: str = ""
    months: int | None = None
    days: int = 0


def of(asked: Asked, now: datetime) -> Window:
    """From now on, where nothing else is said, for `months` or `days`. Raises `UserError`."""
    start = cli_shared.instant(asked.start, asked.zone) if asked.start else now.replace(second=0, microsecond=0)
    if asked.end:
        end = cli_shared.instant(asked.end, asked.zone)
    elif asked.months is not None:
        end = _months_after(start, asked.months)
    else:
        end = start + timedelta(days=asked.days)
    if start >= end:
        raise UserError(
            f"{start:%Y-%m-%d %H:%M} UTC is not before {end:%Y-%m-%d %H:%M} UTC.",
            hint="Give a later --to, or an earlier --from.",
        )
    if end - start > MOST:
        years = (end - start) // timedelta(days=365)
        raise UserError(f"{years} years are too many at once.", hint="Ask for five years at most.")
    return Window(start.astimezone(UTC), end.astimezone(UTC))


def before(asked: Asked, now: datetime) -> Window:
    """What was: the `days` up to the end, or up to now. Raises `UserError`."""
    end = cli_shared.instant(asked.end, asked.zone) if asked.end else now
    return Window(end - timedelta(days=asked.days), end)


def _months_after(start: datetime, months: int) -> datetime:
    if not 1 <= months <= MOST_MONTHS:
        raise UserError(f"{months} months cannot be looked at.", hint=f"Write 1 to {MOST_MONTHS}.")
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)
