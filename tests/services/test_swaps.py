"""Swaps on both databases: asked, answered, approved, in force, void; one winner, and nobody keeps a live button."""

import asyncio
from dataclasses import replace

import pytest
from sqlmodel import select

from bot.errors import Conflict, Forbidden, UserError
from bot.roster import swaps
from bot.roster.model import SwapState, SwapVerb
from bot.roster.plans import Wanted as Override
from bot.roster.swaps import Wanted
from bot.roster.tables import SwapRow
from bot.roster.time_off import Wanted as Off
from bot.roster.views import SwapView
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.book import HOUR, Book, book, local, quick, refused

__all__ = ["book", "database_url", "db", "postgres_server", "postgres_url", "quick"]


async def key(book: Book, person: str, day: int, role: str = "primary", month: int = 12, shifts: int = 1) -> str:
    """What the form has for that person's shift of that day."""
    offers = await book.changes.swaps.offers(book.actor(person))
    found = [s for s in offers.mine if (s.role, s.shifts) == (role, shifts) and s.start.day == day]
    return next(swaps.key(s) for s in found if s.start.month == month)


async def asked(book: Book, source: str = "s1", **change: str) -> SwapView:
    """Altair asks Mira to take his Tuesday, 1 December."""
    fields = {"mine": await key(book, "altair", 1), "taker": "mira"} | change
    return await book.changes.swaps.ask(book.actor("altair"), Wanted(**fields), source)


async def moved(book: Book, person: str, verb: SwapVerb, id: int = 1, source: str = "") -> SwapState:
    return (await book.changes.swaps.move(book.actor(person), id, verb, source or f"{person}/{verb}")).state


async def states(book: Book) -> list[str]:
    async with book.db.read() as tx:
        return [row.state for row in (await tx.scalars(select(SwapRow).order_by(SwapRow.id))).all()]  # type: ignore[arg-type]


async def test_nothing_changes_until_it_is_accepted_then_at_once(book: Book) -> None:
    await asked(book)
    assert await book.on(local(1, 12)) == ["altair"]
    assert await book.live_buttons() == {
        "swap/1/taker": ["oncall.swap_accept", "oncall.swap_decline"],
        "swap/1/giver": ["oncall.swap_withdraw"],
    }
    assert await moved(book, "mira", SwapVerb.ACCEPT) is SwapState.IN_FORCE
    assert await book.on(local(1, 12)) == ["mira"]
    assert await book.live_buttons() == {}
    told = await book.sent("swap/1/told/")
    assert [row.user for row in told.values()] == ["U0ALTAIR"]


async def test_a_week_for_a_week(book: Book) -> None:
    mine, theirs = await key(book, "altair", 30, month=11, shifts=5), await key(book, "mira", 7, shifts=5)
    view = await asked(book, mine=mine, theirs=theirs)
    assert view.back is not None
    await moved(book, "mira", SwapVerb.ACCEPT)
    assert [await book.on(local(day, 12)) for day in (1, 4, 7, 11)] == [["mira"]] * 2 + [["altair"]] * 2


async def test_where_the_policy_says_so_a_lead_approves_who_is_not_part_of_it(book: Book) -> None:
    book.approval = True
    await asked(book)
    assert await moved(book, "mira", SwapVerb.ACCEPT) is SwapState.ACCEPTED
    assert await book.on(local(1, 12)) == ["altair"]
    approve = (await book.sent("swap/1/lead"))["swap/1/lead"]
    assert approve.channel == "C0TRIAGEEU"
    assert "<@U0CASTOR>" in str(approve.content)
    with pytest.raises(Forbidden, match="lead"):
        await moved(book, "mira", SwapVerb.APPROVE)
    assert await moved(book, "castor", SwapVerb.APPROVE) is SwapState.IN_FORCE
    assert await book.on(local(1, 12)) == ["mira"]
    assert await book.live_buttons() == {}
    last = [row.user for name, row in (await book.sent("swap/1/told/")).items() if "in_force" in name]
    assert sorted(filter(None, last)) == ["U0ALTAIR", "U0MIRA"]


async def test_a_lead_does_not_approve_their_own(book: Book) -> None:
    book.approval = True
    mine = await key(book, "castor", 1, role="manager")
    await book.changes.swaps.ask(book.actor("castor"), Wanted(mine, "mira"), "s1")
    await moved(book, "mira", SwapVerb.ACCEPT)
    with pytest.raises(Forbidden, match="not part of it"):
        await moved(book, "castor", SwapVerb.APPROVE)
    assert await moved(book, "polaris", SwapVerb.REFUSE) is SwapState.REFUSED
    assert await book.live_buttons() == {}


@pytest.mark.parametrize(
    ("person", "verb", "state"),
    [("mira", SwapVerb.DECLINE, SwapState.DECLINED), ("altair", SwapVerb.WITHDRAW, SwapState.WITHDRAWN)],
)
async def test_declined_or_withdrawn_it_is_over(book: Book, person: str, verb: SwapVerb, state: SwapState) -> None:
    await asked(book)
    assert await moved(book, person, verb) is state
    assert await book.live_buttons() == {}
    with pytest.raises(Conflict, match=f"already {state.value}"):
        await moved(book, "mira", SwapVerb.ACCEPT)
    await asked(book, "s2")
    assert await states(book) == [state.value, "asked"]


async def test_the_same_click_again_is_no_second_move(book: Book) -> None:
    """A replay after a restart answers what the first time did."""
    await asked(book)
    await moved(book, "mira", SwapVerb.ACCEPT, source="click")
    assert await moved(book, "mira", SwapVerb.ACCEPT, source="click") is SwapState.IN_FORCE
    with pytest.raises(Conflict, match="already agreed by <@U0MIRA>"):
        await moved(book, "mira", SwapVerb.DECLINE)


async def test_only_who_is_asked_can_accept_and_only_who_asked_withdraw(book: Book) -> None:
    await asked(book)
    with pytest.raises(Forbidden, match="Only <@U0MIRA> can"):
        await moved(book, "altair", SwapVerb.ACCEPT)
    with pytest.raises(Forbidden, match="Only <@U0ALTAIR> can"):
        await moved(book, "mira", SwapVerb.WITHDRAW)
    with pytest.raises(Forbidden):
        await moved(book, "U0OPAL", SwapVerb.ACCEPT)
    assert await states(book) == ["asked"]


async def test_of_two_who_want_the_same_shift_the_first_has_it_and_the_other_two_are_told(book: Book) -> None:
    """Altair's Tuesday and Capella's Monday, both for Mira's 7 December: she accepts both at the same moment."""
    theirs = await key(book, "mira", 7)
    await asked(book, theirs=theirs)
    mine = await key(book, "capella", 14)
    await book.changes.swaps.ask(book.actor("capella"), Wanted(mine, "mira", theirs), "s2")
    await asyncio.gather(
        moved(book, "mira", SwapVerb.ACCEPT, 1, "c1"), moved(book, "mira", SwapVerb.ACCEPT, 2, "c2"),
        return_exceptions=True,
    )  # fmt: skip
    assert sorted(await states(book)) == ["in_force", "void"]
    assert await book.live_buttons() == {}
    lost = 1 + (await states(book)).index("void")
    told = await book.sent(f"swap/{lost}/told/void/")
    assert sorted(filter(None, (row.user for row in told.values()))) == sorted(
        ["U0MIRA", {1: "U0ALTAIR", 2: "U0CAPELLA"}[lost]]
    )


async def test_two_clicks_at_once_are_one_swap(book: Book) -> None:
    await asked(book)
    both = await asyncio.gather(
        moved(book, "mira", SwapVerb.ACCEPT, source="c1"), moved(book, "mira", SwapVerb.DECLINE, source="c2"),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(one, Conflict) for one in both) == 1


async def test_the_same_form_sent_twice_asks_once(book: Book) -> None:
    await asyncio.gather(asked(book), asked(book))
    assert await states(book) == ["asked"]


async def test_a_shift_is_offered_to_one_at_a_time(book: Book) -> None:
    await asked(book)
    mine = await key(book, "altair", 1)
    with refused("offered that shift already", "mine"):
        await book.changes.swaps.ask(book.actor("altair"), Wanted(mine, "capella"), "s2")


async def test_both_asking_each_other_for_the_same_is_one_question(book: Book) -> None:
    theirs = await key(book, "mira", 7)
    await asked(book, theirs=theirs)
    with refused("has asked you for that shift", "mine"):
        await book.changes.swaps.ask(book.actor("mira"), Wanted(theirs, "altair", await key(book, "altair", 1)), "s2")


@pytest.mark.parametrize(
    ("change", "words", "field"),
    [
        ({"mine": "primary|1|1"}, "not yours any more", "mine"),
        ({"mine": "rubbish"}, "not yours any more", "mine"),
        ({"taker": "altair"}, "somebody else", "theirs"),
        ({"taker": "vega"}, "nobody of your region", "theirs"),
        ({"taker": "ghost"}, "nobody of your region", "theirs"),
        ({"theirs": "primary|1|1"}, "does not have that shift", "theirs"),
    ],
)
async def test_what_makes_no_sense_is_refused_on_its_field(
    quick: Book, change: dict[str, str], words: str, field: str
) -> None:
    fields = {"mine": await key(quick, "altair", 1), "taker": "mira"} | change
    with refused(words, field):
        await quick.changes.swaps.check(quick.actor("altair"), Wanted(**fields))
    with refused(words, field):
        await quick.changes.swaps.ask(quick.actor("altair"), Wanted(**fields), "s1")
    assert await states(quick) == []


async def test_somebody_else_s_shift_is_not_mine_to_give(book: Book) -> None:
    with refused("not yours any more", "mine"):
        await asked(book, mine=await key(book, "mira", 7))


async def test_nobody_who_is_away_or_deactivated_is_asked(book: Book) -> None:
    await book.changes.time_off.take(book.actor("mira"), Off(local(1, 0), local(2, 0)), "off")
    with refused("away or on duty", "theirs"):
        await asked(book)
    book.gone.add("U0CAPELLA")
    with refused("deactivated", "theirs"):
        await asked(book, taker="capella")


async def test_a_past_shift_is_void_when_it_is_accepted_too_late(book: Book) -> None:
    await asked(book)
    book.clock.jump(local(1, 9))
    assert await moved(book, "mira", SwapVerb.ACCEPT) is SwapState.VOID
    assert await book.on(local(1, 12)) == ["altair"]


async def test_what_nobody_answered_is_void_when_the_shift_begins_and_both_are_told(book: Book) -> None:
    await asked(book)
    await book.changes.tick()
    assert await states(book) == ["asked"]
    book.clock.jump(local(1, 8))
    await book.changes.tick()
    await book.changes.tick()
    assert await states(book) == ["void"]
    assert await book.live_buttons() == {}
    assert len(await book.sent("swap/1/told/void/")) == 2


async def test_a_swap_in_force_is_void_when_an_edit_takes_the_shift_and_both_are_told(book: Book) -> None:
    await asked(book)
    await moved(book, "mira", SwapVerb.ACCEPT)
    only = tuple(replace(r, people=("capella",)) if r.id == "eu-primary" else r for r in book.file.rotations)
    book.file = replace(book.file, rotations=only)
    await book.changes.tick()
    assert await states(book) == ["void"]
    told = await book.sent("swap/1/told/void/")
    assert sorted(filter(None, (row.user for row in told.values()))) == ["U0ALTAIR", "U0MIRA"]
    assert await book.on(local(1, 12)) == ["capella"]


async def test_an_open_swap_is_void_when_an_override_takes_the_shift(book: Book) -> None:
    await asked(book)
    over = Override("U0CAPELLA", local(1, 8), local(1, 18) + HOUR / 2, region="eu", role="primary")
    await book.changes.overrides.make(book.actor("castor"), over, "o1")
    assert await moved(book, "mira", SwapVerb.ACCEPT) is SwapState.VOID


async def test_what_was_swapped_can_be_swapped_back(book: Book) -> None:
    await asked(book)
    await moved(book, "mira", SwapVerb.ACCEPT)
    book.clock.advance(HOUR)
    mine = await key(book, "mira", 1)
    await book.changes.swaps.ask(book.actor("mira"), Wanted(mine, "altair"), "s2")
    await moved(book, "altair", SwapVerb.ACCEPT, 2)
    assert await book.on(local(1, 12)) == ["altair"]
    await book.changes.tick()
    assert await states(book) == ["in_force", "in_force"]


async def test_what_an_override_gave_is_not_offered(book: Book) -> None:
    over = Override("U0MIRA", local(26, 8, 11), local(26, 18, 11) + HOUR / 2, region="eu", role="primary")
    await book.changes.overrides.make(book.actor("castor"), over, "o1")
    offers = await book.changes.swaps.offers(book.actor("mira"))
    assert not [s for s in offers.mine if s.role == "primary" and s.start == local(26, 8, 11)]


async def test_somebody_without_shifts_has_nothing_to_swap(book: Book) -> None:
    with pytest.raises(UserError, match="no shift"):
        await book.changes.swaps.offers(book.actor("sol"))
