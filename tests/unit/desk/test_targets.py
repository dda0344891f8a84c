"""Support hours: what counts of a stretch of time, and when an amount of it is reached."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bot.desk import targets
from bot.directory.model import Hours
from schedules.rota.model import Calendar

WORKDAYS = frozenset(range(5))
BERLIN = Hours("Europe/Berlin", WORKDAYS, time(8), time(18))
NEW_YORK = Hours("America/New_York", WORKDAYS, time(8), time(18), Calendar("US"))
HOUR = timedelta(hours=1)


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_round_the_clock_everything_counts() -> None:
    assert targets.elapsed((), at(28, 0), at(29, 12)) == 36 * HOUR
    assert targets.reach((), at(28, 0), 36 * HOUR) == at(29, 12)


def test_at_night_nothing_counts() -> None:
    """Berlin in winter is an hour ahead: 17:00 UTC is its 18:00."""
    assert targets.reach((BERLIN,), at(24, 16), 2 * HOUR) == at(25, 8)
    assert targets.elapsed((BERLIN,), at(24, 16), at(25, 8)) == 2 * HOUR


def test_over_a_weekend_it_goes_on_on_monday() -> None:
    assert targets.reach((BERLIN,), at(27, 16, 30), HOUR) == at(30, 7, 30)


def test_where_two_regions_work_at_once_it_counts_once() -> None:
    """From 08:00 in Berlin to 18:00 in New York: 16 hours, of which four are both's."""
    assert targets.elapsed((BERLIN, NEW_YORK), at(24, 0), at(25, 0)) == 16 * HOUR


def test_a_public_holiday_takes_only_its_own_regions_hours() -> None:
    """Thanksgiving is on the 26th of November: Berlin works, New York does not."""
    assert targets.elapsed((NEW_YORK,), at(26, 0), at(27, 0)) == timedelta()
    assert targets.elapsed((BERLIN, NEW_YORK), at(26, 0), at(27, 0)) == 10 * HOUR
    assert targets.reach((NEW_YORK,), at(25, 22), 2 * HOUR) == at(27, 14)


@pytest.mark.parametrize(("day", "month", "begins"), [(24, 10, 6), (26, 10, 7), (27, 3, 7), (30, 3, 6)])
def test_the_wall_clock_counts_on_both_sides_of_a_clock_change(day: int, month: int, begins: int) -> None:
    """Berlin's clocks change on the 29th of March and the 25th of October, both Sundays."""
    everyday = Hours("Europe/Berlin", frozenset(range(7)), time(8), time(18))
    assert targets.reach((everyday,), at(day, 0, month=month), HOUR) == at(day, begins + 1, month=month)


def test_the_night_that_the_clock_changes_is_as_long_as_it_is() -> None:
    night = Hours("Europe/Berlin", frozenset(range(7)), time(22), time(6))
    autumn, spring = (datetime(2026, m, d, 12, tzinfo=UTC) for m, d in ((10, 24), (3, 28)))
    assert targets.elapsed((night,), autumn, autumn + 24 * HOUR) == 9 * HOUR
    assert targets.elapsed((night,), spring, spring + 24 * HOUR) == 7 * HOUR


def test_nothing_left_is_now_at_night_too() -> None:
    assert targets.reach((BERLIN,), at(28, 3), timedelta()) == at(28, 3)
    assert targets.reach((BERLIN,), at(28, 3), -HOUR) == at(28, 3)


def test_hours_that_never_come_are_none() -> None:
    assert targets.reach((Hours("UTC", frozenset(), time(8), time(9)),), at(28, 3), HOUR) is None
