"""Where projects read a schedule differently, ours is this: each reading of `docs/rota.md`, by its number there."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from schedules.rota import fallback, resolve, swaps
from schedules.rota.model import Calendar, Edit, OnHoliday, Role, Shift, Temporary
from tests.unit.rota.rosters import (
    ALWAYS,
    DAY,
    HOUR,
    WEEKEND,
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

TUESDAY = local("2026-11-24 00:00")
"""ada's week: turn 47 of a rotation of three, counted from 0, would be cyd's."""
ROUND_THE_CLOCK = rule(hours=(0, 0), weekdays=ALWAYS)


def week() -> dict[str, str]:
    """Who has the weekly rotation in the week of TUESDAY, and who follows."""
    made = rota(rule())
    names = [people(made, local(f"2026-11-{day} 10:00"))[0] for day in (24, 30)]
    return {"now": names[0], "next": names[1], "third": ({"ada", "bix", "cyd"} - set(names)).pop()}


WEEK = week()


# 1
def test_1_a_hand_over_that_occurs_twice_counts_once_at_its_first_occurrence() -> None:
    """Berlin, 25 October 2026: 02:30 comes at 00:30 and at 01:30 UTC."""
    made = rota(ROUND_THE_CLOCK, rotations=[rotation(days=1, handover=time(2, 30))])
    found = shifts(made, utc("2026-10-24 12:00"), utc("2026-10-26 00:00"))
    assert [s.start for s in found][1:] == [utc("2026-10-25 00:30")]


def test_1_a_turn_that_a_clock_jump_swallows_is_nobodys_and_its_person_is_passed_over() -> None:
    """Berlin, 29 March 2026: there is no 02:00 to 03:00. The turns before and after are whose they always were."""
    made = rota(ROUND_THE_CLOCK, rotations=[rotation(days=0, hours=1, handover=time(0), start=date(2026, 3, 29))])
    found = shifts(made, utc("2026-03-28 23:00"), utc("2026-03-29 03:00"))
    assert [(s.person, s.start.hour) for s in found] == [("ada", 23), ("bix", 0), ("ada", 1), ("bix", 2)]


# 2
def test_2_before_a_rotations_start_there_is_nobody() -> None:
    made = rota(rule())
    schedule = resolve.resolve(made, local("2026-01-05 08:00"), local("2026-01-05 12:00"))
    assert [(s.person, s.start) for s in schedule.shifts] == [("ada", local("2026-01-05 09:00"))]
    assert [(g.start, g.end) for g in schedule.gaps] == [(local("2026-01-05 08:00"), local("2026-01-05 09:00"))]


def test_2_other_people_take_effect_at_a_date_and_the_count_goes_on() -> None:
    """Turn 8 (from 0) begins on 2 March: of three people cyd, of the four of the edit ada."""
    plain = rotation(days=7)
    edited = replace(plain, edits=(Edit(date(2026, 3, 2), ("ada", "bix", "cyd", "dov")),))
    before, after = (rota(ROUND_THE_CLOCK, rotations=[r]) for r in (plain, edited))
    until = local("2026-03-02 09:00")
    assert shifts(before, local("2026-01-01 00:00"), until) == shifts(after, local("2026-01-01 00:00"), until)
    assert people(before, until) == ["cyd"]
    weeks = [people(after, until + n * 7 * DAY) for n in range(5)]
    assert weeks == [["ada"], ["bix"], ["cyd"], ["dov"], ["ada"]]


def test_2_another_length_takes_effect_at_a_date_and_the_count_goes_on() -> None:
    """The turn that runs in the middle of a week has lasted its day by then: it ends at the edit."""
    made = rota(ROUND_THE_CLOCK, rotations=[rotation(edits=(Edit(date(2026, 1, 14), days=1),))])
    found = [people(made, local(f"2026-01-{day:02} 10:00")) for day in (5, 12, 13, 14, 15, 16)]
    assert found == [["ada"], ["bix"], ["bix"], ["cyd"], ["ada"], ["bix"]]


def test_2_a_longer_length_lets_the_running_turn_end_on_its_own_weekday() -> None:
    made = rota(ROUND_THE_CLOCK, rotations=[rotation(edits=(Edit(date(2026, 1, 14), days=14),))])
    assert people(made, local("2026-01-26 08:00")) == ["bix"]
    assert people(made, local("2026-01-26 09:00")) == ["cyd"]


def test_2_a_new_start_lets_the_count_begin_again() -> None:
    edit = Edit(date(2026, 3, 2), ("dov", "eli"), start=date(2026, 3, 2))
    made = rota(ROUND_THE_CLOCK, rotations=[rotation(edits=(edit,))])
    assert [people(made, local(f"2026-03-{day:02} 10:00")) for day in (1, 2, 9)] == [["bix"], ["dov"], ["eli"]]


def test_2_rules_have_dates_from_which_and_until_which_they_count() -> None:
    """On the date of `until` it counts no more, so that the next rule may begin on that date."""
    change = date(2026, 11, 26)
    made = rota(rule(person="ada", until=change), rule(hours=(9, 18), person="bix", since=change))
    found = shifts(made, local("2026-11-25 00:00"), local("2026-11-27 00:00"))
    assert [(s.person, s.start) for s in found] == [
        ("ada", local("2026-11-25 08:00")),
        ("bix", local("2026-11-26 09:00")),
    ]


# 3
def test_3_a_daily_rotation_counts_calendar_days() -> None:
    """Also those on which no rule asks it: from Friday to Monday it has advanced three times."""
    made = rota(rule(), rotations=[rotation(days=1, handover=time(0))])
    assert [people(made, local(f"2026-01-{day:02} 10:00")) for day in (8, 9, 12)] == [["ada"], ["bix"], ["bix"]]


def test_3_a_daily_rotation_may_name_the_weekdays_on_which_it_advances() -> None:
    """Monday to Friday: who has Friday has the weekend, and Monday is the next one's."""
    made = rota(ROUND_THE_CLOCK, rotations=[rotation(days=1, advances=frozenset(range(5)))])
    found = [people(made, local(f"2026-01-{day:02} 10:00")) for day in (9, 10, 11, 12, 13)]
    assert found == [["bix"], ["bix"], ["bix"], ["cyd"], ["ada"]]


# 4
def test_4_a_hand_over_inside_a_shift_splits_the_shift() -> None:
    made = rota(rule())
    found = shifts(made, local("2026-01-12 00:00"), local("2026-01-13 00:00"))
    assert [(s.person, s.start, s.end) for s in found] == [
        ("ada", local("2026-01-12 08:00"), local("2026-01-12 09:00")),
        ("bix", local("2026-01-12 09:00"), local("2026-01-12 17:00")),
    ]


# 5
def test_5_of_two_overrides_that_replace_the_same_person_the_newest_wins() -> None:
    at, now = TUESDAY + 10 * HOUR, WEEK["now"]
    first, second = override("replace", at, 2, "eli", now, 1), override("replace", at, 2, "fay", now, 2)
    for order in ((first, second), (second, first)):
        assert people(having(rota(rule()), overrides=order), at) == ["fay"]


def test_5_overrides_apply_in_the_order_in_which_they_were_made() -> None:
    """Whoever replaces the replacement has it; to replace one who has been replaced again does nothing."""
    at, now = TUESDAY + 10 * HOUR, WEEK["now"]
    chain = [override("replace", at, 2, "eli", now, 1), override("replace", at, 2, "fay", "eli", 2)]
    assert people(having(rota(rule()), overrides=chain), at) == ["fay"]
    again = [*chain, override("replace", at, 2, "gus", now, 3), override("replace", at, 2, "hal", "fay", 4)]
    assert people(having(rota(rule()), overrides=again), at) == ["gus"]


def test_5_to_replace_somebody_who_is_away_works() -> None:
    at, now = TUESDAY + 10 * HOUR, WEEK["now"]
    made = having(rota(rule()), time_off=[away(now, TUESDAY, TUESDAY + DAY)])
    assert people(made, at) == []
    assert people(having(made, overrides=[override("replace", at, 2, "eli", now)]), at) == ["eli"]


def test_5_to_replace_somebody_whose_shift_a_holiday_takes_works() -> None:
    """Christmas Day 2026, a Friday."""
    made = rota(rule(on_holiday=OnHoliday.SKIP), regions=[region("eu", holidays=Calendar("DE"))])
    at = local("2026-12-25 10:00")
    person = people(rota(rule()), at)[0]
    assert people(made, at) == []
    assert people(having(made, overrides=[override("replace", at, 2, "eli", person)]), at) == ["eli"]


def test_5_to_replace_somebody_who_is_not_on_duty_does_nothing() -> None:
    at = TUESDAY + 10 * HOUR
    assert people(having(rota(rule()), overrides=[override("replace", at, 2, "eli", WEEK["next"])]), at) == [
        WEEK["now"]
    ]


# 6
def test_6_a_swap_is_stronger_than_time_off() -> None:
    made = having(
        rota(rule()),
        swaps=[swap(WEEK["now"], WEEK["next"], TUESDAY + 8 * HOUR, TUESDAY + 17 * HOUR)],
        time_off=[away(WEEK["next"], TUESDAY, TUESDAY + DAY), away(WEEK["now"], TUESDAY, TUESDAY + DAY)],
    )
    assert people(made, TUESDAY + 10 * HOUR) == [WEEK["next"]]


def test_6_a_swap_moves_with_the_shift() -> None:
    """The roster is edited afterwards, and the day begins two hours later: the taker has all of the day it became."""
    given = swap(WEEK["now"], "eli", TUESDAY + 8 * HOUR, TUESDAY + 17 * HOUR, dates=frozenset({TUESDAY.date()}))
    edited = having(rota(rule(hours=(10, 19))), swaps=[given])
    found = shifts(edited, TUESDAY, TUESDAY + DAY)
    assert [(s.person, s.start, s.end) for s in found] == [("eli", TUESDAY + 10 * HOUR, TUESDAY + 19 * HOUR)]
    assert swaps.void(edited) == ()


@pytest.mark.parametrize("dates", [frozenset(), frozenset({TUESDAY.date()})])
def test_6_a_swap_is_void_when_the_giver_no_longer_has_the_shift(dates: frozenset[date]) -> None:
    """Nothing happens to whoever has it now, and the swap is named, so that both are told."""
    given = swap(WEEK["next"], "eli", TUESDAY + 8 * HOUR, TUESDAY + 17 * HOUR, dates=dates)
    made = having(rota(rule()), swaps=[given])
    assert people(made, TUESDAY + 10 * HOUR) == [WEEK["now"]]
    assert swaps.void(made) == (swaps.Void(given, tuple(sorted(dates))),)


def test_6_what_was_given_away_cannot_be_given_again() -> None:
    hours = TUESDAY + 8 * HOUR, TUESDAY + 17 * HOUR
    first = swap(WEEK["now"], "eli", *hours, made_at=TUESDAY - 2 * DAY)
    second = swap(WEEK["now"], "fay", *hours, made_at=TUESDAY - DAY)
    onward = swap("eli", "gus", *hours, made_at=TUESDAY - DAY / 2)
    made = having(rota(rule()), swaps=[first, second, onward])
    assert people(made, TUESDAY + 10 * HOUR) == ["gus"]
    assert swaps.void(made) == (swaps.Void(second),)


def test_6_an_override_of_the_swapped_shift_does_not_void_the_swap() -> None:
    given = swap(WEEK["now"], "eli", TUESDAY + 8 * HOUR, TUESDAY + 17 * HOUR)
    made = having(rota(rule()), swaps=[given], overrides=[override("replace", TUESDAY + 8 * HOUR, 9, "fay", "eli")])
    assert people(made, TUESDAY + 10 * HOUR) == ["fay"]
    assert swaps.void(made) == ()


# 7
def test_7_a_shift_belongs_to_the_local_date_on_which_it_starts() -> None:
    """The night that begins on Christmas Day is taken whole; that of Christmas Eve, no holiday, is spared whole."""
    night = rule(hours=(20, 6), weekdays=ALWAYS, on_holiday=OnHoliday.SKIP)
    made = rota(night, regions=[region("eu", holidays=Calendar("DE"))])
    found = shifts(made, local("2026-12-24 12:00"), local("2026-12-26 12:00"))
    assert [(s.start, s.end) for s in found] == [(local("2026-12-24 20:00"), local("2026-12-25 06:00"))]


@pytest.mark.parametrize(("day", "start"), [({}, 10), ({"holiday_day": 5}, 12)])
def test_7_weekend_on_a_holiday_means_the_rule_for_sunday_unless_another_day_is_named(
    day: dict[str, int], start: int
) -> None:
    made = rota(
        rule(on_holiday=OnHoliday.WEEKEND, **day),
        rule(role=Role.WEEKEND, hours=(10, 16), weekdays=frozenset({6}), person="sun"),
        rule(role=Role.WEEKEND, hours=(12, 16), weekdays=frozenset({5}), person="sat"),
        regions=[region("eu", holidays=Calendar("DE"))],
    )
    found = shifts(made, local("2026-12-25 00:00"), local("2026-12-26 00:00"))
    assert [(s.role, s.start) for s in found] == [(Role.WEEKEND, local(f"2026-12-25 {start}:00"))]


def test_7_weekend_on_a_holiday_that_is_a_weekend_day_calls_for_one_and_not_for_two() -> None:
    """Saturday, 3 October 2026."""
    made = rota(
        rule(role=Role.WEEKEND, hours=(10, 16), weekdays=WEEKEND, on_holiday=OnHoliday.WEEKEND, person="ada"),
        regions=[region("eu", holidays=Calendar("DE"))],
    )
    schedule = resolve.resolve(made, local("2026-10-03 00:00"), local("2026-10-04 00:00"))
    assert [(s.person, s.start) for s in schedule.shifts] == [("ada", local("2026-10-03 10:00"))]
    assert not schedule.gaps
    assert not schedule.closed


# 8
def test_8_time_off_does_not_make_the_next_person_step_in_and_is_a_gap() -> None:
    made = having(rota(rule()), time_off=[away(WEEK["now"], TUESDAY, TUESDAY + DAY)])
    schedule = resolve.resolve(made, TUESDAY, TUESDAY + DAY)
    assert schedule.shifts == ()
    assert [(g.start, g.end, g.role) for g in schedule.gaps] == [
        (TUESDAY + 8 * HOUR, TUESDAY + 17 * HOUR, Role.PRIMARY)
    ]
    assert "is away, and nobody covers" in schedule.gaps[0].because[-1]


def test_8_time_off_may_name_who_covers() -> None:
    made = having(rota(rule()), time_off=[away(WEEK["now"], TUESDAY, TUESDAY + 12 * HOUR, "eli")])
    found = shifts(made, TUESDAY, TUESDAY + DAY)
    assert [(s.person, s.end) for s in found] == [("eli", TUESDAY + 12 * HOUR), (WEEK["now"], TUESDAY + 17 * HOUR)]


def test_8_a_cover_who_is_away_too_leaves_it_to_their_own_cover() -> None:
    off = [away(WEEK["now"], TUESDAY, TUESDAY + DAY, "eli"), away("eli", TUESDAY, TUESDAY + DAY, "fay")]
    assert people(having(rota(rule()), time_off=off), TUESDAY + 10 * HOUR) == ["fay"]
    circle = [off[0], away("eli", TUESDAY, TUESDAY + DAY, WEEK["now"])]
    assert people(having(rota(rule()), time_off=circle), TUESDAY + 10 * HOUR) == []


# 9
def test_9_a_region_leads_only_while_it_has_a_primary_on_duty() -> None:
    made = rota(rule("eu"), rule("us", role=Role.SECONDARY))
    assert resolve.at(made, local("2026-11-24 09:00", "us")).lead is None
    assert resolve.at(made, local("2026-11-24 09:00")).lead == "eu"


def test_9_people_added_by_an_override_do_not_move_the_lead() -> None:
    night = TUESDAY + 22 * HOUR
    made = having(rota(rule()), overrides=[override("add", night, 4, "eli", None)])
    moment = resolve.at(made, night + HOUR)
    assert ([s.person for s in moment.shifts], moment.lead) == (["eli"], None)


def test_9_the_lead_passes_half_an_hour_into_the_overlap_and_never_after_the_end() -> None:
    made = rota(rule("in", hours=(9, 18)), rule("eu"))
    moment = resolve.at(made, utc("2026-11-24 06:50"))
    assert (moment.lead, moment.next_lead, moment.boundary) == ("in", "eu", utc("2026-11-24 07:30"))
    late = replace(made, lead_after=timedelta(hours=8))
    assert resolve.at(late, utc("2026-11-24 06:50")).boundary == utc("2026-11-24 12:30")


def test_9_when_the_leading_region_ends_the_region_that_started_last_leads() -> None:
    """eu from 07:00, us from 09:00 UTC; in, which leads until then, ends at 10:00, and none has taken over yet."""
    made = rota(rule("in", hours=(5, 15)), rule("eu", hours=(8, 20)), rule("us", hours=(1, 20)))
    late = replace(made, lead_after=timedelta(hours=12))
    assert resolve.at(late, utc("2026-11-24 09:29")).lead == "in"
    assert resolve.at(late, utc("2026-11-24 09:30")).lead == "us"


def test_9_of_equal_starts_the_files_order_counts() -> None:
    both = [rule("eu", hours=(9, 18)), rule("au", hours=(19, 4))]
    assert resolve.at(rota(*both), utc("2026-11-24 08:30")).lead == "au", "the file names au before eu"
    turned = rota(*both, regions=[region("eu"), region("au")])
    assert resolve.at(turned, utc("2026-11-24 08:30")).lead == "eu"
    assert resolve.at(turned, utc("2026-11-24 15:00")).lead == "eu"


# 10
def test_10_fallback_goes_round_the_regions_in_the_files_order_to_the_first_that_is_awake() -> None:
    """Order: au, in, eu, us. Saturday 16:30 UTC, the shift of eu is on until 17:00, when that of us begins."""
    weekend = [rule(id, role=Role.WEEKEND, hours=(9, 18), weekdays=WEEKEND, person=f"{id}-w") for id in ("eu", "us")]
    made = rota(*weekend, rule("in"), rule("au"))
    for asked in ("in", "eu", "us"):
        answers = [fallback.on_duty(made, utc(f"2026-11-28 {at}"), asked).shift for at in ("16:30", "17:30")]
        assert [shift.person for shift in answers if shift] == ["eu-w", "us-w"], asked


def test_10_nobody_is_asked_outside_their_local_daytime() -> None:
    """The shift of eu runs through the night, and its daytime ends at 18:00: for another region nobody is woken."""
    made = rota(rule("eu", role=Role.WEEKEND, hours=(9, 3), weekdays=WEEKEND, person="eu-w"), rule("us"))
    night = local("2026-11-28 22:00")
    answer = fallback.on_duty(made, night, "us")
    assert answer.shift is None
    assert [step.kind for step in answer.steps] == ["nobody", "asleep", "gap"]
    own = fallback.on_duty(made, night, "eu")
    assert own.shift is not None


# 11
def test_11_a_temporary_schedule_replaces_the_roles_it_lists_of_its_region() -> None:
    """Stronger than every other exception. The roles it does not list, and the hours around it, stay."""
    temporary = Temporary(
        "eu",
        TUESDAY + 9 * HOUR,
        TUESDAY + 15 * HOUR,
        (Shift("eu", Role.PRIMARY, "eli", TUESDAY + 9 * HOUR, TUESDAY + 14 * HOUR),),
        frozenset({Role.PRIMARY}),
    )
    made = having(
        rota(rule(), rule(role=Role.SECONDARY, person="sec")),
        temporary=[temporary],
        overrides=[override("replace", TUESDAY + 8 * HOUR, 9, "fay", WEEK["now"])],
    )
    schedule = resolve.resolve(made, TUESDAY, TUESDAY + DAY)
    found = [(s.person, s.start - TUESDAY) for s in schedule.shifts if s.role is Role.PRIMARY]
    assert found == [("fay", 8 * HOUR), ("eli", 9 * HOUR), ("fay", 15 * HOUR)]
    assert [g.start - TUESDAY for g in schedule.gaps] == [14 * HOUR], "a rule calls, and the schedule names nobody"
    assert people(made, TUESDAY + 10 * HOUR, Role.SECONDARY) == ["sec"]


def test_11_a_temporary_schedule_that_lists_no_roles_replaces_all() -> None:
    made = having(
        rota(rule(), rule(role=Role.SECONDARY, person="sec")),
        temporary=[Temporary("eu", TUESDAY, TUESDAY + DAY, ())],
    )
    assert shifts(made, TUESDAY, TUESDAY + DAY) == []


def test_11_overlapping_ones_are_refused() -> None:
    one = Temporary("eu", TUESDAY, TUESDAY + 7 * DAY, ())
    other = Temporary("eu", TUESDAY + 6 * DAY, TUESDAY + 9 * DAY, (), frozenset({Role.MANAGER}))
    with pytest.raises(ValueError, match="two temporary schedules of eu overlap"):
        having(rota(rule()), temporary=[one, other])
    having(rota(rule()), temporary=[replace(one, roles=frozenset({Role.PRIMARY})), other])
