"""Path 5 at the wire: the handoff at its boundary, and a page that climbs until somebody answers."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.desk.tables import Request
from bot.handoff.tables import Handoff
from bot.paging.tables import Page
from bot.store import claims
from sandbox.tour import words
from tests.wire.bot.live import TUESDAY, Live

pytestmark = pytest.mark.wire
AURORA, HANDOFF = "C0AURORA", "C0HANDOFF"
OPAL, CAPELLA, RIGEL, DENEB = "U0OPAL", "U0CAPELLA", "U0RIGEL", "U0DENEB"
SATURDAY = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)


async def looked(live: Live) -> None:
    """The handoff's alarm has rung once, so that it knows from when on boundaries are its business."""

    async def once() -> bool:
        async with live.parts.db.read() as tx:
            return await claims.looked(tx, "handoff") is not None

    await live.until(once, "the first look")


async def test_at_the_boundary_the_facts_are_posted_and_accepting_hands_over(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    card = await live.sees(CAPELLA, "C0TRIAGEEU", "R-1")
    await live.hands.click(CAPELLA, "C0TRIAGEEU", card["ts"], "request.more", value="promise:1:0")
    form = await live.hands.wait_for_view(CAPELLA, "request.promise")
    due = int((TUESDAY + timedelta(hours=1)).timestamp())
    await live.hands.submit(CAPELLA, form["id"], {"due": {"due": due}})
    await live.sees(CAPELLA, "C0TRIAGEEU", "update promised by")
    await looked(live)
    live.advance(minutes=25, seconds=10)
    message = await live.sees(RIGEL, HANDOFF, "United States")
    for part in ("Europe", f"<@{RIGEL}>", "1 open request", "loss is NaN", f"<@{CAPELLA}>", "nodes ready"):
        assert part in words(message), part
    assert "An update was promised" in words(message)
    assert f"Aurora hears by <!date^{due}" in words(message)
    await live.hands.click(RIGEL, HANDOFF, message["ts"], "handoff.accept")
    accepted = await live.sees(RIGEL, HANDOFF, "Accepted by")
    assert f"Aurora hears by <!date^{due}" in words(accepted)
    inherited = await live.sees(RIGEL, "C0TRIAGEUS", "R-1")
    await live.sees(RIGEL, "C0TRIAGEUS", f"<!date^{due}", thread=inherited["ts"])
    (request,) = await live.rows(Request)
    assert (request.region, request.owner) == ("us", RIGEL)
    await live.sees(RIGEL, "C0TRIAGEUS", "R-1")


async def test_of_two_who_accept_one_wins_and_the_other_is_told_who(live: Live) -> None:
    await looked(live)
    live.advance(minutes=25, seconds=10)
    ts = (await live.sees(RIGEL, HANDOFF, "United States"))["ts"]
    await asyncio.gather(*(live.hands.click(who, HANDOFF, ts, "handoff.accept") for who in (RIGEL, DENEB)))

    async def accepted() -> bool:
        return any(h.accepted_by for h in await live.rows(Handoff))

    await live.until(accepted, "an acceptance")
    (handoff,) = await live.rows(Handoff)
    loser = DENEB if handoff.accepted_by == RIGEL else RIGEL
    await live.sees(loser, HANDOFF, f"<@{handoff.accepted_by}> has already accepted")


async def at_the_boundary(live: Live) -> dict[str, Any]:
    """A request is open, and Europe has handed over to the United States, where Rigel and Deneb are on duty."""
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    await live.sees(CAPELLA, "C0TRIAGEEU", "R-1")
    await looked(live)
    live.advance(minutes=25, seconds=10)
    return await live.sees(RIGEL, HANDOFF, "United States")


@pytest.mark.parametrize("who", ["U0SPICA", CAPELLA, "U0VEGA"])
async def test_who_is_not_on_duty_in_the_incoming_region_cannot_accept(live: Live, who: str) -> None:
    """Neither another region's people, nor who hands over, nor the region's own who are off: each reads who may."""
    message = await at_the_boundary(live)
    await live.hands.click(who, HANDOFF, message["ts"], "handoff.accept")
    refused = words(await live.sees(who, HANDOFF, "on duty in United States"))
    assert f"<@{RIGEL}> or <@{DENEB}>" in refused
    (request,) = await live.rows(Request)
    assert (request.region, request.owner) == ("eu", CAPELLA)
    assert [h.accepted_by for h in await live.rows(Handoff)] == [""]


async def test_a_lead_takes_over_on_purpose_and_everybody_reads_what_is_true(live: Live) -> None:
    """Accept alone changes nothing for a lead who is not on duty there; afterwards nobody is told of a wrong region."""
    message = await at_the_boundary(live)
    await live.hands.click("U0POLLUX", HANDOFF, message["ts"], "handoff.accept")
    asked = await live.sees("U0POLLUX", HANDOFF, "You are not on duty in United States")
    assert [h.accepted_by for h in await live.rows(Handoff)] == [""]
    await live.hands.click("U0POLLUX", HANDOFF, asked["ts"], "handoff.take_over")
    await live.sees(RIGEL, HANDOFF, "Taken over by <@U0POLLUX>, who is not on duty in United States")
    root = await live.sees(OPAL, AURORA, "loss is NaN")
    told = words(await live.sees(OPAL, AURORA, "has this now", thread=root["ts"]))
    assert "<@U0POLLUX> in *India*" in told
    await live.sees("U0POLLUX", "C0TRIAGEIN", "R-1")


async def test_after_an_outage_the_newest_boundary_is_told_and_said_to_be_late(live: Live) -> None:
    await looked(live)
    await live.stop()
    live.advance(hours=7)
    await live.start()
    message = await live.sees(RIGEL, HANDOFF, "late")
    assert "Australia" in words(message)
    handoffs = await live.rows(Handoff)
    assert [h.incoming_region for h in handoffs] == ["us", "au"]
    assert await live.count(RIGEL, HANDOFF, "Handoff") == 1


async def test_sev1_pages_escalates_and_stops(live: Live) -> None:
    live.advance(minutes=30)
    await live.hands.command(OPAL, AURORA, "/request", "sev1 everything stopped")
    await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")

    async def phoned(person: str) -> bool:
        return any(a.person == person for a in live.world.phone.arrived)

    await live.until(lambda: phoned("rigel"), "the first phone")

    async def phoned_again(person: str, after: int) -> bool:
        return any(a.person == person for a in live.world.phone.arrived[after:])

    live.advance(minutes=5, seconds=1)
    await live.until(lambda: phoned("deneb"), "the second phone")
    await live.stop()
    await live.start()
    message = await live.sees(DENEB, await live.dm(DENEB), "you are paged as")
    await live.hands.click(DENEB, await live.dm(DENEB), message["ts"], "page.acknowledge")
    await live.sees(RIGEL, await live.dm(RIGEL), f"<@{DENEB}> has acknowledged")
    (page,) = await live.rows(Page)
    assert (page.state, page.answered_by) == ("acknowledged", DENEB)
    (request,) = await live.rows(Request)
    assert request.state == "acknowledged"
    before = len(live.world.phone.arrived)
    live.advance(minutes=55)
    await live.parts.services.paging.tick()
    assert len(live.world.phone.arrived) == before
    live.advance(minutes=5)
    await live.until(lambda: phoned_again("deneb", before), "the question what became of it")
    await live.sees(DENEB, await live.dm(DENEB), "acknowledged it 60 min ago, without a sign since")


async def test_help_passed_on_and_resolved_by_buttons(live: Live) -> None:
    """Who needs help reads who is paged now; who is passed the page has the same buttons; resolved is over for all."""
    live.advance(minutes=30)
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", "the login node is down")
    first = await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")
    await live.hands.click(RIGEL, await live.dm(RIGEL), first["ts"], "page.help")
    await live.sees(RIGEL, await live.dm(RIGEL), f"you have asked for help. <@{DENEB}> is paged now")
    second = await live.sees(DENEB, await live.dm(DENEB), "you are paged as")
    await live.hands.click(DENEB, await live.dm(DENEB), second["ts"], "page.reassign", value="U0VEGA")
    await live.sees(DENEB, await live.dm(DENEB), "you have passed it on. <@U0VEGA> is paged now")
    third = await live.sees("U0VEGA", await live.dm("U0VEGA"), "asked for by name")
    await live.hands.click("U0VEGA", await live.dm("U0VEGA"), third["ts"], "page.acknowledge")
    done = await live.sees("U0VEGA", await live.dm("U0VEGA"), "You have acknowledged")
    await live.hands.click("U0VEGA", await live.dm("U0VEGA"), done["ts"], "page.resolve")
    await live.sees(RIGEL, await live.dm(RIGEL), "<@U0VEGA> has resolved")
    (page,) = await live.rows(Page)
    assert (page.state, page.contacts) == ("resolved", 3)
    await live.hands.command(DENEB, "C0TRIAGEUS", "/page", "show P-1")
    story = words(await live.sees(DENEB, "C0TRIAGEUS", "Deneb passed it on"))
    assert "Rigel asked for help" in story
    assert "\n\n" not in story, "a line each, and no empty ones"
    await live.hands.command(DENEB, "C0TRIAGEUS", "/page", "report week")
    report = words(await live.sees(DENEB, "C0TRIAGEUS", "Pages of the last 7 days"))
    assert "*1 page* · 1 answered" in report
    assert "*3 calls to people*" in report
    assert "United States: 1 page" in report
    assert "Vega: 1 call" in report
    await live.hands.command(DENEB, "C0TRIAGEUS", "/page", "list")
    await live.sees(DENEB, "C0TRIAGEUS", "There is none.")


async def test_at_the_weekend_whoever_is_in_their_daytime_is_paged(live: Live) -> None:
    live.world.clock.jump(SATURDAY)
    await live.hands.command(OPAL, AURORA, "/request", "sev3 a run failed")

    async def arrived() -> bool:
        return bool(live.world.phone.arrived)

    await live.until(arrived, "a page")
    assert live.world.phone.arrived[0].person in {"vega", "rigel", "deneb"}, "10:30 on a Saturday in California"


async def test_a_page_by_hand_says_who_asked_and_says_what_is_wrong_once(live: Live) -> None:
    """A mention in Slack; on a phone, where a mention is a number, the name."""
    live.advance(minutes=30)
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", "the login node is down")
    told = words(await live.sees("U0POLARIS", "C0TRIAGEUS", "is out"))
    assert f"<@{RIGEL}> is paged now, as primary on duty" in told
    message = await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")
    shown = str(message["blocks"])
    assert "<@U0POLARIS> asked for help" in shown
    assert "&lt;" not in shown
    assert shown.count("the login node is down") == 1

    async def phoned() -> list[Any]:
        return [a for a in live.world.phone.arrived if a.person == "rigel"]

    (arrived,) = await live.until(phoned, "the phone")
    assert "Polaris asked for help" in arrived.body
    assert "U0" not in arrived.body
    assert "the login node is down" not in arrived.body, "it is the title"


async def test_what_is_typed_in_a_page_is_read_as_it_was_meant(live: Live) -> None:
    """Slack sends a mention as an id, and some letters as their escapes; neither is what somebody wants to read."""
    live.advance(minutes=30)
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", "us loss &lt; 3 on <https://h.example|h>, ask @sol")
    message = await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")
    assert message["blocks"][0]["text"]["text"].endswith("loss < 3 on https://h.example, ask Sol")
    assert "U0SOL" not in str(message["blocks"])

    async def phoned() -> list[Any]:
        return [a for a in live.world.phone.arrived if a.person == "rigel"]

    (arrived,) = await live.until(phoned, "the phone")
    assert arrived.title == "PAGE loss < 3 on https://h.example, ask Sol"


async def test_a_page_by_hand_of_many_lines_says_all_of_them_and_the_first_once(live: Live) -> None:
    """What stands below the first line may be the only thing that says which node it is."""
    live.advance(minutes=30)
    typed = "the fabric is slow\n  rank 17 has Xid 79 & more\nnode sol-a-12\n"
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", typed)
    message = await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")
    assert message["blocks"][1]["text"]["text"] == "rank 17 has Xid 79 &amp; more\nnode sol-a-12"
    assert str(message["blocks"]).count("the fabric is slow") == 1
    assert message["text"] == "PAGE: the fabric is slow. rank 17 has Xid 79 &amp; more"

    async def phoned() -> list[Any]:
        return [a for a in live.world.phone.arrived if a.person == "rigel"]

    (arrived,) = await live.until(phoned, "the phone")
    assert arrived.body.startswith("rank 17 has Xid 79 & more\nnode sol-a-12\nP-1. You are paged as")
    assert "the fabric is slow" not in arrived.body, "it is the title"
    await live.hands.command(RIGEL, "C0TRIAGEUS", "/page", "show P-1")
    assert "Xid 79 &amp; more\nnode sol-a-12" in words(await live.sees(RIGEL, "C0TRIAGEUS", "node sol-a-12"))


async def test_what_cannot_be_kept_or_seen_holds_no_page_back(live: Live) -> None:
    """A paste with half a character and a NUL in it pages; one of which nothing is seen is answered with the usage."""
    live.advance(minutes=30)
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", "\u200b\u200b")
    await live.sees("U0POLARIS", "C0TRIAGEUS", "pages the engineer on duty in the region that leads now")
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", "\u202enode\x00 sol-a-12 \ud83d is down")

    async def phoned() -> list[Any]:
        return [a for a in live.world.phone.arrived if a.person == "rigel"]

    (arrived,) = await live.until(phoned, "the phone")
    assert arrived.title == "PAGE node sol-a-12 \ufffd is down"
    assert [page.title for page in await live.rows(Page)] == ["node sol-a-12 \ufffd is down"]


@pytest.mark.parametrize(
    "typed", ["report 99999999", "report -1", "report abc", "List all", "test vega", "heartbeats now"]
)
async def test_a_question_that_is_mistyped_wakes_nobody(live: Live, typed: str) -> None:
    """Who asks reads how it is written."""
    await live.hands.command(CAPELLA, "C0TRIAGEEU", "/page", typed)
    told = words(await live.sees(CAPELLA, "C0TRIAGEEU", "neither a question that can be answered"))
    assert f"/page {typed.split()[0].lower()}" in told
    assert await live.rows(Page) == []


async def test_what_is_wrong_may_begin_like_a_question(live: Live) -> None:
    """Two words more are a sentence."""
    await live.hands.command(CAPELLA, "C0TRIAGEEU", "/page", "list of nodes is wrong")
    await live.sees(CAPELLA, "C0TRIAGEEU", "P-1 is out")


async def test_a_request_of_many_lines_pages_with_all_of_them(live: Live) -> None:
    """Its title is which request it is, so that even the first line stands in the body. So it does on the card."""
    live.advance(minutes=30)
    typed = "sev1 training stopped\nrank 17 has Xid 79\nnode sol-a-12"
    await live.hands.command(OPAL, AURORA, "/request", typed)
    message = await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")
    assert message["blocks"][1]["text"]["text"] == "training stopped\nrank 17 has Xid 79\nnode sol-a-12"
    card = await live.sees(RIGEL, "C0TRIAGEUS", "R-1")
    assert "training stopped\nrank 17 has Xid 79\nnode sol-a-12" in card["blocks"][0]["text"]["text"]


async def test_a_page_for_a_region_where_nobody_is_on_duty_says_whom_it_reaches_and_why(live: Live) -> None:
    """Both who asked and who is paged read that it is another region, and that nobody is there."""
    live.advance(hours=3)
    await live.hands.command("U0POLARIS", "C0TRIAGEUS", "/page", "eu the login node is down")
    because = "primary of United States, since nobody is primary in Europe now"
    told = words(await live.sees("U0POLARIS", "C0TRIAGEUS", "is out"))
    assert f"<@{RIGEL}> is paged now, as {because}" in told
    message = await live.sees(RIGEL, await live.dm(RIGEL), "you are paged as")
    assert because in words(message)
