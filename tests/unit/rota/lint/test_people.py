"""What the roster does to people: nights, rest, long days, weekends, time off, and who cannot be reached."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from schedules.rota.lint.model import Limits, Person, Severity
from schedules.rota.model import Calendar, OnHoliday, Region, Role, Rota, Rotation, Rule, Swap, TimeOff
from tests.unit.rota.lint.rosters import ALL, MAY, START, WEEKEND, europe, linted, of

MARCH = datetime(2026, 3, 9, tzinfo=UTC)
"""A Monday on which the turn is mira's."""
DAY = timedelta(days=1)


def test_a_right_roster_has_nothing_to_complain_about() -> None:
    assert linted(europe(), *(Person(p, "Europe/Berlin") for p in ("mira", "capella", "altair"))) == ()


def test_a_day_that_is_too_long_is_said_once_for_a_person() -> None:
    found = of("long-duty", linted(europe(6, 20)))
    assert {f.people for f in found} == {("altair",), ("capella",), ("mira",)}
    assert all(f.times > 30 for f in found)
    assert "for more than 12 h at a stretch" in found[0].sentence
    assert "06:00–20:00 CE" in found[0].sentence
    assert of("long-duty", linted(europe(6, 20), limits=Limits(longest_duty=timedelta(hours=14)))) == []


def test_two_roles_one_after_the_other_are_one_stretch() -> None:
    """What the roster calls it does not matter to who is awake."""
    more = Rule("eu", Role.SECONDARY, ALL, time(16), time(22), rotation="eu-p")
    assert of("long-duty", linted(replace(europe(), rules=(*europe().rules, more))))
    manager = replace(more, role=Role.MANAGER)
    assert of("long-duty", linted(replace(europe(), rules=(*europe().rules, manager)))) == []


def test_a_rest_that_is_too_short() -> None:
    """From the late shift to the early one of the next day."""
    more = Rule("eu", Role.SECONDARY, ALL, time(20), time(21), rotation="eu-p")
    found = of("short-rest", linted(replace(europe(), rules=(*europe().rules, more))))
    assert {f.people for f in found} == {("mira",), ("capella",), ("altair",)}
    assert (
        "the shortest for 4 h: Sat 2026-01-10 16:00–20:00 CET"
        in next(f for f in found if f.people == ("mira",)).sentence
    )


def test_rest_is_measured_in_hours_that_pass() -> None:
    """Eleven hours by the wall clock are ten in the night on which it is put forward, and only then too few."""
    found = of("short-rest", linted(europe(8, 21)))
    assert [(f.times, f.end - f.start) for f in found] == [(1, timedelta(hours=10))]
    assert "Sat 2026-03-28 21:00–Sun 08:00 CEST" in found[0].sentence


def test_duty_at_night_where_the_person_lives() -> None:
    """It is day in Berlin, and night where this one lives."""
    people = (Person("mira", "America/Los_Angeles"), Person("capella", "Europe/Berlin"))
    found = of("night", linted(europe(), *people))
    assert [(f.people, f.regions) for f in found] == [(("mira",), ("eu",))]
    assert "in their night" in found[0].sentence
    assert "first as primary on Fri 2026-01-09 23:00–Sat 06:00 PST" in found[0].sentence
    assert of("night", linted(europe(), *people, limits=Limits(night_start=21, night_end=22))) == []


def test_weekends_that_fall_on_one_more_than_on_another() -> None:
    once = Rotation("eu-w", "Europe/Berlin", ("mira", "capella", "mira"), 7, time(8), date(2026, 1, 5))
    rule = Rule("eu", Role.WEEKEND, WEEKEND, time(8), time(16), rotation="eu-w")
    weekdays = replace(europe().rules[0], weekdays=frozenset(range(5)))
    made = replace(europe(), rotations=(*europe().rotations, once), rules=(weekdays, rule, *europe().rules[1:]))
    found = of("weekend-load", linted(made))
    assert [f.people for f in found] == [("mira", "capella")]
    assert "above fair" in found[0].sentence
    assert "below fair" in found[0].sentence
    assert of("weekend-load", linted(made, limits=Limits(weekend_uneven=timedelta(hours=500)))) == []


def test_time_off_without_cover_is_a_warning_while_another_region_leads() -> None:
    away = TimeOff("mira", MARCH, MARCH + 21 * DAY)
    found = of("uncovered", linted(replace(europe(), time_off=(away,))))
    assert [(f.severity, f.regions, f.times) for f in found] == [(Severity.WARNING, ("eu",), 7)]
    assert "eu has no primary 7 times, 56 h in all, first on Mon 2026-03-09: mira is away" in found[0].sentence
    covered = replace(away, cover="capella")
    assert of("uncovered", linted(replace(europe(), time_off=(covered,)))) == []


def test_time_off_that_leaves_nobody_anywhere_is_an_error() -> None:
    alone = replace(europe(), rules=europe().rules[:1])
    found = of("uncovered", linted(replace(alone, time_off=(TimeOff("mira", MARCH, MARCH + 21 * DAY),))))
    assert [f.severity for f in found] == [Severity.ERROR]
    assert (
        "For 56 h of it nobody is on duty anywhere, first on Mon 2026-03-09 from 07:00–15:00 UTC." in found[0].sentence
    )


def _on_holidays(how: OnHoliday, *, alone: bool) -> Rota:
    rules = (replace(europe().rules[0], on_holiday=how), *(() if alone else europe().rules[1:]))
    return replace(
        europe(), regions=(Region("eu", "Europe/Berlin", Calendar("DE", "BE")), *europe().regions[1:]), rules=rules
    )


def test_a_public_holiday_that_leaves_hours_to_nobody_is_an_error() -> None:
    """Closed on purpose, but no other region is there; with one that is, the roster is as wanted."""
    found = of("uncovered", linted(_on_holidays(OnHoliday.SKIP, alone=True)))
    assert {f.severity for f in found} == {Severity.ERROR}
    assert any("Good Friday" in f.sentence or "Karfreitag" in f.sentence for f in found)
    assert of("uncovered", linted(_on_holidays(OnHoliday.SKIP, alone=False))) == []
    assert of("uncovered", linted(_on_holidays(OnHoliday.IGNORE, alone=True))) == []


def test_who_is_paged_and_cannot_be_reached() -> None:
    people = (
        Person("mira", "Europe/Berlin", reachable=False),
        Person("sol", "Europe/Berlin", reachable=False, last_resort=True),
        Person("polaris", "Europe/Berlin", reachable=False, asked=True),
        Person("somebody", "Europe/Berlin", reachable=False),
        Person("capella", "Europe/Berlin"),
    )
    found = of("contact", linted(europe(), *people))
    assert {f.people[0]: f.sentence.partition(", ")[0] for f in found} == {
        "sol": "sol is the last resort of every page",
        "polaris": "polaris is named by an escalation policy",
        "mira": "mira is on duty 37 times",
    }


def test_a_last_resort_who_is_away() -> None:
    """Nobody is after them, so they are paged all the same, and somebody should know."""
    sol = Person("sol", "Europe/Berlin", last_resort=True)
    off = TimeOff("sol", MARCH, MARCH + 3 * DAY)
    [found] = of("resort-away", linted(replace(europe(), time_off=(off,)), sol))
    assert found.people == ("sol",)
    assert "has time off once, the first from Mon 2026-03-09" in found.sentence
    assert of("resort-away", linted(replace(europe(), time_off=(off,)), replace(sol, last_resort=False))) == []


def test_a_taker_of_a_swap_who_is_away_then() -> None:
    """They stay on, because a swap is stronger than time off: grafana/oncall 322 would have been silent."""
    swap = Swap("eu", Role.PRIMARY, "mira", "altair", MARCH, MARCH + DAY, MARCH - DAY)
    away = TimeOff("altair", MARCH - DAY, MARCH + 2 * DAY)
    found = of("swap-away", linted(replace(europe(), swaps=(swap,), time_off=(away,))))
    assert [f.people for f in found] == [("altair", "mira")]
    assert "on Mon 2026-03-09 08:00–16:00 CET" in found[0].sentence
    assert of("swap-away", linted(replace(europe(), swaps=(swap,)))) == []


def test_a_swap_whose_giver_has_no_such_shift() -> None:
    swap = Swap("eu", Role.PRIMARY, "capella", "altair", MARCH, MARCH + DAY, MARCH - DAY)
    found = of("swap-void", linted(replace(europe(), swaps=(swap,))))
    assert [f.people for f in found] == [("capella", "altair")]
    mine = replace(swap, giver="mira")
    assert of("swap-void", linted(replace(europe(), swaps=(mine,)))) == []
    assert of("swap-void", linted(replace(europe(), swaps=(swap,)), start=MARCH + 9 * DAY)) == []


def test_findings_come_with_errors_first_and_within_the_window() -> None:
    away = TimeOff("mira", MARCH, MARCH + 21 * DAY)
    found = linted(replace(europe(6, 20), rules=europe(6, 20).rules[:1], time_off=(away,)))
    severities = [f.severity for f in found]
    assert severities == sorted(severities)
    assert all(START - 4 * DAY <= f.start < f.end <= MAY + 4 * DAY for f in found)
