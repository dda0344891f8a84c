"""Calls are counted by the clocks of whoever was called; answers from what they answered."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.paging.figures import Call, Figures, Paged, figures
from bot.paging.reports import period
from bot.spread import Spread

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 1, tzinfo=UTC)
END = datetime(2026, 12, 1, tzinfo=UTC)
ZONES = {"vega": "America/Los_Angeles", "mira": "Australia/Sydney"}


def zone_of(person: str, region: str) -> str:
    return ZONES.get(person, "Europe/Berlin")


def found(*pages: Paged) -> Figures:
    return figures(START, END, pages, zone_of)


def called(person: str, at: datetime) -> Paged:
    return Paged("eu", at, (Call(person, at),))


@pytest.mark.parametrize(
    ("person", "at", "hour", "night", "weekend"),
    [
        ("capella", datetime(2026, 11, 25, 21, 0, tzinfo=UTC), 22, 1, 0),
        ("capella", datetime(2026, 11, 25, 20, 59, tzinfo=UTC), 21, 0, 0),
        ("capella", datetime(2026, 11, 25, 5, 59, tzinfo=UTC), 6, 1, 0),
        ("capella", datetime(2026, 11, 25, 6, 0, tzinfo=UTC), 7, 0, 0),
        ("vega", datetime(2026, 11, 25, 21, 0, tzinfo=UTC), 13, 0, 0),
        ("mira", datetime(2026, 11, 27, 13, 0, tzinfo=UTC), 0, 1, 1),
        ("vega", datetime(2026, 11, 30, 7, 59, tzinfo=UTC), 23, 1, 1),
    ],
)
def test_a_call_is_at_the_hour_where_the_person_lives(
    person: str, at: datetime, hour: int, night: int, weekend: int
) -> None:
    load = found(called(person, at)).load
    assert [at for at, count in enumerate(load.hours) if count] == [hour]
    assert (load.calls, load.night, load.weekend) == (1, night, weekend)


def test_a_zone_that_changes_its_clocks_counts_by_each_day() -> None:
    """21:00 in UTC is 23:00 in Berlin in summer, and 22:00 in winter."""
    summer, winter = datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 21, tzinfo=UTC)
    assert [n for n, count in enumerate(found(called("sol", summer), called("sol", winter)).load.hours) if count] == [
        22,
        23,
    ]


def test_a_region_answers_from_the_raising_and_a_person_from_their_own_call() -> None:
    """Who was called ten minutes later, and took two, took two; the client waited twelve."""
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    calls = (Call("capella", at), Call("altair", at + 10 * MINUTE), Call("altair", at + 11 * MINUTE))
    report = found(Paged("eu", at, calls, "altair", at + 12 * MINUTE, over=True))
    assert report.answer == report.regions[0].answer == Spread(1, 12 * MINUTE, 12 * MINUTE)
    people = {one.person: (one.load.calls, one.answer) for one in report.people}
    assert people == {
        "altair": (2, Spread(1, 2 * MINUTE, 2 * MINUTE)),
        "capella": (1, Spread(0, None, None)),
    }
    assert [one.person for one in report.people] == ["altair", "capella"], "the most called first"


def test_who_answered_before_any_call_waited_for_none() -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    late = Call("altair", at + 10 * MINUTE)
    report = found(
        Paged("eu", at, (late,), "altair", at + 5 * MINUTE), Paged("eu", at, (), "vega", at + 7 * MINUTE, over=True)
    )
    assert report.answer == Spread(2, 5 * MINUTE, 7 * MINUTE)
    assert [(one.person, one.answer.many) for one in report.people] == [("altair", 0)]


def test_what_ended_by_itself_and_what_waits_are_no_answers() -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    report = found(Paged("eu", at, (), over=True), Paged("us", at, ()))
    assert (report.pages, report.by_itself, report.unanswered, report.answer.many) == (2, 1, 1, 0)
    assert [(one.region, one.pages) for one in report.regions] == [("eu", 1), ("us", 1)]


def test_of_no_page_there_is_nothing() -> None:
    report = found()
    assert (report.pages, report.load.calls, report.answer, report.regions, report.people) == (
        0,
        0,
        Spread(0, None, None),
        (),
        (),
    )
    assert report.load.hours == (0,) * 24


@pytest.mark.parametrize(
    ("words", "days"), [("", 30), ("7", 7), ("14d", 14), ("1 day", 1), ("90 days", 90), ("Week", 7), ("month", 30)]
)
def test_a_period_is_a_number_of_days_or_a_word(words: str, days: int) -> None:
    assert period(words) == timedelta(days=days)


@pytest.mark.parametrize("words", ["of the nodes is wrong", "-3", "1.5", "7 nodes"])
def test_other_words_are_no_period(words: str) -> None:
    """They are what is wrong, and page somebody."""
    assert period(words) is None


@pytest.mark.parametrize("words", ["0", "367", "999999 days"])
def test_a_period_has_bounds(words: str) -> None:
    with pytest.raises(UserError, match="1 to 366 days"):
        period(words)
