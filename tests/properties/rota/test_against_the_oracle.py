"""The engine says at every minute what the oracle says, whatever the roster, around every change of the clock.

`HELIOGRAPH_EXAMPLES=50` makes fifty times as many examples, others each time; `HELIOGRAPH_STEP=1` steps by the minute.
"""

import itertools
import os
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedules.rota import explain, resolve
from schedules.rota.model import Region, Role, Rota, Rotation, Rule, Schedule
from tests.properties.rota import rosters
from tests.properties.rota.oracle import MINUTE, Leader, Now, Oracle

MORE = int(os.environ.get("HELIOGRAPH_EXAMPLES", "1"))
STEP = int(os.environ.get("HELIOGRAPH_STEP", "15")) * MINUTE
"""Everything in these rosters happens at a quarter of an hour, so nothing is missed between."""
BOUNDED = settings(
    max_examples=120 * MORE,
    deadline=None,
    derandomize=MORE == 1,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
DAY = timedelta(days=1)


@given(rosters.rotas())
@BOUNDED
def test_on_duty_gaps_and_lead_are_what_the_oracle_says(case: tuple[Rota, datetime, datetime]) -> None:
    rota, start, end = case
    oracle, leader = Oracle(rota, start - DAY, end, STEP), Leader(rota)
    schedule = resolve.resolve(rota, start, end)
    known = False
    for at in oracle.instants():
        now = oracle.now(at)
        lead = leader.at(at, now.able)
        known = known or len(now.able) < 2
        if at < start:
            continue
        found = snapshot(schedule, at)
        assert (found.on, found.gap, found.closed) == (now.on, now.gap, now.closed), at
        if known:
            assert [x.region for x in schedule.leads if x.start <= at < x.end] == ([lead] if lead else []), at


@given(rosters.rotas(), st.integers(0, 71))
@BOUNDED
def test_an_instant_and_its_explanation_agree_with_the_interval(
    case: tuple[Rota, datetime, datetime], hour: int
) -> None:
    """Whatever the window, the same people and lead; and every explanation ends with those who are there."""
    rota, start, end = case
    at = start + hour * timedelta(hours=1)
    schedule, moment = resolve.resolve(rota, start, end), resolve.at(rota, at)
    assert {(s.region, s.role, s.person) for s in moment.shifts} == {
        (s.region, s.role, s.person) for s in schedule.shifts if s.start <= at < s.end
    }
    assert moment.lead == next((x.region for x in schedule.leads if x.start <= at < x.end), None)
    found = snapshot(schedule, at)
    for region in rota.regions:
        for role in Role:
            why = explain.why(rota, at, region.id, role)
            assert set(why.people) == found.on.get((region.id, role), set())
            assert {step.person for step in why.steps} >= set(why.people)
            assert any(step.kind == "gap" for step in why.steps) == ((region.id, role) in found.gap)
            assert why.steps[-1].kind == "lead"


@given(rosters.rotas())
@BOUNDED
def test_leads_do_not_overlap_and_boundaries_are_where_they_change(case: tuple[Rota, datetime, datetime]) -> None:
    rota, start, end = case
    leads = resolve.resolve(rota, start, end).leads
    for before, after in itertools.pairwise(leads):
        assert before.end <= after.start
        assert (before.region, before.end) != (after.region, after.start), "one lead, not two that touch"
    for lead in leads:
        if lead.end < end:
            last = resolve.at(rota, lead.end - MINUTE)
            assert (last.lead, last.boundary) == (lead.region, lead.end)
            assert resolve.at(rota, lead.end).lead == last.next_lead


@pytest.mark.parametrize("zone", rosters.ZONES)
def test_every_change_of_the_clock_for_seven_years(zone: str) -> None:
    """A tiling by two rules whose seam lies in the night, with a rotation that changes there as well."""
    for number, change in enumerate(rosters.changes(zone)):
        seam = time(number % 4, 30 * (number % 2))
        rota = tiling(zone, seam, change.date())
        start = change.replace(minute=0, hour=0) - DAY
        oracle, schedule = Oracle(rota, start, start + 3 * DAY, STEP), resolve.resolve(rota, start, start + 3 * DAY)
        assert not schedule.gaps
        for at in oracle.instants():
            found = snapshot(schedule, at)
            assert found.on == oracle.now(at).on, at
            assert found.on, f"a gap inside a tiling at {at}"


@pytest.mark.parametrize("zone", rosters.ZONES)
def test_one_shift_of_a_tiling_has_one_primary(zone: str) -> None:
    """Where one rule has the whole day, hand-overs never leave two, not even in an hour that comes twice."""
    for number, change in enumerate(rosters.changes(zone)):
        handover = time(number % 4, 30 * (number % 2))
        rotation = Rotation("r", zone, ("ada", "bix", "cyd"), 1, handover, change.date() - 5 * DAY)
        rule = Rule("r0", Role.PRIMARY, frozenset(range(7)), time(9), time(9), rotation="r")
        rota = Rota((Region("r0", zone),), (rotation,), (rule,))
        shifts = resolve.resolve(rota, change - DAY, change + DAY).shifts
        assert all(a.end == b.start for a, b in itertools.pairwise(shifts))


@pytest.mark.parametrize(
    "area", sorted({zone.partition("/")[0] for zone in available_timezones() if "/" in zone} | {""})
)
def test_single_rotations_in_every_zone(area: str) -> None:
    """All of the zone database, by area; without one, what stands alone, such as UTC or EST5EDT."""
    for zone in sorted(z for z in available_timezones() if (z.partition("/")[0] if "/" in z else "") == area):
        all_changes = rosters.changes(zone) or (datetime(2026, 6, 1, tzinfo=UTC),)
        for number, change in enumerate(all_changes if MORE > 1 else all_changes[:: max(1, len(all_changes) // 2)]):
            rotation = Rotation(
                "r",
                zone,
                ("ada", "bix", "cyd"),
                *((0, time(1, 30), change.date() - 9 * DAY, 1), (1, time(2), change.date() - 9 * DAY))[number % 2],
            )
            rule = Rule("r0", Role.PRIMARY, frozenset(range(7)), time(), time(), rotation="r")
            rota = Rota((Region("r0", zone),), (rotation,), (rule,))
            start = change.replace(hour=0, minute=0) - DAY / 2
            oracle, schedule = Oracle(rota, start, start + 2 * DAY, STEP), resolve.resolve(rota, start, start + 2 * DAY)
            for at in oracle.instants():
                assert snapshot(schedule, at).on == oracle.now(at).on, (zone, at)


def tiling(zone: str, seam: time, around: date) -> Rota:
    days = frozenset(range(7))
    rotation = Rotation("r", zone, ("ada", "bix", "cyd"), 1, seam, around - 10 * DAY)
    rules = (
        Rule("r0", Role.PRIMARY, days, seam, time(15), rotation="r"),
        Rule("r0", Role.PRIMARY, days, time(15), seam, rotation="r"),
    )
    return Rota((Region("r0", zone),), (rotation,), rules)


def snapshot(schedule: Schedule, at: datetime) -> Now:
    now = Now()
    for shift in schedule.shifts:
        if shift.start <= at < shift.end:
            people = now.on.setdefault((shift.region, shift.role), set())
            assert shift.person not in people, f"{shift.person} twice at {at}"
            people.add(shift.person)
    now.gap = {(g.region, g.role) for g in schedule.gaps if g.start <= at < g.end}
    now.closed = {(g.region, g.role) for g in schedule.closed if g.start <= at < g.end}
    return now
