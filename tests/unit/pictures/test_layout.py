"""Where the picture has what, as values: bars at their hours, words beside each other and inside the card."""

from datetime import timedelta
from functools import cache
from itertools import combinations, pairwise

import pytest

from bot.pictures import layout, typeface
from bot.pictures.drawing import Box, Drawing, Kind
from bot.pictures.sheet import Sheet
from tests.unit.pictures import rosters
from tests.unit.pictures.rosters import at

LONG = {
    "mira": "Jürgen Müller-Lüdenscheidt",
    "capella": "Bartholomäus Freiherr von Hohenstein-Zollern",
    "spica": "अनुष्का शर्मा",
    "atria": "李小龍",
    "vega": "김민수",
}


def placed(sheet: Sheet) -> Drawing:
    return layout.place(sheet, typeface.width)


def about(drawing: Drawing, words: str) -> list[Box]:
    return [box for box in drawing.boxes if words in box.about]


@cache
def scenes() -> dict[str, Sheet]:
    return {
        "normal": rosters.made(rosters.rota()),
        "busy": rosters.made(rosters.busy()),
        "long names": rosters.made(rosters.busy(), **LONG),
        "clocks go back": rosters.made(rosters.rota(), now=at(10, 20)),
        "clocks go forward, in Lord Howe": rosters.made(rosters.rota(), zone="Australia/Lord_Howe", now=at(9, 29)),
        "one region": rosters.made(rosters.busy(), region="au"),
    }


@pytest.mark.parametrize("name", scenes())
def test_no_words_lie_over_others_or_beside_the_card(name: str) -> None:
    """Measured with the fonts that are drawn with: every line inside the picture, no two lines in one place."""
    drawing = placed(scenes()[name])
    for words in drawing.words:
        assert words.x >= 0
        assert words.right <= drawing.width - layout.MARGIN + 1, words
        assert words.y + words.size / 2 <= drawing.height
    for one, other in combinations(drawing.words, 2):
        beside = one.right <= other.x + 0.5 or other.right <= one.x + 0.5
        apart = abs(one.y - other.y) >= min(one.size, other.size) * 0.6
        assert beside or apart, (one, other)


def test_a_bar_stands_at_its_hours() -> None:
    """Tuesday's primary of Europe, 08:00–18:00 in the reader's Berlin: a third to three quarters of the day."""
    drawing = placed(rosters.made(rosters.rota()))
    day = (layout.RIGHT - layout.LEFT) / 7
    bar = about(drawing, "primary capella")[1]
    assert bar.x - 1 == pytest.approx(layout.LEFT + day * (1 + 8 / 24))
    assert bar.right + 1 == pytest.approx(layout.LEFT + day * (1 + 18 / 24), abs=1)


def test_the_now_line_is_now() -> None:
    """Tuesday 17:05 in Berlin, in the first of the two weeks and not in the second."""
    drawing = placed(rosters.made(rosters.rota()))
    [line] = drawing.of(Kind.NOW)
    day = (layout.RIGHT - layout.LEFT) / 7
    assert line.x + line.width / 2 == pytest.approx(layout.LEFT + day * (1 + (17 + 5 / 60) / 24))
    assert [w.text for w in drawing.words if w.text.startswith("now")] == ["now 17:05"]


def test_a_week_of_169_hours_is_as_wide_as_any_and_its_day_is_wider() -> None:
    """The day on which clocks go back is 25/24 of its neighbours, and says so."""
    drawing = placed(rosters.made(rosters.rota(), now=at(10, 20)))
    edges = [box.x for box in drawing.of(Kind.DAY)][:8]
    widths = [b - a for a, b in pairwise(edges)]
    assert widths[6] / widths[5] == pytest.approx(25 / 24, rel=0.02)
    assert "25 h" in [w.text for w in drawing.words]


def test_each_hole_is_a_hatched_box_of_its_hours_and_the_headline_counts_them() -> None:
    sheet = rosters.made(rosters.busy())
    drawing = placed(sheet)
    gaps = [box for box in drawing.of(Kind.GAP) if box.about != "legend"]
    assert len(gaps) >= len(sheet.holes)
    assert [box.about for box in drawing.of(Kind.BAD)] == [f"{len(sheet.holes)} gaps"]
    assert any(w.text == "nobody" for w in drawing.words)
    assert placed(rosters.made(rosters.rota())).of(Kind.GOOD)[0].about == "No gaps"


def test_even_ten_minutes_of_nobody_are_seen() -> None:
    """A hole is never narrower than a line that the eye finds."""
    short = rosters.made(rosters.busy())
    hole = short.rows[0].holes[0]
    assert hole.end - hole.start > timedelta(minutes=10)
    drawing = placed(short)
    assert all(box.width >= layout.MIN_BAR for box in drawing.of(Kind.GAP))


def test_people_on_duty_at_once_have_lanes_of_their_own() -> None:
    """Castor helps Capella on Friday: two bars at one time, one under the other."""
    drawing = placed(rosters.made(rosters.busy()))
    [helper] = about(drawing, "primary castor")
    beside = [b for b in about(drawing, "primary capella") if b.x <= helper.x and b.right >= helper.right]
    assert len(beside) == 1
    assert beside[0].bottom <= helper.y


def test_an_exception_of_half_an_hour_has_its_name_in_a_lane_of_its_own() -> None:
    """Mira stands in for Capella at 17:05: her name is whole, with its mark, and Capella's stands once."""
    drawing = placed(rosters.made(rosters.interrupted(), region="eu"))
    bar = next(b for b in about(drawing, "primary mira") if b.width < 10)
    name = next(w for w in drawing.words if w.text == "Mira" and w.bold and abs(w.x - bar.x) < 60)
    [badge] = [b for b in drawing.of(Kind.BADGE) if b.about == "override"]
    assert badge.x >= name.right
    parts = [b for b in about(drawing, "primary capella") if b.bottom <= bar.y and abs(b.x - bar.x) < 100]
    assert len(parts) == 2
    under = [w for w in drawing.words if w.text == "Capella" and w.bold and abs(w.y - parts[0].bottom) < 30]
    assert len([w for w in under if w.right >= parts[0].x and w.x <= parts[1].right]) == 1


def test_every_boundary_of_the_lead_is_marked() -> None:
    sheet = rosters.made(rosters.rota())
    changes = [x for x in sheet.leads[1:] if x.region and x.start != sheet.weeks()[1][0].start]
    assert len(placed(sheet).of(Kind.BOUNDARY)) == len(changes)


def test_a_name_that_does_not_fit_is_shortened_and_says_so() -> None:
    drawing = placed(rosters.made(rosters.busy(), **LONG))
    shortened = [w.text for w in drawing.words if w.text.startswith("Barthol")]
    assert shortened
    assert all(text.endswith("…") or text == LONG["capella"] for text in shortened)


def test_the_layout_of_the_first_day() -> None:
    """The boxes of Europe's row on the first Monday, as they are: a change here is a change of the picture."""
    drawing = layout.place(rosters.made(rosters.rota(), region="eu"), lambda text, size, bold: len(text) * size * 0.55)
    first = [b for b in drawing.boxes if b.kind in (Kind.PRIMARY, Kind.SECONDARY) and b.x < layout.LEFT + 190]
    found = [(b.kind.value, int(b.x), int(b.y), int(b.width), b.height, b.about) for b in first[:2]]
    assert found == [
        ("primary", 281, 236, 78, 20, "primary capella"),
        ("secondary", 281, 293, 78, 9, "secondary altair"),
    ]
