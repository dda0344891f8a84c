"""What calendars call a time zone → its IANA name: Outlook's Windows names, Thunderbird's paths. Pure."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_WINDOWS = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}


def iana(name: str) -> str | None:
    """None for a name that nobody knows."""
    given = name.strip().strip('"').strip()
    if given in _known():
        return given
    if zone := _WINDOWS.get(given.casefold()):
        return zone
    parts = given.split("/")
    tails = ("/".join(parts[at:]) for at in range(1, len(parts)))  # /mozilla.org/20050126_1/Europe/Berlin
    return next((tail for tail in tails if tail in _known()), None)


def zone(name: str) -> ZoneInfo | None:
    found = iana(name)
    return ZoneInfo(found) if found else None


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
