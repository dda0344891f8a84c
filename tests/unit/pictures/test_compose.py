"""What stands on a sheet: who by which exception, where nobody is, which days are off, in whose time."""

from bot.pictures.sheet import Row, Sheet, Turn
from tests.unit.pictures import rosters
from tests.unit.pictures.rosters import at


def row(sheet: Sheet, id: str) -> Row:
    return next(row for row in sheet.rows if row.id == id)


def marked(sheet: Sheet, id: str) -> list[tuple[str, str, str]]:
    turns: list[Turn] = [turn for turn in row(sheet, id).turns if turn.mark]
    return sorted({(turn.person, turn.mark, turn.instead_of) for turn in turns})


def test_says_which_exception_put_somebody_there_and_for_whom() -> None:
    """A replacement, somebody beside the others, a swap and a cover: each with its word and whom it replaced."""
    sheet = rosters.made(rosters.busy())
    assert marked(sheet, "us") == [("deneb", "override", "Rigel")]
    assert marked(sheet, "eu") == [("capella", "cover", "Mira"), ("castor", "override", "Capella")]
    assert marked(sheet, "in") == [("spica", "swap", "Regulus")]


def test_by_the_rules_alone_nothing_is_marked() -> None:
    sheet = rosters.made(rosters.rota())
    assert not any(turn.mark for r in sheet.rows for turn in r.turns)
    assert sheet.holes == []


def test_days_that_nobody_has_are_holes() -> None:
    """Antares is away with nobody to cover: the primary of Australia is open, in whole shifts, soonest first."""
    holes = rosters.made(rosters.busy()).holes
    assert {(r.id, hole.role) for r, hole in holes} == {("au", "primary")}
    assert holes[0][1].start == at(12, 1, 21)


def test_days_are_the_readers_and_what_is_off_is_the_regions() -> None:
    """The sheet begins on the reader's Monday; Saturday in Sydney begins on the Friday of a reader in Berlin."""
    sheet = rosters.made(rosters.rota())
    assert sheet.start == at(11, 22, 23)
    assert next(off.start for off in row(sheet, "au").off) == at(11, 27, 13)
    assert [off.holiday for off in row(sheet, "us").off if off.holiday] == ["Thanksgiving Day"]


def test_a_day_on_which_the_clocks_change_has_23_or_25_hours() -> None:
    back = rosters.made(rosters.rota(), now=at(10, 20))
    forward = rosters.made(rosters.rota(), now=at(3, 24))
    assert [day.hours for day in back.days if day.hours != 24] == [25.0]
    assert [day.hours for day in forward.days if day.hours != 24] == [23.0]


def test_the_lead_is_somewhere_or_nowhere_at_every_instant() -> None:
    """The band has no holes: where nobody leads, it says so."""
    sheet = rosters.made(rosters.busy())
    assert sheet.leads[0].start == sheet.start
    assert sheet.leads[-1].end == sheet.end
    assert all(one.end == two.start for one, two in zip(sheet.leads, sheet.leads[1:], strict=False))


def test_one_region_alone() -> None:
    sheet = rosters.made(rosters.rota(), region="eu")
    assert [r.id for r in sheet.rows] == ["eu"]
    assert {name for _, name, _ in sheet.leaders} == {"Australia", "India", "Europe", "United States"}


def test_who_carries_the_weekends_stands_there_with_who_is_next() -> None:
    """Capella covered a weekend of Mira's: more hours than fair, so somebody else is next."""
    europe = row(rosters.made(rosters.busy()), "eu")
    assert europe.burdens[0].name == "Capella"
    assert europe.burdens[0].hours > europe.burdens[0].fair
    assert europe.next is not None
    assert europe.next.name != "Capella"
