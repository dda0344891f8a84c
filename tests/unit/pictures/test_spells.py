"""The sheet in words: as much as the picture says, gaps first, and readable aloud."""

from bot.pictures import spells
from bot.pictures.sheet import Row, Sheet
from tests.unit.pictures import rosters


def row(sheet: Sheet, id: str) -> Row:
    return next(row for row in sheet.rows if row.id == id)


def said(sheet: Sheet, id: str) -> list[str]:
    return [
        f"{s.days} {s.start}–{s.end} {s.role} {s.name} [{s.why}] second {s.second}".removesuffix(" second ")
        for s in spells.of_row(row(sheet, id), sheet.zone)
    ]


def test_days_in_a_row_with_the_same_hours_are_one_line() -> None:
    """A week of one person is a line, with who is second on the same days behind them."""
    assert said(rosters.made(rosters.rota()), "eu") == [
        "Mon 23 – Fri 27 Nov 08:00–18:00 primary Capella [] second Altair",
        "Sat 28 – Sun 29 Nov 08:00–18:00 weekend Mira []",
        "Mon 30 Nov – Fri 4 Dec 08:00–18:00 primary Altair [] second Mira",
        "Sat 5 – Sun 6 Dec 08:00–18:00 weekend Capella []",
    ]


def test_what_an_exception_did_is_said_with_whom_it_replaced() -> None:
    lines = said(rosters.made(rosters.busy()), "in")
    assert any("Spica [swap, instead of Regulus]" in line for line in lines)


def test_the_headline_has_the_first_gap() -> None:
    assert spells.headline(rosters.made(rosters.rota())) == "On call, 23 Nov – 6 Dec: no gaps"
    headline = spells.headline(rosters.made(rosters.busy()))
    assert headline.startswith("On call, 23 Nov – 6 Dec: ")
    assert "gaps, first Australia (primary) Tue 1 Dec 22:00–Wed 2 Dec" in headline


def test_every_turn_of_the_picture_stands_in_the_words() -> None:
    """Counted by day: nobody who is drawn is left out, and nobody is said who is not drawn."""
    sheet = rosters.made(rosters.busy(), zone="America/Los_Angeles")
    for one in sheet.rows:
        drawn = sum(1 for turn in one.turns)
        lines = spells.of_row(one, sheet.zone)
        days = sum((s.last - s.first).days + 1 for s in lines)
        seconds = sum((s.last - s.first).days + 1 for s in lines if s.second)
        assert days + seconds == drawn
