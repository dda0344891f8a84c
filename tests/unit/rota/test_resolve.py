"""Who is on duty and who leads: against an oracle that asks minute by minute, over every clock change of a year."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedules.rota import civil, resolve
from schedules.rota.model import Override, OverrideKind, Region, Role, Rota, Rotation, Rule

WEEKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})
ZONES = {
    "au": "Australia/Sydney",
    "in": "Asia/Kolkata",
    "eu": "Europe/Berlin",
    "us": "America/Los_Angeles",
    "lh": "Australia/Lord_Howe",
    "eg": "Africa/Cairo",
}


def rotation(region: str, people: tuple[str, ...] = ("a", "b", "c"), days: int = 7, at: time = time(9)) -> Rotation:
    return Rotation(f"{region}-p", ZONES[region], tuple(f"{region}-{p}" for p in people), days, at, date(2026, 1, 5))


def rota(*regions: str, start: time = time(8), end: time = time(17)) -> Rota:
    return Rota(
        tuple(Region(r, ZONES[r]) for r in regions),
        tuple(rotation(r) for r in regions),
        tuple(Rule(r, Role.PRIMARY, WEEKDAYS, start, end, rotation=f"{r}-p") for r in regions),
    )


def oracle(region: str, at: datetime, start: time = time(8), end: time = time(17)) -> str | None:
    """Says who is on duty by looking at the wall clock in the region, and counts Mondays for the turn."""
    local = at.astimezone(ZoneInfo(ZONES[region]))
    if local.weekday() > 4 or not start <= local.time() < end:
        return None
    day = local.date() if local.time() >= time(9) else local.date() - timedelta(days=1)
    weeks = (day - date(2026, 1, 5)).days // 7
    return None if weeks < 0 else f"{region}-{'abc'[weeks % 3]}"


@pytest.mark.parametrize("region", sorted(ZONES))
@pytest.mark.parametrize("around", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 4, 24)])
def test_agrees_with_the_wall_clock_minute_by_minute(region: str, around: date) -> None:
    """Days around a clock change, half an hour in Lord Howe, at midnight in Cairo."""
    made = rota(region)
    start = datetime.combine(around - timedelta(days=2), time(), UTC)
    schedule = resolve.resolve(made, start, start + timedelta(days=5))
    for minute in range(0, 5 * 24 * 60, 7):
        at = start + timedelta(minutes=minute)
        found = [s.person for s in schedule.shifts if s.start <= at < s.end]
        expected = oracle(region, at)
        assert found == ([expected] if expected else []), at


@pytest.mark.parametrize("autumn", [date(2026, 10, 4), date(2026, 10, 25), date(2026, 10, 30), date(2026, 11, 1)])
@pytest.mark.parametrize("region", sorted(ZONES))
def test_a_tiling_of_the_day_has_no_gap_at_any_change(region: str, autumn: date) -> None:
    """Two rules that share the civil day at 03:00 and 15:00 leave no minute to nobody (grafana/oncall 5247)."""
    made = Rota(
        (Region(region, ZONES[region]),),
        (rotation(region),),
        (
            Rule(region, Role.PRIMARY, frozenset(range(7)), time(3), time(15), person="early"),
            Rule(region, Role.PRIMARY, frozenset(range(7)), time(15), time(3), person="late"),
        ),
    )
    start = datetime.combine(autumn - timedelta(days=2), time(), UTC)
    shifts = resolve.resolve(made, start, start + timedelta(days=5)).shifts
    covered = start
    for shift in shifts:
        assert shift.start <= covered, f"nobody from {covered} to {shift.start}"
        covered = max(covered, shift.end)
    assert covered == start + timedelta(days=5)


def test_a_weekly_rotation_changes_at_nine_in_summer_and_winter() -> None:
    """All schedules moved by an hour after a clock change: grafana/oncall 3261."""
    made = replace(
        rota("us"), rules=(Rule("us", Role.PRIMARY, frozenset(range(7)), time(0), time(0), rotation="us-p"),)
    )
    shifts = resolve.resolve(made, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)).shifts
    changes = {s.start.astimezone(ZoneInfo(ZONES["us"])).time() for s in shifts[1:]}
    assert changes == {time(9)}


def test_before_a_rotations_start_there_is_nobody() -> None:
    """Day zero is not ambiguous: goalert 993."""
    shifts = resolve.resolve(rota("eu"), datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)).shifts
    assert shifts[0].start == datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "last", "expected"),
    [
        (date(2026, 3, 29), time(2, 30), False, datetime(2026, 3, 29, 1, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), False, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(2, 30), True, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 6, 1), time(9), False, datetime(2026, 6, 1, 7, tzinfo=UTC)),
    ],
)
def test_civil_times_that_do_not_exist_or_exist_twice(day: date, at: time, last: bool, expected: datetime) -> None:
    """The missing one snaps forward to the first that does; a start is the first of two, an end the second."""
    assert civil.instant(day, at, "Europe/Berlin", last=last) == expected


@given(st.integers(0, 364 * 24 * 12))
@settings(max_examples=200, deadline=None)
def test_one_region_leads_wherever_anybody_is_on_duty(step: int) -> None:
    """Unique at every covered instant; the boundary is where it changes; an instant agrees with the interval."""
    made = WORLD
    now = datetime(2026, 1, 10, tzinfo=UTC) + timedelta(minutes=5 * step)
    moment = resolve.at(made, now)
    on_duty = {s.region for s in moment.shifts if s.role in (Role.PRIMARY, Role.WEEKEND)}
    assert (moment.lead in on_duty) if on_duty else (moment.lead is None)
    assert moment.boundary is not None
    assert moment.boundary > now
    assert resolve.at(made, moment.boundary).lead == moment.next_lead
    before = resolve.at(made, moment.boundary - timedelta(seconds=1))
    assert before.lead == moment.lead


WORLD = replace(
    rota("au", "in", "eu", "us"),
    rules=(
        *rota("au", "in", "eu", "us").rules,
        *(Rule(r, Role.WEEKEND, WEEKEND, time(9), time(17), rotation=f"{r}-p") for r in ("au", "in", "eu", "us")),
    ),
)


def test_the_lead_passes_half_an_hour_after_the_incoming_region_starts() -> None:
    moment = resolve.at(WORLD, datetime(2026, 11, 24, 15, 50, tzinfo=UTC))
    assert (moment.lead, moment.next_lead) == ("eu", "us")
    assert moment.boundary == datetime(2026, 11, 24, 16, tzinfo=UTC), "never later than the outgoing region's end"


def override(kind: OverrideKind, person: str | None, instead_of: str | None, hours: tuple[int, int]) -> Override:
    day = datetime(2026, 11, 24, tzinfo=UTC)
    start, end = day + timedelta(hours=hours[0]), day + timedelta(hours=hours[1])
    return Override("eu", Role.PRIMARY, kind, start, end, person, instead_of, day)


def people(made: Rota, hour: int) -> list[str]:
    moment = resolve.at(made, datetime(2026, 11, 24, hour, 30, tzinfo=UTC))
    return sorted(s.person for s in moment.shifts if s.region == "eu")


def test_an_override_replaces_only_for_its_time() -> None:
    holder = people(WORLD, 8)[0]
    made = replace(WORLD, overrides=(override(OverrideKind.REPLACE, "eu-x", holder, (9, 11)),))
    assert [people(made, h) for h in (8, 9, 10, 11)] == [[holder], ["eu-x"], ["eu-x"], [holder]]


def test_a_replace_of_somebody_who_is_not_on_duty_does_nothing() -> None:
    made = replace(WORLD, overrides=(override(OverrideKind.REPLACE, "eu-x", "eu-nobody", (9, 11)),))
    assert people(made, 9) == people(WORLD, 9)


def test_of_two_overrides_the_later_made_wins() -> None:
    holder = people(WORLD, 8)[0]
    first = override(OverrideKind.REPLACE, "eu-x", holder, (9, 11))
    second = replace(first, person="eu-y", instead_of="eu-x", made_at=first.made_at + timedelta(hours=1))
    assert people(replace(WORLD, overrides=(second, first)), 10) == ["eu-y"]


def test_add_and_remove() -> None:
    holder = people(WORLD, 8)[0]
    added = replace(WORLD, overrides=(override(OverrideKind.ADD, "eu-x", None, (9, 11)),))
    removed = replace(WORLD, overrides=(override(OverrideKind.REMOVE, None, holder, (9, 11)),))
    assert people(added, 9) == sorted([holder, "eu-x"])
    assert people(removed, 9) == []


@pytest.mark.parametrize(("people", "days"), [((), 7), (("a",), 0)])
def test_a_rotation_that_cannot_be_is_refused(people: tuple[str, ...], days: int) -> None:
    with pytest.raises(ValueError, match="rotation eu-p"):
        rotation("eu", people, days)
