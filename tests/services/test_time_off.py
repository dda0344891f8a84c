"""Time off on both databases: what it opens, who is asked, the first who takes it has it, and back again."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.errors import Conflict, Forbidden, UserError
from bot.roster.model import CoverState
from bot.roster.tables import CoverRow, TimeOffRow
from bot.roster.time_off import Wanted
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.book import HOUR, TUESDAY, Book, book, local, quick, refused

__all__ = ["book", "database_url", "db", "postgres_server", "postgres_url", "quick"]


async def off(book: Book, source: str = "s1", **change: object) -> TimeOffRow:
    """Altair, for his week as primary."""
    fields = {"start": local(30, 0, 11), "end": local(5, 0)} | change
    return await book.changes.time_off.take(book.actor("altair"), Wanted(**fields), source)  # type: ignore[arg-type]


async def taken(book: Book, person: str, source: str = "") -> str:
    """Takes the first thing that is asked for."""
    view = await book.changes.time_off.take_over(book.actor(person), 1, source or f"{person}/take")
    return str(view.taken_by)


async def covers(book: Book) -> list[str]:
    async with book.db.read() as tx:
        return [row.state for row in (await tx.scalars(select(CoverRow).order_by(CoverRow.id))).all()]  # type: ignore[arg-type]


async def test_it_says_at_once_what_it_opens_and_offers_to_ask(book: Book) -> None:
    await off(book)
    await off(book)
    (mine,) = (await book.sent("off/")).values()
    assert mine.user == "U0ALTAIR"
    assert "primary" in str(mine.content)
    assert await book.live_buttons() == {"off/1/mine": ["oncall.off_ask", "oncall.off_cancel"]}
    assert await book.on(local(1, 12)) == []


async def test_where_it_opens_nothing_nobody_is_asked(book: Book) -> None:
    await off(book, start=local(7, 0), end=local(11, 0))
    assert "It opens no shift" in str((await book.sent("off/"))["off/1/mine"].content)
    assert await book.live_buttons() == {"off/1/mine": ["oncall.off_cancel"]}


async def test_who_is_free_is_asked_and_the_first_has_the_whole_week(book: Book) -> None:
    """Capella, Mira and their lead are free; whoever is second is told who was first, and no button is left."""
    await off(book)
    await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)
    asked = {row.user for name, row in (await book.sent("off/1/cover/")).items()}
    assert asked == {"U0MIRA", "U0CAPELLA", "U0CASTOR"}
    assert await taken(book, "mira") == "U0MIRA"
    assert [await book.on(local(day, 12)) for day in (1, 4)] == [["mira"], ["mira"]]
    assert await book.on(local(30, 12, 11)) == ["mira"]
    with pytest.raises(Conflict, match="<@U0MIRA> was first"):
        await taken(book, "capella")
    assert await book.live_buttons() == {"off/1/mine": ["oncall.off_cancel"]}
    assert "off/1/cover/1/taken/U0ALTAIR" in await book.sent("off/1/cover/1/")


async def test_of_two_at_once_one_wins(book: Book) -> None:
    await off(book)
    await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)
    both = await asyncio.gather(taken(book, "mira"), taken(book, "capella"), return_exceptions=True)
    assert sorted(isinstance(one, Conflict) for one in both) == [False, True]
    assert len(await book.on(local(1, 12))) == 1


async def test_the_same_click_again_is_answered_as_before(book: Book) -> None:
    await off(book)
    await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)
    assert await taken(book, "mira", "click") == await taken(book, "mira", "click") == "U0MIRA"


async def test_back_again_covers_end_and_are_told(book: Book) -> None:
    await off(book)
    await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)
    await taken(book, "mira")
    await book.changes.time_off.cancel(book.actor("altair"), 1)
    assert await book.on(local(1, 12)) == ["altair"]
    assert await covers(book) == [CoverState.CLOSED.value]
    assert "off/1/cover/1/closed/U0MIRA" in await book.sent("off/1/cover/1/")
    assert await book.live_buttons() == {}
    with pytest.raises(Conflict, match="cancelled already"):
        await book.changes.time_off.cancel(book.actor("altair"), 1)


async def test_a_cover_that_is_named_has_everything_and_is_told_both_times(book: Book) -> None:
    await off(book, cover="mira")
    assert await book.on(local(1, 12)) == ["mira"]
    await book.changes.time_off.cancel(book.actor("altair"), 1)
    assert await book.on(local(1, 12)) == ["altair"]
    told = await book.sent("off/1/")
    assert [told[name].user for name in ("off/1/covering", "off/1/cancelled")] == ["U0MIRA", "U0MIRA"]


async def test_what_nobody_took_is_closed_when_it_begins(book: Book) -> None:
    await off(book)
    await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)
    book.clock.jump(local(30, 8, 11))
    await book.changes.tick()
    assert await covers(book) == [CoverState.CLOSED.value]
    assert await book.live_buttons() == {"off/1/mine": ["oncall.off_cancel"]}
    with pytest.raises(Conflict, match="not needed any more"):
        await taken(book, "mira")


async def test_asked_twice_is_refused(book: Book) -> None:
    await off(book)
    await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)
    with pytest.raises(Conflict, match="asked already"):
        await book.changes.time_off.ask_for_cover(book.actor("altair"), 1)


async def test_somebody_else_s_time_off_is_not_mine_to_change(quick: Book) -> None:
    await off(quick)
    with pytest.raises(UserError, match="not a time off of yours"):
        await quick.changes.time_off.cancel(quick.actor("mira"), 1)
    with pytest.raises(Forbidden):
        await quick.changes.time_off.cancel(quick.actor("U0OPAL"), 1)


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"start": TUESDAY - HOUR}, "in the past", "start"),
        ({"end": local(29, 0, 11)}, "ends before it starts", "end"),
        ({"end": local(30, 0, 11)}, "ends before it starts", "end"),
        ({"end": local(30, 0, 11) + timedelta(days=367)}, "a year at the most", "end"),
        ({"cover": "vega"}, "nobody who could cover", "cover"),
        ({"cover": "altair"}, "nobody who could cover", "cover"),
        ({"cover": "ghost"}, "nobody who could cover", "cover"),
    ],
)
async def test_what_makes_no_sense_is_refused_on_its_field(
    quick: Book, change: dict[str, object], words: str, field: str
) -> None:
    with refused(words, field):
        await off(quick, **change)  # type: ignore[arg-type]
    assert await quick.sent() == {}


async def test_the_same_time_off_twice_is_refused(quick: Book) -> None:
    await off(quick)
    with refused("time off then already", "start"):
        await off(quick, "s2")
    await off(quick, "s3", start=local(5, 0), end=local(6, 0))


async def test_who_is_away_or_deactivated_covers_nobody(quick: Book) -> None:
    await quick.changes.time_off.take(quick.actor("mira"), Wanted(local(1, 0), local(2, 0)), "s0")
    with refused("Mira is away then too", "cover"):
        await off(quick, cover="mira")
    quick.gone.add("U0CAPELLA")
    with refused("deactivated", "cover"):
        await off(quick, cover="capella")
    await off(quick)
    views = await quick.changes.time_off.ask_for_cover(quick.actor("altair"), 2)
    assert "U0MIRA" not in views[0].asked
