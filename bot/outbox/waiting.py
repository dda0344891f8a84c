"""When a service outside Slack says how long it wants to be left alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.errors import Temporary

MOST = 600.0
"""Seconds. A page waits no longer for one method, whatever its service says."""


class Limited(Temporary):
    """Too many at once: the same again in `seconds` of real time. That is no failure."""

    def __init__(self, service: str, seconds: float) -> None:
        super().__init__(f"{service} asks for {seconds:.0f} s without another.")
        self.seconds = seconds


def retry_after(headers: Mapping[str, str], *others: str) -> float | None:
    """Seconds, of `Retry-After` (a number or a date, RFC 9110) or of the first of `others` that says some; or None."""
    now = _date(headers.get("Date", ""))  # by the service's own clock, as a date in `Retry-After` is
    for name in ("Retry-After", *others):
        said = headers.get(name, "").strip()
        if said.isascii() and said.isdigit():
            return min(MOST, float(said))
        if now is not None and (at := _date(said)) is not None:
            return min(MOST, max(0.0, (at - now).total_seconds()))
    return None


def _date(said: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
