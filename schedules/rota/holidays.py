"""Public holidays of a region, from the `holidays` package: data, computed once for each calendar and year. Pure."""

from datetime import date
from functools import lru_cache
from typing import Any

import holidays as package

from schedules.rota.model import Calendar


def name(calendar: Calendar | None, day: date) -> str | None:
    """What the day is called, if it is a public holiday there."""
    if calendar is None:
        return None
    return _year(calendar, day.year).get(day)


def check(calendar: Calendar) -> None:
    """Raises `ValueError` for a country or subdivision that the package does not know."""
    known = package.list_supported_countries()
    if calendar.country not in known:
        raise ValueError(f"there are no holidays of the country {calendar.country}; write an ISO code such as DE")
    if calendar.subdivision and calendar.subdivision not in known[calendar.country]:
        codes = ", ".join(known[calendar.country]) or "none"
        raise ValueError(f"{calendar.country} has no subdivision {calendar.subdivision}; there are: {codes}")


@lru_cache(maxsize=256)
def _year(calendar: Calendar, year: int) -> dict[date, str]:
    found: Any = package.country_holidays(calendar.country, subdiv=calendar.subdivision or None, years=year)
    return dict(found.items())
