"""Gaps and doubled hours, once for each layout of the clocks."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from schedules.rota import resolve, spans
from schedules.rota.lint import layouts
from schedules.rota.lint.model import Limits, Severity
from schedules.rota.model import Region, Role, Rule
from tests.unit.rota.lint.rosters import END, START, WEEKEND, ZONES, linted, of, tiling

REGIONS = tuple(Region(id, zone) for id, zone in ZONES.items())
HOUR = timedelta(hours=1)


def test_2026_has_six_changes_and_four_layouts() -> None:
    found = layouts.of(REGIONS, START, END)
    zones = [ZoneInfo(zone) for zone in ZONES.values()]
    assert len(layouts.changes(zones, START, END)) == 6
    assert [layout.clocks for layout in found] == [
        ("AEDT", "IST", "CET", "PST"),
        ("AEDT", "IST", "CET", "PDT"),
        ("AEDT", "IST", "CEST", "PDT"),
        ("AEST", "IST", "CEST", "PDT"),
    ]


def test_the_periods_of_all_layouts_are_the_window() -> None:
    found = sorted(period for layout in layouts.of(REGIONS, START, END) for period in layout.periods)
    assert (found[0][0], found[-1][1]) == (START, END)
    assert all(one[1] == other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 4, 23, 22, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ],
)
def test_a_change_is_found_to_the_second(zone: str, change: datetime) -> None:
    """Half an hour in Lord Howe, at midnight in Cairo."""
    assert layouts.changes([ZoneInfo(zone)], START, END)[0] == change


def test_a_zone_that_never_changes_has_one_layout() -> None:
    assert len(layouts.of((Region("in", "Asia/Kolkata"),), START, END)) == 1


def test_a_roster_that_tiles_in_july_leaves_an_hour_or_two_in_every_other_layout() -> None:
    """Each kind of gap once, and never in the layout that July has (the reference says 60 to 120 minutes a day)."""
    found = of("gap", linted(tiling(), end=END))
    assert {f.layout for f in found} == {"A", "B", "C"}
    for layout in "ABC":
        open_ = sum(((f.end - f.start) for f in found if f.layout == layout), timedelta())
        assert HOUR <= open_ <= 2 * HOUR
    assert all(f.severity is Severity.ERROR for f in found)
    assert len(found) == 5


def test_the_gaps_said_are_all_there_are() -> None:
    """An oracle: the hours without a lead, day by day, are those of the findings times their number."""
    found = of("gap", linted(tiling(), end=END))
    leads = resolve.resolve(tiling(), START, END).leads
    open_ = spans.without([(START, END)], ((x.start, x.end) for x in leads))
    assert sum((end - start for start, end in open_), timedelta()) == sum(
        ((f.end - f.start) * f.times for f in found), timedelta()
    )


def test_a_gap_is_said_with_local_times_and_what_to_do() -> None:
    first = of("gap", linted(tiling(), end=END))[0]
    assert first.sentence == (
        "Nobody is on duty for 1 h from 03:00–04:00 UTC every day, 127 times, first on Sat 2026-01-10 "
        "(au 14:00–15:00 AEDT, in 08:30–09:30 IST)."
    )
    assert first.fix == "Let a rule of au end at 15:00, or let one of in start at 08:30."


def test_as_much_is_doubled_as_is_missing() -> None:
    found = linted(tiling(), end=END)
    for layout in "ABC":
        missing = sum((f.end - f.start for f in of("gap", found) if f.layout == layout), timedelta())
        doubled = sum((f.end - f.start for f in of("overlap", found) if f.layout == layout), timedelta())
        assert missing == doubled
    assert {f.severity for f in of("overlap", found)} == {Severity.WARNING}


def test_a_roster_with_an_hour_to_spare_has_neither() -> None:
    """Hours that overlap in all layouts are what a handoff needs, and no finding."""
    wide = tiling()
    rules = tuple(replace(r, end=time((r.end.hour + 3) % 24, r.end.minute)) for r in wide.rules)
    assert linted(replace(wide, rules=rules), end=END) == ()


def test_an_overlap_beyond_the_limit_is_said_where_nothing_is_missing() -> None:
    wide = tiling()
    rules = tuple(replace(r, end=time((r.end.hour + 3) % 24, r.end.minute)) for r in wide.rules)
    found = linted(replace(wide, rules=rules), limits=Limits(longest_overlap=timedelta(hours=3, minutes=30)), end=END)
    assert {f.rule for f in found} == {"overlap"}
    assert "longer than the limit" in found[0].sentence
    assert all(f.end - f.start > timedelta(hours=3, minutes=30) for f in found)


def test_a_weekend_nobody_has_is_one_gap_however_often_it_comes() -> None:
    """Uncut, though the window starts in the middle of one; only those over a clock change are longer or shorter."""
    workdays = tuple(replace(r, weekdays=frozenset(range(5)), start=time(0), end=time(0)) for r in tiling().rules)
    found = of("gap", linted(replace(tiling(), rules=workdays), start=START + 6 * HOUR, end=START + timedelta(days=21)))
    assert [(f.times, f.start, f.end - f.start) for f in found] == [
        (3, datetime(2026, 1, 10, 8, tzinfo=UTC), timedelta(hours=29))
    ]
    assert found[0].fix.endswith("or add a rule for these hours.")


def test_two_who_are_asked_first_in_one_region() -> None:
    """The file's own check sees one role; the weekend's rule may overlap the primary's."""
    more = (*tiling().rules, Rule("eu", Role.WEEKEND, WEEKEND, time(14), time(16), person="castor"))
    found = of("doubled", linted(replace(tiling(), rules=more), end=END))
    assert [(f.regions, f.times) for f in found] == [(("eu",), 105)]
    assert found[0].sentence.endswith("first on Sat 2026-01-10 from 14:00–16:00 CET.")


def test_a_night_on_which_clocks_go_back_doubles_nobody() -> None:
    """Shifts that touch at 02:30 are both on for the hour that comes twice: so no gap can be."""
    rules = (
        Rule("eu", Role.PRIMARY, frozenset(range(7)), time(2, 30), time(14, 30), person="early"),
        Rule("eu", Role.PRIMARY, frozenset(range(7)), time(14, 30), time(2, 30), person="late"),
    )
    found = linted(replace(tiling(), rules=rules), end=END)
    assert of("doubled", found) == []
    assert of("gap", found) == []
