"""Time zones by name, and what people write instead of one."""

from functools import cache
from zoneinfo import available_timezones

from bot.config.yaml_lines import near

ABBREVIATIONS = {
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "PT": "America/Los_Angeles",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "ET": "America/New_York",
    "GMT": "Europe/London",
    "BST": "Europe/London",
    "WET": "Europe/Lisbon",
    "CET": "Europe/Berlin",
    "CEST": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "EET": "Europe/Helsinki",
    "IST": "Asia/Kolkata",
    "SGT": "Asia/Singapore",
    "JST": "Asia/Tokyo",
    "AWST": "Australia/Perth",
    "ACST": "Australia/Adelaide",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
    "AET": "Australia/Sydney",
    "NZST": "Pacific/Auckland",
}
"""Some of these are in the zone database too, but stand still in summer, or mean another place to another reader."""


def checked(name: str) -> str:
    """The zone itself. Raises `ValueError` that says what to write."""
    if place := ABBREVIATIONS.get(name.upper()):
        raise ValueError(f"`{name}` does not say which place's clock is meant; write a place such as {place}")
    if name not in _known():
        raise ValueError(f"`{name}` is not a time zone; {_instead(name)}")
    return name


def _instead(name: str) -> str:
    wanted = name.replace(" ", "_")
    cities = {zone.rsplit("/", 1)[-1].lower(): zone for zone in sorted(_known()) if "/" in zone}
    found = cities.get(wanted.rsplit("/", 1)[-1].lower()) or near(wanted, _known())
    return f"did you mean `{found}`?" if found else "write an IANA name such as Europe/Berlin"


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())
