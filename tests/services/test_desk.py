"""A request's way through the desk: who gets it, what each side reads, and what happens when two act at once."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.desk.lifecycle import Verb
from bot.desk.service import Place
from bot.desk.tables import Request, RequestEvent
from bot.errors import Conflict, Forbidden, UserError
from bot.paging.tables import Page
from tests.services.office import Office

OPAL, CAPELLA, ALTAIR, RIGEL = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "U0RIGEL"
AURORA = "C0AURORA"


async def opened(office: Office, text: str = "sev2 loss is NaN", source: str = "s1", channel: str = AURORA) -> Request:
    return await office.desk.open(office.actor(OPAL, channel), Place(channel), text, "", source)


def said(content: dict[str, object]) -> str:
    return json.dumps(content, ensure_ascii=False)


async def test_the_engineer_on_duty_in_the_lead_region_owns_it_from_the_first_second(office: Office) -> None:
    request = await opened(office)
    assert (request.owner, request.region, request.severity) == (CAPELLA, "eu", "sev2")
    assert request.first_response_due == request.created_at + timedelta(minutes=60)


async def test_the_client_reads_who_where_their_time_and_who_comes_next(office: Office) -> None:
    await opened(office)
    root, reply, card = await office.sent("request/1/")
    assert (root.channel, reply.thread_of, card.channel) == (AURORA, "request/1/root", "C0TRIAGEEU")
    for part in (f"<@{CAPELLA}>", "Europe", "17:05 CET", "United States takes over"):
        assert part in said(reply.content)


async def test_a_message_of_the_clients_own_is_answered_in_its_thread(office: Office) -> None:
    place = Place(AURORA, "1764000000.000100")
    await office.desk.open(office.actor(OPAL, AURORA), place, "all ranks hang", "", "s1")
    (reply,) = await office.sent("request/1/reply")
    assert reply.thread_ts == "1764000000.000100"


async def test_the_same_envelope_twice_is_one_request(office: Office) -> None:
    first, second = await opened(office), await opened(office)
    assert first.id == second.id
    assert len(await office.rows(select(Request))) == 1
    assert len(await office.sent("request/")) == 3


async def test_at_the_same_moment_too(office: Office) -> None:
    await asyncio.gather(*(opened(office) for _ in range(5)), return_exceptions=True)
    assert len(await office.rows(select(Request))) == 1


async def test_each_move_tells_the_client_and_updates_the_card(office: Office) -> None:
    await opened(office)
    for number, verb in enumerate((Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.RESOLVE), start=2):
        request = await office.moves.move(office.actor(ALTAIR), 1, verb, f"click{number}")
        card = (await office.sent("request/1/card/0"))[0]
        assert card.version == number
    assert (request.state, request.owner) == ("resolved", ALTAIR)
    live = [
        part["action_id"]
        for block in card.content["blocks"]
        for part in block.get("elements", [])
        if "action_id" in part
    ]
    assert live == ["request.reopen", "request.more"], "what is resolved can be looked at, and opened again"
    assert len(await office.sent("request/1/told/")) == 3


async def test_of_two_who_resolve_one_wins_and_the_other_is_told_who(office: Office) -> None:
    await opened(office)
    tries = [office.moves.move(office.actor(p), 1, Verb.RESOLVE, f"click-{p}") for p in (CAPELLA, ALTAIR)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    refused = [r for r in results if isinstance(r, Conflict)]
    assert len(refused) == 1
    assert "already resolved, by <@U0" in str(refused[0])


async def test_the_same_click_delivered_twice_is_one_effect(office: Office) -> None:
    await opened(office)
    for _ in range(2):
        await office.moves.move(office.actor(CAPELLA), 1, Verb.ACKNOWLEDGE, "click")
    events = await office.rows(select(RequestEvent.what))
    assert events == ["opened", "acknowledged"]


async def test_a_client_cannot_press_the_engineers_buttons(office: Office) -> None:
    """A click is authorised by who clicked, wherever the button stands."""
    await opened(office)
    with pytest.raises(Forbidden, match="role \\*engineer\\*"):
        await office.moves.move(office.actor(OPAL, AURORA), 1, Verb.RESOLVE, "click")


async def test_outside_a_clients_channel_there_is_no_request(office: Office) -> None:
    with pytest.raises(UserError, match="client's channel"):
        await opened(office, channel="C0GENERAL")


async def test_sev1_pages_at_once_and_answering_the_card_answers_the_page(office: Office) -> None:
    await opened(office, "sev1 all is down")
    (page,) = await office.rows(select(Page))
    assert (page.state, page.request) == ("open", 1)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.ACKNOWLEDGE, "click")
    (page,) = await office.rows(select(Page))
    assert (page.state, page.answered_by, page.due_at) == ("acknowledged", CAPELLA, None)


async def test_answering_the_page_acknowledges_the_request(office: Office) -> None:
    await opened(office, "sev1 all is down")
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    (request,) = await office.rows(select(Request))
    assert (request.state, request.last_by) == ("acknowledged", CAPELLA)


@pytest.mark.parametrize(
    "typed",
    [
        "<!channel> wake up <@U0VEGA>",
        '"], "x": "',
        "a" * 40_000,
        "שלום 🚀 \u202egnirts",
        "```x``` `y` *z*",
        "{{ 7*7 }} {% raw %}",
    ],
)
async def test_whatever_is_typed_stays_words(office: Office, typed: str) -> None:
    """Nothing that a client types pings a channel, forges a link or breaks a message."""
    await opened(office, typed)
    for message in await office.sent("request/1/"):
        assert "<!channel>" not in said(message.content)
        assert "\u202e" not in said(message.content)
        assert all(len(b.get("text", {}).get("text", "")) <= 3000 for b in message.content.get("blocks", []))


async def test_hand_over_moves_card_owner_and_tells_the_client(office: Office) -> None:
    await opened(office)
    async with office.db.write() as tx:
        given = await office.desk.hand_over(tx, [1], "us", RIGEL, office.clock.now())
    assert given == [1]
    (request,) = await office.rows(select(Request))
    assert (request.region, request.owner) == ("us", RIGEL)
    old, new = await office.sent("request/1/card/")
    assert (old.channel, new.channel) == ("C0TRIAGEEU", "C0TRIAGEUS")
    assert "went to" in said(old.content)
    (told,) = await office.sent("request/1/over/")
    assert "United States" in said(told.content)
