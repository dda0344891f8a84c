"""Promises and response targets at the wire: from the card and from the thread, to the page that nobody wants."""

from datetime import datetime, timedelta

from bot.desk.tables import Promise
from bot.paging.tables import Page
from sandbox.tour import words
from tests.wire.bot.live import TUESDAY, Live

OPAL, CAPELLA, ALTAIR = "U0OPAL", "U0CAPELLA", "U0ALTAIR"
AURORA, EUROPE = "C0AURORA", "C0TRIAGEEU"


async def _promise(live: Live, card: str, due: datetime, text: str = "") -> None:
    await live.hands.click(CAPELLA, EUROPE, card, "request.more", value="promise:1:0")
    form = await live.hands.wait_for_view(CAPELLA, "request.promise")
    fields = {"due": {"due": int(due.timestamp())}, "to_client": {"to_client": text}}
    await live.hands.submit(CAPELLA, form["id"], fields)


async def test_promised_from_the_card_reminded_broken_paged(live: Live) -> None:
    """A restart in between changes nothing."""
    await live.hands.command(OPAL, AURORA, "/request", "sev3 slow checkpoints")
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    root = await live.sees(OPAL, AURORA, "asks for support")
    due = TUESDAY + timedelta(hours=1)
    await _promise(live, card["ts"], due, "We look at the storage")
    told = await live.sees(OPAL, AURORA, "Next update by", thread=root["ts"])
    assert "We look at the storage" in words(told)
    await live.sees(CAPELLA, EUROPE, "update promised by")
    live.advance(minutes=51)
    dm = await live.dm(CAPELLA)
    reminder = await live.sees(CAPELLA, dm, "Aurora expects an update")
    await live.hands.click(CAPELLA, dm, reminder["ts"], "request.more_tell")
    await live.hands.wait_for_view(CAPELLA, "request.tell")
    await live.stop()
    live.advance(minutes=10)
    await live.start()
    await live.sees(ALTAIR, EUROPE, "and it has not come")
    live.advance(minutes=16)
    (page,) = await live.until(lambda: live.rows(Page), "the page")
    assert "an update was promised" in page.because
    (made,) = await live.rows(Promise)
    assert made.state == "broken"


async def test_said_in_the_thread_and_confirmed(live: Live) -> None:
    """The client reads the time only when the engineer has said that it was meant."""
    await live.hands.command(OPAL, AURORA, "/request", "sev3 slow checkpoints")
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    root = await live.sees(OPAL, AURORA, "asks for support")
    await live.hands.post(CAPELLA, AURORA, "I'll update you in 30 min", thread_ts=root["ts"])
    asked = await live.sees(CAPELLA, EUROPE, "Is that an update promised", thread=card["ts"])
    assert not await live.rows(Promise)
    await live.hands.click(CAPELLA, EUROPE, asked["ts"], "request.promise_yes")
    await live.sees(OPAL, AURORA, "Next update by", thread=root["ts"])
    await live.sees(CAPELLA, EUROPE, "An update is promised by", thread=card["ts"])


async def test_a_target_that_is_missed_pages_once(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    await live.sees(CAPELLA, EUROPE, "first response due")
    live.advance(minutes=46)
    await live.sees(CAPELLA, await live.dm(CAPELLA), "first response due")
    live.advance(minutes=15)
    await live.sees(CAPELLA, EUROPE, "first response late since")
    (page,) = await live.rows(Page)
    assert page.source == "request/1/breach/first_response"
    await live.hands.command(CAPELLA, EUROPE, "/request", "report week")
    await live.sees(CAPELLA, EUROPE, "1 target missed")
