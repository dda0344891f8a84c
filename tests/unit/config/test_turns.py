"""Rotations, rules and temporary schedules of the file: what cannot be is refused, everything else reaches the rota."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from bot.config.file import load
from schedules.rota.model import Edit, OnHoliday, Role, Rota, Shift, Temporary
from tests.unit.config.rosters import ENV, changed, line_of, problems

EU = "{id: eu-primary, region: eu, people: [mira, capella, altair], length: {weeks: 1}"
EU_RULE = "rotation: eu-primary}"
EU_MANAGER = "{region: eu, role: manager"
ONE = "{region: eu, start: 2026-12-24, end: 2026-12-27, roles: [primary], shifts: []}"
MISTAKES = {
    "a rotation with nobody": (
        "people: [mira, capella, altair], length",
        "people: [], length",
        "people: [], length",
        "`people`: the list is empty; write at least one item",
    ),
    "a turn of no hours": (
        EU,
        EU.replace("weeks: 1", "hours: 0"),
        "length: {hours: 0}",
        "`length`: a turn lasts an hour at least; write {weeks: 1}, {days: 1} or {hours: 12}",
    ),
    "weekdays for a turn of a week": (
        EU,
        f"{EU}, advances_on: [mon]",
        "{id: eu-primary",
        "`advances_on`: only a turn of one day chooses the weekdays on which the next begins; write length: {days: 1}",
    ),
    "an edit that changes nothing": (
        EU,
        f"{EU}, edits: [{{from: 2026-09-07}}]",
        "{id: eu-primary",
        "`edits`: this changes nothing; write what is new: `people`, `length` or `start`",
    ),
    "an edit to nobody": (
        EU,
        f"{EU}, edits: [{{from: 2026-09-07, people: [], start: 2026-09-07}}]",
        "{id: eu-primary",
        "`people`: the list is empty; write at least one item",
    ),
    "an edit without a date": (
        EU,
        f"{EU}, edits: [{{people: [mira]}}]",
        "{id: eu-primary",
        "`from`: this is missing; add it",
    ),
    "an edit whose date has another name": (
        EU,
        f"{EU}, edits: [{{from: 2026-09-07, form: 2026-09-07, people: [mira]}}]",
        "{id: eu-primary",
        "`form`: there is no such option here; did you mean `from`?",
    ),
    "an edit with an unknown person": (
        EU,
        f"{EU}, edits: [{{from: 2026-09-07, people: [mirra]}}]",
        "{id: eu-primary",
        "`people`: there is no person `mirra` in this file; did you mean `mira`?",
    ),
    "an edit that starts after its date": (
        EU,
        f"{EU}, edits: [{{from: 2026-09-07, start: 2026-09-14}}]",
        "{id: eu-primary",
        "`start`: from 2026-09-07 on there would be nobody until 2026-09-14; write from: 2026-09-14, or an earlier",
    ),
    "two edits from one date": (
        EU,
        f"{EU}, edits: [{{from: 2026-09-07, people: [mira]}}, {{from: 2026-09-07, length: {{days: 1}}}}]",
        "{id: eu-primary",
        "`from`: line ",
    ),
    "a rule that ends before it begins": (
        EU_RULE,
        "rotation: eu-primary, from: 2026-09-07, until: 2026-09-07}",
        "{region: eu, role: primary",
        "`until`: this rule begins on 2026-09-07 and counts no more from 2026-09-07 on; write a date after `from`",
    ),
    "a day for holidays that do not matter": (
        EU_RULE,
        "rotation: eu-primary, holiday_day: sat}",
        "{region: eu, role: primary",
        "`holiday_day`: no other day's rule takes the place of this one; write on_holiday: weekend, or leave it out",
    ),
    "a daytime that ends before it starts": (
        "user_group: S0SUPPORTEU",
        'user_group: S0SUPPORTEU\n    daytime: {start: "20:00", end: "8:00"}',
        'daytime: {start: "20:00"',
        "`daytime`: it cannot be day from 20:00 to 8:00; the end is after the start",
    ),
    "temporary schedules that overlap": (
        "\ntemporary: []",
        f"\ntemporary:\n  - {ONE}\n  - {ONE.replace('2026-12-24', '2026-12-26').replace('12-27', '12-30')}",
        "{region: eu, start: 2026-12-26",
        "`temporary`: from 2026-12-26 00:00 on that of line ",
    ),
    "temporary schedules of which one has all roles": (
        "\ntemporary: []",
        f"\ntemporary:\n  - {ONE}\n  - {ONE.replace(', roles: [primary]', '')}",
        "{region: eu, start: 2026-12-24, end: 2026-12-27, shifts: []}",
        "`temporary`: from 2026-12-24 00:00 on that of line ",
    ),
    "a temporary schedule that ends before it starts": (
        "\ntemporary: []",
        f"\ntemporary:\n  - {ONE.replace('12-27', '12-24')}",
        "{region: eu, start: 2026-12-24",
        "`end`: 2026-12-24 00:00 is not after the start; write a later one",
    ),
    "a temporary schedule of an unknown region": (
        "\ntemporary: []",
        f"\ntemporary:\n  - {ONE.replace('region: eu', 'region: eur')}",
        "{region: eur",
        "`region`: there is no region `eur` in this file; did you mean `eu`?",
    ),
    "a temporary shift outside its schedule": (
        "\ntemporary: []",
        "\ntemporary:\n  - "
        + ONE.replace("[]", "[{role: primary, person: mira, start: 2026-12-26 20:00, end: 2026-12-27 06:00}]"),
        "{region: eu, start: 2026-12-24",
        "`shifts`: this is not within the schedule's 2026-12-24 00:00 to 2026-12-27 00:00; shorten it",
    ),
    "a temporary shift of a role that stays": (
        "\ntemporary: []",
        "\ntemporary:\n  - " + ONE.replace("[]", "[{role: manager, person: mira, start: 2026-12-26, end: 2026-12-27}]"),
        "{region: eu, start: 2026-12-24",
        "`role`: this schedule leaves manager as it is; write it in `roles`, or another role",
    ),
    "a local time with a zone": (
        "\ntemporary: []",
        f"\ntemporary:\n  - {ONE.replace('start: 2026-12-24', 'start: 2026-12-24T18:00+01:00')}",
        "{region: eu, start: 2026-12-24T18",
        "`start`: `2026-12-24T18:00+01:00` names a zone; write what the region's clocks show: 2026-12-24 18:00",
    ),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_it_is_reported_alone_at_its_line_with_what_to_write(tmp_path: Path, kind: str) -> None:
    right, wrong, at, said = MISTAKES[kind]
    text = changed(right, wrong)
    found = problems(tmp_path, text)
    assert len(found) == 1, found
    where, _, what = found[0].partition(": ")
    assert where == f"heliograph.yaml:{line_of(text, at)}"
    assert what.startswith(said)


def test_everything_a_rotation_can_say_reaches_the_rota(tmp_path: Path) -> None:
    edits = "edits: [{from: 2026-09-07, people: [mira]}, {from: 2026-10-05, length: {hours: 12}, start: 2026-10-01}]"
    text = changed(EU, f"{EU.replace('weeks: 1', 'days: 1')}, advances_on: [mon, wed], {edits}")
    rota = _loaded(tmp_path, text)
    found = rota.rotation("eu-primary")
    assert (found.days, found.hours, found.advances) == (1, 0, frozenset({0, 2}))
    assert found.edits == (
        Edit(date(2026, 9, 7), ("mira",)),
        Edit(date(2026, 10, 5), (), 0, 12, date(2026, 10, 1)),
    )


def test_everything_a_rule_and_a_region_can_say_reaches_the_rota(tmp_path: Path) -> None:
    region = 'user_group: S0SUPPORTEU\n    holidays: {country: DE}\n    daytime: {start: "08:00", end: "20:00"}'
    dated = "rotation: eu-primary, on_holiday: weekend, holiday_day: sat, from: 2026-04-01, until: 2026-10-01}"
    rota = _loaded(tmp_path, changed("user_group: S0SUPPORTEU", region, changed(EU_RULE, dated)))
    rule = next(r for r in rota.rules if r.rotation == "eu-primary")
    assert (rule.on_holiday, rule.holiday_day) == (OnHoliday.WEEKEND, 5)
    assert (rule.since, rule.until) == (date(2026, 4, 1), date(2026, 10, 1))
    assert {r.id: r.daytime for r in rota.regions}["eu"] == (time(8), time(20))
    assert {r.id: r.daytime for r in rota.regions}["us"] == (time(9), time(18))


def test_a_temporary_schedule_is_in_the_regions_local_time(tmp_path: Path) -> None:
    shift = "{role: primary, person: mira, start: 2026-12-24 09:00, end: 2026-12-24T13:00}"
    rota = _loaded(tmp_path, changed("\ntemporary: []", f"\ntemporary:\n  - {ONE.replace('[]', f'[{shift}]')}"))
    start, end = datetime(2026, 12, 23, 23, tzinfo=UTC), datetime(2026, 12, 26, 23, tzinfo=UTC)
    hours = datetime(2026, 12, 24, 8, tzinfo=UTC), datetime(2026, 12, 24, 12, tzinfo=UTC)
    made = Shift("eu", Role.PRIMARY, "mira", *hours)
    assert rota.temporary == (Temporary("eu", start, end, (made,), frozenset({Role.PRIMARY})),)


def test_rules_that_follow_each_other_in_the_year_do_not_overlap(tmp_path: Path) -> None:
    """Summer and winter hours are two rules of the same weekdays."""
    summer = 'start: "08:00", end: "18:30", rotation: eu-primary, until: 2026-10-01}'
    winter = "\n  - {region: eu, role: primary, weekdays: [mon, tue], " + (
        'start: "09:00", end: "18:30", person: mira, from: 2026-10-01}'
    )
    rota = _loaded(tmp_path, changed('start: "08:00", end: "18:30", rotation: eu-primary}', summer + winter))
    assert [r.since for r in rota.rules if r.person == "mira"] == [date(2026, 10, 1)]


def _loaded(folder: Path, text: str) -> Rota:
    file = folder / "heliograph.yaml"
    file.write_text(text)
    return load(file, ENV).rota()
