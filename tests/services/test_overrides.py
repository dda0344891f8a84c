"""Overrides on both databases: who comes, who goes, over the end of a turn, taken back; and everything refused."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.errors import Conflict, Forbidden, UserError
from bot.roster.plans import Wanted
from bot.roster.tables import OverrideRow
from bot.roster.time_off import Wanted as Off
from schedules.rota.model import OverrideKind
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.book import HOUR, TUESDAY, Book, book, local, quick, refused

__all__ = ["book", "database_url", "db", "postgres_server", "postgres_url", "quick"]
MINUTE = timedelta(minutes=1)


def wanted(slack: str = "U0MIRA", **more: object) -> Wanted:
    """Mira on Thursday the 26th, instead of whoever is primary in Europe."""
    fields = {"start": local(26, 8, 11), "end": local(26, 18, 11), "region": "eu", "role": "primary"}
    return Wanted(slack, **(fields | more))  # type: ignore[arg-type]


async def rows(book: Book) -> list[OverrideRow]:
    async with book.db.read() as tx:
        return list((await tx.scalars(select(OverrideRow))).all())


async def test_who_comes_and_who_goes_are_told_once_and_who_made_it_can_cancel(book: Book) -> None:
    made = await book.changes.overrides.make(book.actor("altair"), wanted(), "s1")
    again = await book.changes.overrides.make(book.actor("altair"), wanted(), "s1")
    assert made.id == again.id
    assert await book.on(local(26, 12, 11)) == ["mira"]
    told = await book.sent("override/")
    assert {row.user for row in told.values()} == {"U0MIRA", "U0CAPELLA", "U0ALTAIR"}
    assert len(told) == 3
    assert await book.live_buttons() == {f"override/{made.id}/made": ["oncall.override_cancel"]}


async def test_over_the_end_of_a_turn_it_takes_the_place_of_each_and_says_so(book: Book) -> None:
    over = wanted(start=local(27, 8, 11), end=local(1, 12))
    made = await book.changes.overrides.make(book.actor("altair"), over, "s1")
    assert [one.slack for one in made.instead] == ["U0CAPELLA", "U0ALTAIR", "U0ALTAIR"]
    assert [await book.on(at) for at in (local(27, 9, 11), local(30, 9, 11), local(1, 11), local(1, 13))] == [
        ["mira"], ["mira"], ["mira"], ["altair"],
    ]  # fmt: skip
    assert "takes the place of each" in str((await book.sent("override/"))[f"override/{made.id}/told/U0MIRA"].content)


async def test_a_cancelled_one_counts_no_more_and_everybody_is_told(book: Book) -> None:
    over = wanted(start=local(27, 8, 11), end=local(1, 12))
    made = await book.changes.overrides.make(book.actor("altair"), over, "s1")
    await book.changes.overrides.cancel(book.actor("mira"), made.id)
    assert await book.on(local(27, 9, 11)) == ["capella"]
    assert await book.on(local(1, 9)) == ["altair"]
    assert await book.live_buttons() == {}
    assert set(await book.sent(f"override/{made.id}/cancelled/")) == {
        f"override/{made.id}/cancelled/{slack}" for slack in ("U0CAPELLA", "U0ALTAIR")
    }
    with pytest.raises(Conflict, match="has cancelled it already"):
        await book.changes.overrides.cancel(book.actor("capella"), made.id)


async def test_cancelled_in_the_middle_what_was_stays(book: Book) -> None:
    now = wanted(start=TUESDAY, end=TUESDAY + HOUR + 20 * MINUTE)
    made = await book.changes.overrides.make(book.actor("mira"), now, "s1")
    book.clock.advance(HOUR)
    await book.changes.overrides.cancel(book.actor("mira"), made.id)
    assert await book.on(TUESDAY + MINUTE) == ["mira"]
    assert await book.on(TUESDAY + HOUR + MINUTE) == ["capella"]


async def test_beside_and_off(book: Book) -> None:
    make = book.changes.overrides.make
    await make(book.actor("mira"), wanted(kind=OverrideKind.ADD), "s1")
    assert sorted(await book.on(local(26, 12, 11))) == ["capella", "mira"]
    await make(book.actor("mira"), wanted("U0CAPELLA", kind=OverrideKind.REMOVE), "s2")
    assert await book.on(local(26, 12, 11)) == ["mira"]


async def test_who_is_away_can_be_replaced(book: Book) -> None:
    """The rules call for Capella; the gap that her time off leaves is covered by taking her place."""
    await book.changes.time_off.take(book.actor("capella"), Off(local(26, 0, 11), local(27, 0, 11)), "s0")
    assert await book.on(local(26, 12, 11)) == []
    made = await book.changes.overrides.make(book.actor("mira"), wanted(), "s1")
    assert [one.slack for one in made.instead] == ["U0CAPELLA"]
    assert await book.on(local(26, 12, 11)) == ["mira"]


async def test_the_short_form_adds_where_nobody_has_the_role(book: Book) -> None:
    book.clock.jump(local(26, 22, 11))
    inline = book.changes.overrides.from_now(book.actor("mira"), "U0MIRA", 2 * HOUR)
    made = await book.changes.overrides.make(book.actor("mira"), inline, "s1")
    assert (made.kind, made.role, made.instead) == ("add", "primary", ())


async def test_the_short_form_at_a_weekend_is_the_weekend_shift(book: Book) -> None:
    book.clock.jump(local(28, 12, 11))
    inline = book.changes.overrides.from_now(book.actor("altair"), "U0CAPELLA", HOUR)
    made = await book.changes.overrides.make(book.actor("altair"), inline, "s1")
    assert (made.kind, made.role, [one.slack for one in made.instead]) == ("replace", "weekend", ["U0MIRA"])


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"slack": "U0OPAL"}, "not in the roster file", "who"),
        ({"slack": "U0VEGA"}, "Vega is of United States, not of Europe", "who"),
        ({"slack": "U0CAPELLA"}, "on duty there already", "who"),
        ({"slack": "U0ALTAIR", "kind": OverrideKind.REMOVE}, "not on duty there", "who"),
        ({"start": TUESDAY - HOUR}, "in the past", "start"),
        ({"start": TUESDAY + timedelta(days=400), "end": TUESDAY + timedelta(days=401)}, "more than a year", "start"),
        ({"end": local(26, 8, 11)}, "ends before it starts", "end"),
        ({"end": local(26, 7, 11)}, "ends before it starts", "end"),
        ({"end": local(26, 8, 11) + timedelta(days=14, minutes=1)}, "14 days", "end"),
        ({"start": local(26, 20, 11), "end": local(26, 21, 11)}, "Nobody has that role then", "kind"),
        ({"end": local(26, 19, 11)}, "Capella's shift ends Thu 26 Nov 18:30 CET", "end"),
        ({"start": local(26, 7, 11)}, "Nobody is primary before Thu 26 Nov 08:00 CET", "start"),
        ({"slack": "U0CAPELLA", "kind": OverrideKind.REMOVE, "end": local(26, 19, 11)}, "Capella's shift ends", "end"),
        ({"region": "mars"}, "no region mars", "where"),
    ],
)
async def test_what_makes_no_sense_is_refused_on_its_field(
    quick: Book, change: dict[str, object], words: str, field: str
) -> None:
    over = wanted(**({"slack": "U0MIRA"} | change))  # type: ignore[arg-type]
    with refused(words, field):
        await quick.changes.overrides.check(quick.actor("altair"), over)
    with refused(words, field):
        await quick.changes.overrides.make(quick.actor("altair"), over, "s1")
    assert await rows(quick) == []
    assert await quick.sent() == {}


async def test_the_short_form_over_the_end_of_duty_says_what_to_write(book: Book) -> None:
    """What it says to write is taken, also half a minute later; it ends with the duty and says so."""
    overrides, mira = book.changes.overrides, book.actor("mira")
    with pytest.raises(UserError, match="Capella's shift ends today 18:30 CET") as caught:
        await overrides.make(mira, overrides.from_now(mira, "U0MIRA", 4 * HOUR), "s1")
    assert "`/oncall override @mira 1h25m`" in caught.value.hint
    assert await rows(book) == []
    book.clock.advance(MINUTE / 2)
    made = await overrides.make(mira, overrides.from_now(mira, "U0MIRA", HOUR + 25 * MINUTE), "s2")
    assert made.end == local(24, 18, 11) + 30 * MINUTE


async def test_until_is_on_the_askers_clock(book: Book) -> None:
    overrides, mira = book.changes.overrides, book.actor("mira")
    made = await overrides.make(mira, overrides.from_now(mira, "U0MIRA", "18:00"), "s1")
    assert made.end == local(24, 18, 11)


async def test_over_several_shifts_the_real_parts_are_told(book: Book) -> None:
    over = wanted(start=local(25, 12, 11), end=local(26, 18, 11))
    made = await book.changes.overrides.make(book.actor("altair"), over, "s1")
    assert [(one.start, one.end) for one in made.instead] == [
        (local(25, 12, 11), local(25, 18, 11) + 30 * MINUTE),
        (local(26, 8, 11), local(26, 18, 11)),
    ]
    for key in ("made", "told/U0CAPELLA"):
        content = str((await book.sent("override/"))[f"override/{made.id}/{key}"].content)
        assert "2 shifts from" in content
        assert str(int((local(25, 18, 11) + 30 * MINUTE).timestamp())) in content


async def test_beside_somebody_needs_no_shift(book: Book) -> None:
    over = wanted(kind=OverrideKind.ADD, start=local(26, 6, 11), end=local(26, 22, 11))
    made = await book.changes.overrides.make(book.actor("altair"), over, "s1")
    assert (made.start, made.end) == (over.start, over.end)


@pytest.mark.parametrize(
    ("kind", "slack", "words"),
    [
        (OverrideKind.REPLACE, "U0MIRA", "on duty there already"),
        (OverrideKind.ADD, "U0MIRA", "on duty there already"),
        (OverrideKind.REMOVE, "U0CAPELLA", "not on duty there"),
    ],
)
@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1)])
async def test_the_same_again_a_second_later_is_there_already(
    quick: Book, kind: OverrideKind, slack: str, words: str, later: timedelta
) -> None:
    first = wanted(slack, kind=kind, start=local(26, 9, 11), end=local(26, 17, 11))
    again = wanted(slack, kind=kind, start=first.start + later, end=first.end + later)
    await quick.changes.overrides.make(quick.actor("altair"), first, "s1")
    with refused(words, "who"):
        await quick.changes.overrides.make(quick.actor("altair"), again, "s2")
    assert len(await rows(quick)) == 1


async def test_a_form_that_was_open_for_some_minutes_starts_now(book: Book) -> None:
    late = wanted(start=TUESDAY - 5 * MINUTE, end=TUESDAY + HOUR)
    assert (await book.changes.overrides.make(book.actor("mira"), late, "s1")).start == TUESDAY


async def test_nobody_deactivated_is_put_on_duty(book: Book) -> None:
    book.gone.add("U0MIRA")
    with refused("deactivated in Slack", "who"):
        await book.changes.overrides.make(book.actor("altair"), wanted(), "s1")


async def test_a_client_changes_nothing(quick: Book) -> None:
    with pytest.raises(Forbidden):
        await quick.changes.overrides.make(quick.actor("U0OPAL"), wanted(), "s1")
    with pytest.raises(Forbidden):
        await quick.changes.overrides.cancel(quick.actor("U0OPAL"), 1)
    with pytest.raises(Forbidden):
        await quick.changes.overrides.form(quick.actor("U0OPAL"))


async def test_what_is_over_or_was_never_made_cannot_be_cancelled(book: Book) -> None:
    with pytest.raises(UserError, match="no such override"):
        await book.changes.overrides.cancel(book.actor("mira"), 7)
    made = await book.changes.overrides.make(book.actor("mira"), wanted(), "s1")
    book.clock.jump(local(26, 19, 11))
    with pytest.raises(UserError, match="over already"):
        await book.changes.overrides.cancel(book.actor("mira"), made.id)


async def test_sent_twice_at_once_it_is_made_once(book: Book) -> None:
    made = await asyncio.gather(*(book.changes.overrides.make(book.actor("altair"), wanted(), "s1") for _ in range(4)))
    assert len({one.id for one in made}) == 1
    assert len(await rows(book)) == 1
