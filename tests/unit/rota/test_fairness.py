"""The weekend ledger: what is counted for whom, what would have been fair, and who is next."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from schedules.rota import fairness, resolve
from schedules.rota.fairness import Load
from schedules.rota.model import (
    Calendar,
    Edit,
    OnHoliday,
    Override,
    OverrideKind,
    Recorded,
    Region,
    Role,
    Rota,
    Rotation,
    Rule,
    Shift,
    Swap,
    TimeOff,
)

WEEKEND, WORKDAYS = frozenset({5, 6}), frozenset(range(5))
JANUARY, YEAR_END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def rota(people: tuple[str, ...] = ("altair", "capella", "mira"), **more: object) -> Rota:
    """Eight hours in Berlin on each weekend day, a week for each person in turn, from Monday 5 January 2026."""
    return Rota(
        (Region("eu", "Europe/Berlin", Calendar("DE")),),
        (Rotation("eu-weekend", "Europe/Berlin", people, 7, time(8), date(2026, 1, 5)),),
        (Rule("eu", Role.WEEKEND, WEEKEND, time(9), time(17), rotation="eu-weekend"),),
        **more,  # type: ignore[arg-type]
    )


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def load(loads: Iterable[Load], person: str) -> Load:
    return next(one for one in loads if one.person == person)


def test_counts_days_and_hours_and_finds_an_even_rotation_even() -> None:
    """Three weekends, three people: two days and sixteen hours each, a third of all, as expected."""
    loads = fairness.ledger(rota(), at(1, 5), at(1, 26))
    assert [(x.person, x.shifts, x.hours, x.expected) for x in loads] == [
        ("altair", 2, 16.0, 16.0),
        ("capella", 2, 16.0, 16.0),
        ("mira", 2, 16.0, 16.0),
    ]
    assert fairness.uneven(loads, "eu") == 0.0


def test_a_swap_counts_for_who_takes_it() -> None:
    """Mira takes Altair's weekend: the ledger follows the duty, what is fair stays."""
    swap = Swap("eu", Role.WEEKEND, "altair", "mira", at(1, 10), at(1, 12), at(1, 1))
    loads = fairness.ledger(rota(swaps=(swap,)), at(1, 5), at(1, 26))
    assert (load(loads, "mira").hours, load(loads, "altair").hours) == (32.0, 0.0)
    assert load(loads, "altair").over == -16.0
    assert fairness.uneven(loads, "eu") == 1.0


def test_an_override_counts_for_who_came() -> None:
    """Somebody from outside the pool helps out: they have hours, and none were expected of them."""
    override = Override("eu", Role.WEEKEND, OverrideKind.REPLACE, at(1, 10), at(1, 11), "sol", "altair", at(1, 9))
    loads = fairness.ledger(rota(overrides=(override,)), at(1, 5), at(1, 26))
    assert (load(loads, "sol").hours, load(loads, "sol").expected) == (8.0, 0.0)
    assert load(loads, "altair").hours == 8.0


def test_the_past_is_what_was_recorded() -> None:
    """The rota says Altair today; recorded was Capella, and that is what counts until now."""
    happened = Recorded(at(1, 12), (Shift("eu", Role.WEEKEND, "capella", at(1, 10, 8), at(1, 10, 16)),))
    loads = fairness.ledger(rota(recorded=happened), at(1, 5), at(1, 26))
    assert load(loads, "capella").hours == 8.0 + 16.0
    assert load(loads, "altair").hours == 0.0


def test_only_the_hours_of_the_weekend_count() -> None:
    """A night shift from Friday 20:00 to Saturday 08:00 is eight hours of weekend, not twelve."""
    night = replace(rota(), rules=(Rule("eu", Role.PRIMARY, frozenset({4}), time(20), time(8), person="vega"),))
    loads = fairness.ledger(night, at(1, 5), at(1, 12))
    assert (load(loads, "vega").hours, load(loads, "vega").shifts) == (8.0, 1)


def test_the_hour_of_a_clock_change_counts_as_it_was() -> None:
    """Around the clock on the weekend in which clocks go forward: 47 hours, and 49 when they go back."""
    always = replace(rota(), rules=(Rule("eu", Role.WEEKEND, WEEKEND, time(0), time(0), person="vega"),))
    assert load(fairness.ledger(always, at(3, 27), at(3, 31)), "vega").hours == 47.0
    assert load(fairness.ledger(always, at(10, 23), at(10, 27)), "vega").hours == 49.0


def test_public_holidays_are_counted_beside_the_hours() -> None:
    """New Year's Day is a Thursday: a holiday with duty, and no hours of a weekend."""
    weekdays = Rule("eu", Role.PRIMARY, WORKDAYS, time(9), time(17), person="vega", on_holiday=OnHoliday.IGNORE)
    loads = fairness.ledger(replace(rota(), rules=(weekdays,)), JANUARY, at(1, 5))
    assert (load(loads, "vega").holidays, load(loads, "vega").hours) == (1, 0.0)


def test_a_manager_is_not_on_duty() -> None:
    """The manager's rule covers the weekend too, and nobody owes them anything for it."""
    boss = Rule("eu", Role.MANAGER, WEEKEND, time(9), time(17), person="castor")
    loads = fairness.ledger(replace(rota(), rules=(*rota().rules, boss)), at(1, 5), at(1, 26))
    assert "castor" not in {x.person for x in loads}


def test_nothing_is_expected_of_who_is_away_for_long() -> None:
    """Mira is away for January: the others are expected to carry it, and she owes nothing when she is back."""
    away = TimeOff("mira", at(1, 1), at(2, 1), cover="altair")
    loads = fairness.ledger(rota(time_off=(away,)), at(1, 5), at(1, 26))
    assert load(loads, "altair").expected == 24.0
    assert all(x.person != "mira" or x.expected == 0.0 for x in loads)


def test_a_weekend_off_excuses_nobody() -> None:
    """Who is away on their own Saturdays still owes them: a short absence does not lower what is fair."""
    away = TimeOff("altair", at(1, 10), at(1, 12), cover="mira")
    loads = fairness.ledger(rota(time_off=(away,)), at(1, 5), at(1, 26))
    assert load(loads, "altair").expected == 16.0
    assert load(loads, "altair").over == -16.0


def test_before_a_rotation_starts_nothing_is_expected_of_its_people() -> None:
    """Whoever joins with a rotation in July owes no weekend of March."""
    early = Rule("eu", Role.WEEKEND, WEEKEND, time(9), time(17), person="castor")
    late = replace(rota().rotations[0], start=date(2026, 7, 6))
    loads = fairness.ledger(replace(rota(), rotations=(late,), rules=(*rota().rules, early)), at(3, 2), at(3, 30))
    assert [x.person for x in loads] == ["castor"]


def test_who_joins_later_owes_nothing_of_before() -> None:
    """Castor joins by an edit from 19 January: two weekends for three, then one for four."""
    joined = replace(rota().rotations[0], edits=(Edit(date(2026, 1, 19), ("altair", "capella", "mira", "castor")),))
    loads = fairness.ledger(replace(rota(), rotations=(joined,)), at(1, 5), at(1, 26))
    assert load(loads, "castor").expected == 4.0
    assert round(load(loads, "mira").expected, 3) == round(32 / 3 + 4, 3)


def test_a_rule_that_has_ended_expects_nothing() -> None:
    """Rules have dates: after `until` its people are not the pool's."""
    ended = Rule("eu", Role.WEEKEND, WEEKEND, time(9), time(17), person="sol", until=date(2026, 1, 12))
    loads = fairness.ledger(replace(rota(), rules=(*rota().rules, ended)), at(1, 12), at(1, 26))
    assert "sol" not in {x.person for x in loads}


def test_the_one_with_the_least_is_next_and_the_reason_says_so() -> None:
    """Altair gave a weekend away and has none of the five: next for one that Rigel has."""
    swap = Swap("eu", Role.WEEKEND, "altair", "mira", at(1, 10), at(1, 12), at(1, 1))
    made = rota(("altair", "capella", "mira", "rigel", "vega"), swaps=(swap,))
    found = fairness.next_for(made, "eu", at(1, 31), fairness.ledger(made, at(1, 5), at(2, 9)))
    assert found[0].person == "altair"
    assert found[0].why == "is 16 h below a fair part"


def test_who_is_away_or_on_duty_is_not_proposed() -> None:
    """Capella has the weekend of 17 January, Mira is away: only Altair is left, with the weekend before."""
    made = rota(time_off=(TimeOff("mira", at(1, 17), at(1, 18)),))
    found = fairness.next_for(made, "eu", at(1, 16), fairness.year(made, 2026))
    assert [p.person for p in found] == ["altair"]
    assert "is on duty the weekend of 10 January too" in found[0].why


def test_who_has_the_weekend_before_or_after_comes_last() -> None:
    """Two weekends in a row are worse than a few hours more in the year."""
    made = rota(("altair", "capella", "mira", "rigel", "vega"))
    found = fairness.next_for(made, "eu", at(1, 23), fairness.year(made, 2026))
    assert {p.person for p in found[:2]} == {"altair", "vega"}
    assert {p.person for p in found[2:]} == {"capella", "rigel"}


def test_agrees_with_the_schedule() -> None:
    """Over the year the ledger's hours are those of the resolved shifts, which lie on weekends only."""
    shifts = resolve.resolve(rota(), JANUARY, YEAR_END).shifts
    hours = sum(((s.end - s.start) for s in shifts), timedelta()).total_seconds() / 3600
    assert sum(x.hours for x in fairness.year(rota(), 2026)) == hours
