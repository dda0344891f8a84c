"""Shifts and a small rota for the tests of calendars."""

from datetime import UTC, date, datetime, time, timedelta

from schedules.rota.ical.model import Entry, Feed, Names, entries
from schedules.rota.model import Gap, Lead, Region, Role, Rota, Rotation, Rule, Schedule, Shift

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
SINCE = NOW - timedelta(days=28)
EUROPE = Feed(region="eu")
NAMES = Names({"capella": "Capella", "mira": "Mira"}, {"eu": "Europe"})


def at(hour: float, day: int = 24) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour)


def shift(person: str, start: datetime, end: datetime, role: Role = Role.PRIMARY) -> Shift:
    return Shift("eu", role, person, start, end, ("the rule eu primary asks, for once; the rotation",))


def events(*found: Shift | Gap | Lead, feed: Feed = EUROPE) -> tuple[Entry, ...]:
    schedule = Schedule(
        tuple(x for x in found if isinstance(x, Shift)),
        tuple(x for x in found if isinstance(x, Lead)),
        tuple(x for x in found if isinstance(x, Gap)),
    )
    return entries(schedule, feed, NAMES)


def rota() -> Rota:
    """Two regions that overlap, a night shift, weekends."""
    return Rota(
        (Region("eu", "Europe/Berlin"), Region("us", "America/Los_Angeles")),
        (Rotation("eu-p", "Europe/Berlin", ("capella", "mira", "altair"), 7, time(8), date(2026, 1, 5)),),
        (
            Rule("eu", Role.PRIMARY, frozenset(range(5)), time(8), time(18, 30), rotation="eu-p"),
            Rule("eu", Role.WEEKEND, frozenset({5, 6}), time(9), time(17), rotation="eu-p"),
            Rule("us", Role.PRIMARY, frozenset(range(7)), time(22), time(6), person="vega"),
        ),
    )
