"""A time that somebody types, in the zone they live in. Pure."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read(typed: str, zone: str, now: datetime) -> datetime:
    """`18:30`, `sat 18:30`, `tomorrow 9:00`, `2026-11-28 18:30`, or with an offset `2026-11-28T18:30Z`; empty is now.

    Raises `UserError` with examples.
    """
    words = typed.lower().replace("t", " ", 1).split() if re.match(r"\d{4}-\d\d-\d\dt", typed.lower()) else None
    words = words or typed.lower().split()
    if not words or words == ["now"]:
        return now
    try:
        if re.match(r"\d{4}-", words[0]):
            return _written(" ".join(words), zone)
        return _spoken(words, zone, now)
    except ValueError:
        raise UserError(
            f"“{typed}” is not a time.", hint="For example: `at 18:30`, `at sat 9:00` or `at 2026-11-28 18:30`"
        ) from None


def _written(typed: str, zone: str) -> datetime:
    found = datetime.fromisoformat(typed.upper().replace(" ", "T", 1))
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _spoken(words: list[str], zone: str, now: datetime) -> datetime:
    """A weekday is the next one, today included."""
    here = now.astimezone(ZoneInfo(zone))
    day, clock = here.date(), _CLOCK.fullmatch(words[-1])
    if clock is None or len(words) > 2:
        raise ValueError(words)
    if len(words) == 2:
        if words[0] == "tomorrow":
            day += timedelta(days=1)
        elif words[0] != "today":
            day += timedelta(days=(_DAYS.index(words[0][:3]) - day.weekday()) % 7)
    at = datetime(day.year, day.month, day.day, int(clock[1]), int(clock[2]), tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)
