"""Path 5 at the wire: the handoff at its boundary, and a page that climbs until somebody answers."""

from datetime import UTC, datetime

import pytest

from bot.desk.tables import Request
from bot.handoff.tables import Handoff
from bot.paging.tables import Page
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
AURORA, HANDOFF = "C0AURORA", "C0HANDOFF"
OPAL, CAPELLA, RIGEL, DENEB = "U0OPAL", "U0CAPELLA", "U0RIGEL", "U0DENEB"
SATURDAY = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)


async def looked(live: Live) -> None:
    """The handoff's alarm has rung once, so that it knows from when on boundaries are its business."""

    async def once() -> bool:
        from bot.store import claims

        async with live.parts.db.read() as tx:
            return await claims.looked(tx, "handoff") is not None

    await live.until(once, "the first look")


async def test_at_the_boundary_the_facts_are_posted_and_accepting_hands_over(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    await live.sees(CAPELLA, "C0TRIAGEEU", "R-1")
    await looked(live)
    live.advance(minutes=25, seconds=10)
    message = await live.sees(RIGEL, HANDOFF, "United States")
    for part in ("Europe", f"<@{RIGEL}>", "1 open request", "loss is NaN", f"<@{CAPELLA}>", "nodes ready"):
        assert part in words(message), part
    await live.hands.click(RIGEL, HANDOFF, message["ts"], "handoff.accept")
    await live.sees(RIGEL, HANDOFF, "Accepted by")
    (request,) = await live.rows(Request)
    assert (request.region, request.owner) == ("us", RIGEL)
    await live.sees(RIGEL, "C0TRIAGEUS", "R-1")
    await live.hands.click(DENEB, HANDOFF, message["ts"], "handoff.accept")
    await live.sees(DENEB, HANDOFF, "has already accepted")


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
    await live.sees(RIGEL, "DU0RIGEL", "you are paged as")

    async def phoned(person: str) -> bool:
        return any(a.person == person for a in live.world.phone.arrived)

    await live.until(lambda: phoned("rigel"), "the first phone")
    live.advance(minutes=5, seconds=1)
    await live.until(lambda: phoned("deneb"), "the second phone")
    await live.stop()
    await live.start()
    message = await live.sees(DENEB, "DU0DENEB", "you are paged as")
    await live.hands.click(DENEB, "DU0DENEB", message["ts"], "page.acknowledge")
    await live.sees(RIGEL, "DU0RIGEL", f"<@{DENEB}> has acknowledged")
    (page,) = await live.rows(Page)
    assert (page.state, page.answered_by) == ("acknowledged", DENEB)
    (request,) = await live.rows(Request)
    assert request.state == "acknowledged"
    before = len(live.world.phone.arrived)
    live.advance(hours=2)
    await live.parts.services.paging.tick()
    assert len(live.world.phone.arrived) == before


async def test_at_the_weekend_whoever_is_in_their_daytime_is_paged(live: Live) -> None:
    live.world.clock.jump(SATURDAY)
    await live.hands.command(OPAL, AURORA, "/request", "sev3 a run failed")

    async def arrived() -> bool:
        return bool(live.world.phone.arrived)

    await live.until(arrived, "a page")
    assert live.world.phone.arrived[0].person in {"vega", "rigel", "deneb"}, "10:30 on a Saturday in California"
