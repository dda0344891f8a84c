"""Support hours against stepping minute by minute: holidays, clock changes, regions that overlap."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.desk import targets
from bot.directory.model import Hours
from schedules.rota import holidays
from schedules.rota.model import Calendar

MINUTE = timedelta(minutes=1)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata", "Australia/Lord_Howe")
CHANGES = ((3, 8), (3, 29), (4, 5), (10, 4), (11, 1), (12, 25))
"""Sundays on which a clock of `ZONES` changes: windows are laid around them. And Christmas."""

quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
hours = st.builds(
    Hours,
    st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), min_size=1),
    quarters.filter(lambda t: t.hour >= 4),
    quarters.filter(lambda t: t.hour >= 4),
    st.sampled_from([None, Calendar("DE", "BE"), Calendar("US"), Calendar("AU", "NSW")]),
)
starts = st.builds(
    lambda day, minutes: datetime(2026, *day, tzinfo=UTC) - timedelta(days=2) + minutes * MINUTE,
    st.sampled_from(CHANGES),
    st.integers(0, 2 * 1440),
)
"""No hours begin or end between midnight and 04:00, when clocks are changed: there minute stepping asks the wall clock
what it cannot answer, and the rule is the rota's own (see its tests)."""


def counts(one: Hours, at: datetime) -> bool:
    """Whether the minute that begins at `at` is one of support, by what the clock on the wall shows."""
    local = at.astimezone(ZoneInfo(one.zone))
    clock = local.time().replace(tzinfo=None)
    today, yesterday = local.date(), local.date() - timedelta(days=1)
    if one.end > one.start:
        return _works(one, today) and one.start <= clock < one.end
    return (_works(one, today) and clock >= one.start) or (_works(one, yesterday) and clock < one.end)


def _works(one: Hours, day: date) -> bool:
    return day.weekday() in one.weekdays and holidays.name(one.holidays, day) is None


@given(st.lists(hours, min_size=1, max_size=3), starts, st.integers(0, 4 * 1440))
@settings(max_examples=60, deadline=None)
def test_what_counts_is_what_minutes_say(many: list[Hours], start: datetime, length: int) -> None:
    stepped = sum(any(counts(one, start + n * MINUTE) for one in many) for n in range(length))
    assert targets.elapsed(many, start, start + length * MINUTE) == stepped * MINUTE


@given(st.lists(hours, min_size=1, max_size=3), starts, st.integers(1, 3 * 1440))
@settings(max_examples=100, deadline=None)
def test_what_is_reached_has_just_been_counted(many: list[Hours], start: datetime, amount: int) -> None:
    due = targets.reach(many, start, amount * MINUTE)
    if due is None:
        return
    assert targets.elapsed(many, start, due) == amount * MINUTE
    assert targets.elapsed(many, start, due - MINUTE) == (amount - 1) * MINUTE


@given(st.lists(hours, min_size=1, max_size=3), starts, st.lists(st.integers(0, 2000), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_a_stretch_in_pieces_counts_what_it_counts_whole(many: list[Hours], start: datetime, cuts: list[int]) -> None:
    """A clock that is stopped and goes on at the same instant has lost nothing."""
    at, total = start, timedelta()
    for cut in cuts:
        total += targets.elapsed(many, at, at + cut * MINUTE)
        at += cut * MINUTE
    assert total == targets.elapsed(many, start, at)
