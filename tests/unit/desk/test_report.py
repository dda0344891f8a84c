"""Figures are exact, and nothing is nothing."""

from datetime import timedelta

import pytest

from bot.desk import report
from bot.desk.report import Measured
from bot.spread import Spread, spread

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("times", "half", "most"),
    [([7], 7, 7), ([1, 9], 1, 9), ([3, 1, 2], 2, 3), (list(range(1, 11)), 5, 9), (list(range(1, 12)), 6, 10)],
)
def test_a_percentile_is_one_of_the_times(times: list[int], half: int, most: int) -> None:
    found = spread([n * MINUTE for n in times])
    assert found == Spread(len(times), half * MINUTE, most * MINUTE)


def test_of_nothing_there_is_none() -> None:
    """Never 0: nobody was answered in no time."""
    assert spread([]) == Spread(0, None, None)


def test_severities_of_which_there_is_nothing_are_left_out() -> None:
    measured = [Measured(1, "sev2", "first_response", 4 * MINUTE), Measured(2, "sev2", "first_response", 8 * MINUTE)]
    two, three = report.lines(["sev3", "sev2"], measured)
    assert (two.severity, two.opened, two.first_response.half) == ("sev2", 1, 4 * MINUTE)
    assert (three.severity, three.opened, three.first_response.many) == ("sev3", 1, 0)
