"""What users of other schedulers complain about, as far as it is the engine's: each by where it was written."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from schedules.rota import explain, resolve, swaps
from schedules.rota.model import Calendar, OnHoliday, Role, Shift
from tests.unit.rota.rosters import (
    ALWAYS,
    DAY,
    HOUR,
    WEEKEND,
    ZONES,
    away,
    having,
    local,
    override,
    people,
    region,
    rota,
    rotation,
    rule,
    shifts,
    swap,
    utc,
)

CHANGES = {"eu": ("2026-03-29", "2026-10-25"), "us": ("2026-03-08", "2026-11-01"), "lh": ("2026-04-05", "2026-10-04")}
DAY_AND_NIGHT = [(id, day) for id, days in CHANGES.items() for day in days]


def around(day: str, id: str) -> tuple[datetime, datetime]:
    return local(f"{day} 00:00", id) - DAY, local(f"{day} 00:00", id) + 2 * DAY


def clocks(found: list[Shift], id: str) -> set[time]:
    """What the clock shows in the region when shifts begin."""
    return {s.start.astimezone(ZoneInfo(ZONES[id])).time() for s in found}


@pytest.mark.parametrize("id", sorted(ZONES))
def test_no_schedule_moves_by_an_hour_after_a_clock_change(id: str) -> None:
    """grafana/oncall 3261: a weekly rotation changes at 09:00 local all the year round."""
    made = rota(rule(id, hours=(0, 0), weekdays=ALWAYS))
    found = shifts(made, utc("2026-01-12 00:00"), utc("2027-01-12 00:00"))
    assert clocks(found[1:], id) == {time(9)}
    assert len(found) > 50


@pytest.mark.parametrize(("id", "day"), DAY_AND_NIGHT)
@pytest.mark.parametrize("seam", [0, 1, 2, 3])
def test_no_gap_at_one_change_and_no_overlap_of_turns_at_the_other(id: str, day: str, seam: int) -> None:
    """grafana/oncall 5247: hand-overs of one shift at any hour of the night neither overlap nor leave a minute."""
    made = rota(
        rule(id, hours=(12, 12), weekdays=ALWAYS),
        rotations=[rotation(f"{id}-p", days=1, handover=time(seam, 30))],
    )
    start, end = around(day, id)
    schedule = resolve.resolve(made, start, end)
    assert not schedule.gaps
    assert schedule.shifts[0].start == start
    assert all(a.end == b.start for a, b in zip(schedule.shifts, schedule.shifts[1:], strict=False))


@pytest.mark.parametrize(("id", "day"), DAY_AND_NIGHT)
def test_a_shift_that_crosses_the_change_keeps_its_clock_times(id: str, day: str) -> None:
    """grafana/oncall 5455: 22:00 to 06:00 ends at 06:00, be that seven hours or nine."""
    eve = date.fromisoformat(day) - DAY
    made = rota(rule(id, hours=(22, 6), weekdays=ALWAYS, person="ada"))
    found = shifts(made, local(f"{eve} 12:00", id), local(f"{day} 12:00", id))
    assert [(s.start, s.end) for s in found] == [(local(f"{eve} 22:00", id), local(f"{day} 06:00", id))]
    assert found[0].end - found[0].start != 8 * HOUR


@pytest.mark.parametrize("id", ["au", "in", "us", "lh"])
def test_daily_shifts_are_right_outside_utc(id: str) -> None:
    """grafana/oncall 4197: each local date of a month has one shift, from 08:00 to 17:00 there, of the next person."""
    made = rota(rule(id, weekdays=ALWAYS), rotations=[rotation(f"{id}-p", days=1, handover=time(0))])
    found = shifts(made, local("2026-10-01 00:00", id), local("2026-11-01 00:00", id))
    assert clocks(found, id) == {time(8)}
    assert len(found) == 31
    assert len({s.person for s in found[:3]}) == 3
    assert [s.person for s in found[:-3]] == [s.person for s in found[3:]]


@pytest.mark.parametrize("days", [1, 7, 14])
def test_a_rotation_of_seven_days_leaves_no_hour_to_nobody(days: int) -> None:
    """grafana/oncall 4208: for two years, with all their changes."""
    made = rota(rule(hours=(0, 0), weekdays=ALWAYS), rotations=[rotation(days=days)])
    schedule = resolve.resolve(made, local("2026-01-05 09:00"), local("2028-01-05 09:00"))
    assert not schedule.gaps
    assert all(a.end == b.start for a, b in zip(schedule.shifts, schedule.shifts[1:], strict=False))


def test_following_the_sun_uses_each_region() -> None:
    """grafana/oncall 2797: with four regions that each work their day, each leads for a good part of it."""
    made = rota(*(rule(id, hours=(8, 18)) for id in ("au", "in", "eu", "us")))
    leads = resolve.resolve(made, utc("2026-11-23 22:00"), utc("2026-11-27 22:00")).leads
    hours = {id: sum((x.end - x.start for x in leads if x.region == id), timedelta()) / HOUR for id in ZONES}
    assert min(hours[id] for id in ("au", "in", "eu", "us")) >= 16, hours


def test_swaps_move_with_the_shift() -> None:
    """grafana/oncall 4182: a shift that an edit makes later takes its swap along, and one that is gone voids it."""
    day = local("2026-11-24 00:00")
    giver = people(rota(rule()), day + 10 * HOUR)[0]
    given = swap(giver, "eli", day + 8 * HOUR, day + 17 * HOUR, dates=frozenset({day.date()}))
    moved = having(rota(rule(hours=(11, 20))), swaps=[given])
    assert [(s.person, s.start) for s in shifts(moved, day, day + DAY)] == [("eli", day + 11 * HOUR)]
    gone = having(rota(rule(), rotations=[rotation(people=("fay",))]), swaps=[given])
    assert [s.person for s in shifts(gone, day, day + DAY)] == ["fay"]
    assert [void.swap for void in swaps.void(gone)] == [given]


def test_day_zero_of_a_rotation_is_not_ambiguous() -> None:
    """goalert 993: the first person's first turn begins at the hand-over time on the start date, and nothing before."""
    made = rota(rule(hours=(0, 0), weekdays=ALWAYS), rotations=[rotation(days=1, start=date(2026, 3, 4))])
    found = shifts(made, local("2026-01-01 00:00"), local("2026-03-06 09:00"))
    assert [(s.person, s.start) for s in found] == [
        ("ada", local("2026-03-04 09:00")),
        ("bix", local("2026-03-05 09:00")),
    ]


def test_times_are_those_of_the_rotations_zone_whoever_looks() -> None:
    """goalert 2736: the zone is the roster's, and the instant of a question may be given in any."""
    made = rota(rule())
    at = local("2026-11-24 16:59")
    asked = [at, at.astimezone(local("2026-11-24 00:00", "us").tzinfo), utc("2026-11-24 15:59")]
    assert len({tuple(people(made, when)) for when in asked}) == 1
    assert people(made, asked[0])


@pytest.mark.parametrize(
    ("length", "hours"), [({"days": 0, "hours": 8}, 8), ({"days": 1}, 24), ({"days": 3}, 72), ({"days": 14}, 336)]
)
def test_not_only_weekly_rotations(length: dict[str, int], hours: int) -> None:
    """linkedin/oncall 215, 424."""
    made = rota(rule(hours=(0, 0), weekdays=ALWAYS), rotations=[rotation(**length)])
    found = shifts(made, local("2026-01-05 09:00"), local("2026-03-02 09:00"))
    assert {(s.end - s.start) / HOUR for s in found[:-1]} == {hours}


def test_weekends_and_public_holidays_have_their_own_hours() -> None:
    """grafana/oncall 3070: Friday, 25 December 2026, works like a Sunday."""
    made = rota(
        rule(on_holiday=OnHoliday.WEEKEND),
        rule(role=Role.WEEKEND, hours=(10, 16), weekdays=WEEKEND, person="wim"),
        regions=[region("eu", holidays=Calendar("DE"))],
    )
    found = shifts(made, local("2026-12-24 00:00"), local("2026-12-28 00:00"))
    hours = [(s.start.astimezone(local("2026-12-24 00:00").tzinfo).hour, str(s.role)) for s in found]
    assert hours == [(8, "primary"), (10, "weekend"), (10, "weekend"), (10, "weekend")]


def test_time_off_that_meets_a_shift_is_seen() -> None:
    """grafana/oncall 322: not skipped, not filled by chance: a gap with its reason, until somebody covers."""
    day = local("2026-11-24 00:00")
    person = people(rota(rule()), day + 10 * HOUR)[0]
    made = having(rota(rule()), time_off=[away(person, day, day + DAY)])
    gaps = resolve.resolve(made, day, day + DAY).gaps
    assert [(g.start, g.end) for g in gaps] == [(day + 8 * HOUR, day + 17 * HOUR)]
    assert gaps[0].because[-1] == f"{person} is away, and nobody covers."


@pytest.mark.parametrize("reason", ["away", "removed", "not begun"])
def test_that_nobody_is_available_is_never_silent(reason: str) -> None:
    """linkedin/oncall's scheduler logs it and goes on: here it is a gap, and `why` says how it came."""
    day = local("2026-11-24 00:00")
    person = people(rota(rule()), day + 10 * HOUR)[0]
    made = {
        "away": having(rota(rule()), time_off=[away(person, day, day + DAY)]),
        "removed": having(rota(rule()), overrides=[override("remove", day, 24, None, person)]),
        "not begun": rota(rule(), rotations=[rotation(start=date(2027, 1, 4))]),
    }[reason]
    assert len(resolve.resolve(made, day, day + DAY).gaps) == 1
    why = explain.why(made, day + 10 * HOUR, "eu", Role.PRIMARY)
    assert why.people == ()
    assert [step.kind for step in why.steps][-2:] == ["gap", "lead"]
