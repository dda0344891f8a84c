"""What lies ahead: my shifts and whose they were, gaps to cover, and why somebody is on duty."""

from datetime import timedelta

import pytest

from bot.errors import Forbidden, UserError
from bot.roster import swaps
from bot.roster.model import SwapVerb
from bot.roster.outlook import Question
from bot.roster.plans import Wanted as Override
from bot.roster.swaps import Wanted as Swap
from bot.roster.time_off import Wanted as Off
from schedules.rota.model import Gap, OverrideKind, Role
from tests.services.book import BERLIN, Book, local, quick

__all__ = ["quick"]


async def swapped(book: Book) -> None:
    """Mira has Altair's Tuesday, 1 December."""
    offers = await book.changes.swaps.offers(book.actor("altair"))
    mine = next(s for s in offers.mine if s.role == "primary" and s.shifts == 1 and s.start == local(1, 8))
    await book.changes.swaps.ask(book.actor("altair"), Swap(swaps.key(mine), "mira"), "s1")
    await book.changes.swaps.move(book.actor("mira"), 1, SwapVerb.ACCEPT, "s2")


async def test_my_shifts_are_whole_and_say_whose_they_were(quick: Book) -> None:
    """The swapped day stands apart from the week it is in; the giver sees where it went."""
    await swapped(quick)
    mira = (await quick.changes.outlook.me(quick.actor("mira"))).stints
    assert [(one.words, one.swapped_from) for one in mira if one.swapped_from] == [
        ("Tue 1 Dec, 08:00–18:30", "U0ALTAIR")
    ]
    altair = await quick.changes.outlook.me(quick.actor("altair"))
    assert [(g.role, g.start, g.to) for g in altair.given] == [("primary", local(1, 8), "U0MIRA")]
    first = altair.stints[0].stint
    assert first.start.astimezone(BERLIN).hour == 8, "the shift that runs is not cut at now"


async def test_over_the_end_of_a_turn_each_shift_names_whose_it_was(quick: Book) -> None:
    over = Override("U0MIRA", local(27, 8, 11), local(30, 18, 11) + timedelta(minutes=30), region="eu", role="primary")
    await quick.changes.overrides.make(quick.actor("castor"), over, "o1")
    mira = (await quick.changes.outlook.me(quick.actor("mira"))).stints
    assert [(one.words, one.instead_of) for one in mira if one.instead_of] == [
        ("Fri 27 Nov, 08:00–18:30", "U0CAPELLA"),
        ("Mon 30 Nov, 08:00–18:30", "U0ALTAIR"),
    ]
    assert mira[-1].words == "Mon 21 Dec to Fri 25 Dec, 08:00–18:30 (5 shifts)", "the last week is whole"


async def test_what_hangs_on_me_is_there_to_be_ended(quick: Book) -> None:
    over = Override("U0MIRA", local(26, 8, 11), local(26, 18, 11), region="eu", role="primary")
    await quick.changes.overrides.make(quick.actor("capella"), over, "o1")
    await quick.changes.time_off.take(quick.actor("mira"), Off(local(20, 0), local(21, 0)), "t1")
    await swapped(quick)
    ahead = await quick.changes.outlook.me(quick.actor("mira"))
    assert ([o.id for o in ahead.overrides], [t.id for t in ahead.time_off], ahead.swaps) == ([1], [1], ())
    assert [one.instead_of for one in ahead.stints if one.instead_of] == ["U0CAPELLA"]
    quick.clock.advance(timedelta(days=60))
    later = await quick.changes.outlook.me(quick.actor("mira"))
    assert (later.overrides, later.time_off, later.given) == ((), (), ())


async def test_a_gap_is_covered_in_the_place_of_who_is_away(quick: Book) -> None:
    await quick.changes.time_off.take(quick.actor("altair"), Off(local(1, 0), local(2, 0)), "t1")
    (gap,) = await quick.changes.outlook.gaps(quick.actor("mira"))
    assert (gap.region, gap.role, gap.start) == ("eu", "primary", local(1, 8))
    found = Gap(gap.region, Role(gap.role), gap.start, gap.end)
    form = await quick.changes.overrides.form(quick.actor("mira"), found)
    assert (form.who, form.kind, form.start, form.end) == ("U0MIRA", OverrideKind.REPLACE, gap.start, gap.end)
    made = Override(form.who, form.start, form.end, form.kind, form.region, form.role)
    await quick.changes.overrides.make(quick.actor("mira"), made, "o1")
    assert await quick.changes.outlook.gaps(quick.actor("mira")) == []
    assert (await quick.changes.overrides.form(quick.actor("vega"), found)).who == "", "not of her region"


@pytest.mark.parametrize("weeks", [0, 27])
async def test_gaps_are_looked_for_within_reason(quick: Book, weeks: int) -> None:
    with pytest.raises(UserError, match="from 1 to 26"):
        await quick.changes.outlook.gaps(quick.actor("mira"), weeks)


async def test_why_says_the_rule_the_turn_and_the_swap_with_people_mentioned(quick: Book) -> None:
    await swapped(quick)
    answer = await quick.changes.outlook.why(quick.actor("capella"), Question(region="eu", at="2026-12-01 12:00"))
    assert (answer.people, answer.role) == (("U0MIRA",), "primary")
    said = " ".join(text for _, text in answer.steps)
    assert "<@U0MIRA> has it from <@U0ALTAIR> by a swap" in said
    assert "Europe leads" in said or "India leads" in said


@pytest.mark.parametrize(
    ("asked", "role", "people"),
    [
        (Question(), "primary", ("U0CAPELLA",)),
        (Question(slack="U0ALTAIR"), "secondary", ("U0ALTAIR",)),
        (Question(slack="U0MIRA", at="sat 12:00"), "weekend", ("U0MIRA",)),
        (Question(region="us", role="manager"), "manager", ("U0POLARIS",)),
        (Question(region="au", at="2026-11-24 17:00"), "primary", ()),
    ],
)
async def test_what_is_not_said_is_found(quick: Book, asked: Question, role: str, people: tuple[str, ...]) -> None:
    answer = await quick.changes.outlook.why(quick.actor("capella"), asked)
    assert (answer.role, answer.people) == (role, people)
    assert answer.steps


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Question(slack="U0OPAL"), "not in the roster"),
        (Question(region="mars"), "no region"),
        (Question(at="soon"), "not a time"),
    ],
)
async def test_what_does_not_exist_has_no_reason(quick: Book, asked: Question, words: str) -> None:
    with pytest.raises(UserError, match=words):
        await quick.changes.outlook.why(quick.actor("capella"), asked)


async def test_a_client_sees_who_is_on_and_no_further(quick: Book) -> None:
    client = quick.actor("U0OPAL")
    with pytest.raises(Forbidden):
        await quick.changes.outlook.me(client)
    with pytest.raises(Forbidden):
        await quick.changes.outlook.gaps(client)
    with pytest.raises(Forbidden):
        await quick.changes.outlook.why(client, Question())


async def test_somebody_who_is_in_no_roster_has_no_shifts(quick: Book) -> None:
    stranger = quick.actor("mira")
    with pytest.raises(UserError, match="not in the roster file"):
        swaps.member(type(stranger)(stranger.slack, stranger.role, stranger.scope, stranger.kubernetes))
