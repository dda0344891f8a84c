"""What an edit moves: compared with who is on duty at each instant under either roster."""

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.rota import diff, resolve, spans
from schedules.rota.diff import Change, LeadChange, Moved
from schedules.rota.model import Region, Role, Rota, Rotation, Rule, TimeOff

WEEKDAYS = frozenset(range(5))
START = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = timedelta(days=7)


def rota(*, eu_end: time = time(18), people: tuple[str, ...] = ("mira", "capella")) -> Rota:
    return Rota(
        (Region("eu", "Europe/Berlin"), Region("us", "America/Los_Angeles")),
        (Rotation("eu-p", "Europe/Berlin", people, 7, time(8), date(2026, 11, 23)),),
        (
            Rule("eu", Role.PRIMARY, WEEKDAYS, time(8), eu_end, rotation="eu-p"),
            Rule("us", Role.PRIMARY, WEEKDAYS, time(8), time(17), person="vega"),
        ),
    )


def moved(before: Rota, after: Rota) -> tuple[Change, ...]:
    return diff.changes(before, after, START, START + WEEK)


def test_the_same_roster_moves_nothing() -> None:
    found = diff.diff(rota(), rota(), START, START + WEEK)
    assert not found.differs
    assert (found.changes, found.leads, found.opened, found.closed) == ((), (), (), ())


def test_a_rule_written_otherwise_that_means_the_same_moves_nothing() -> None:
    """Names of rotations and the reasons they give are not whom anybody works for."""
    other = rota()
    renamed = replace(
        other,
        rotations=(replace(other.rotations[0], id="europe"),),
        rules=(replace(other.rules[0], rotation="europe"), other.rules[1]),
    )
    assert moved(rota(), renamed) == ()


def test_two_who_change_places_each_gain_and_lose_the_same_hours() -> None:
    found = moved(rota(), rota(people=("capella", "mira")))
    assert {(c.person, c.what) for c in found} == {("mira", Moved.LOST), ("capella", Moved.GAINED)}
    assert len(found) == 10
    assert found[0].start == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_a_shorter_day_loses_only_its_last_hour() -> None:
    found = moved(rota(), rota(eu_end=time(17)))
    assert found[0] == Change(
        "mira",
        "eu",
        Role.PRIMARY,
        Moved.LOST,
        datetime(2026, 11, 23, 16, tzinfo=UTC),
        datetime(2026, 11, 23, 17, tzinfo=UTC),
    )
    assert {c.what for c in found} == {Moved.LOST}


def test_the_lead_passes_at_another_time_and_says_from_whom_to_whom() -> None:
    """A later hand-over keeps the lead in Europe; the boundary moves with it."""
    later = replace(rota(), lead_after=timedelta(minutes=45))
    found = diff.diff(rota(), later, START, START + WEEK).leads
    assert found[0] == LeadChange(
        "us", "eu", datetime(2026, 11, 23, 16, 30, tzinfo=UTC), datetime(2026, 11, 23, 16, 45, tzinfo=UTC)
    )


def test_time_off_without_cover_opens_a_gap_and_covering_it_closes_it() -> None:
    away = TimeOff("mira", START, START + timedelta(days=1))
    open_, covered = replace(rota(), time_off=(away,)), replace(rota(), time_off=(replace(away, cover="capella"),))
    found = diff.diff(rota(), open_, START, START + WEEK)
    assert [(g.region, g.role, g.start.hour, g.end.hour) for g in found.opened] == [("eu", Role.PRIMARY, 7, 17)]
    assert found.closed == ()
    closing = diff.diff(open_, covered, START, START + WEEK)
    assert (closing.opened, len(closing.closed)) == ((), 1)
    assert [(c.person, c.what) for c in closing.changes] == [("capella", Moved.GAINED)]


@pytest.mark.parametrize("forward", [True, False])
def test_there_and_back_are_each_others_mirror(forward: bool) -> None:
    one, other = (rota(), rota(eu_end=time(17))) if forward else (rota(eu_end=time(17)), rota())
    there, back = moved(one, other), moved(other, one)
    flipped = {Moved.GAINED: Moved.LOST, Moved.LOST: Moved.GAINED}
    assert there == tuple(replace(c, what=flipped[c.what]) for c in back)


@given(st.integers(0, 23), st.permutations(["mira", "capella", "altair"]), st.integers(0, 7 * 24 * 4 - 1))
@settings(max_examples=40, deadline=None)
def test_what_changed_is_what_differs_at_every_instant(end: int, people: list[str], quarter: int) -> None:
    """The oracle asks both rosters who is on duty; the changes add up to the difference."""
    before, after = rota(), rota(eu_end=time(end), people=tuple(people))
    at = START + timedelta(minutes=15 * quarter)
    had, has = (
        {(s.person, s.region, s.role) for s in resolve.resolve(r, at, at + timedelta(minutes=1)).shifts}
        for r in (before, after)
    )
    now = [c for c in moved(before, after) if c.start <= at < c.end]
    assert {(c.person, c.region, c.role) for c in now if c.what is Moved.GAINED} == has - had
    assert {(c.person, c.region, c.role) for c in now if c.what is Moved.LOST} == had - has


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).filter(lambda s: s[0] < s[1]), max_size=8)


@given(SPANS, SPANS)
@settings(max_examples=200)
def test_what_is_left_is_what_one_has_and_the_other_has_not(wanted: list, there: list) -> None:  # type: ignore[type-arg]
    """Hour by hour; and what touches is one."""

    def hours(found: list[tuple[int, int]]) -> set[int]:
        return {h for start, end in found for h in range(start, end)}

    def instants(found: list[tuple[int, int]]) -> list[spans.Span]:
        return [(START + timedelta(hours=a), START + timedelta(hours=b)) for a, b in found]

    left = spans.without(instants(wanted), instants(there))
    back = [((a - START) // timedelta(hours=1), (b - START) // timedelta(hours=1)) for a, b in left]
    assert hours(back) == hours(wanted) - hours(there)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(back))
