"""The seam at the wire: a quarter of an hour before a boundary, over it, and what each side reads of why."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.desk.tables import Request
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
AURORA, EUROPE, STATES = "C0AURORA", "C0TRIAGEEU", "C0TRIAGEUS"
OPAL, CAPELLA, RIGEL, DENEB = "U0OPAL", "U0CAPELLA", "U0RIGEL", "U0DENEB"
SEAM = datetime(2026, 11, 24, 16, 15, tzinfo=UTC)


@pytest.fixture
async def evening(tmp_path: Path) -> AsyncIterator[Live]:
    """Europe hands over at 16:30."""
    async with Live(tmp_path, start=SEAM) as running:
        yield running


async def test_a_request_in_the_seam_goes_to_the_incoming_region_and_its_clock_runs_on(evening: Live) -> None:
    """Card there, copy here, one owner for the client; the handoff neither moves it nor gives more time."""
    live = evening
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    root = await live.sees(OPAL, AURORA, "asks for support")
    assert f"<@{RIGEL}>" in words(await live.sees(OPAL, AURORA, "has this", thread=root["ts"]))
    await live.sees(RIGEL, STATES, "which takes over from Europe at 16:30 UTC")
    assert f"<@{CAPELLA}> for you to know" in words(await live.sees(CAPELLA, EUROPE, "R-1"))
    live.advance(minutes=16)
    await live.sees(RIGEL, "C0HANDOFF", "Europe")
    (request,) = await live.rows(Request)
    assert (request.owner, request.first_response_due) == (RIGEL, request.created_at + timedelta(minutes=60))
    assert await live.count(OPAL, AURORA, "asks for support") == 1


async def test_why_for_the_team_and_for_the_client(evening: Live) -> None:
    """The team reads the rules, and after it changed hands those of now; the client who has it, and nothing else."""
    live = evening
    await live.hands.command(OPAL, AURORA, "/request", "sev3 slow checkpoints")
    card = await live.sees(RIGEL, STATES, "R-1")
    await live.hands.command(DENEB, STATES, "/request", "why R-1")
    chain = words(await live.sees(DENEB, STATES, "because:"))
    assert "The lead passes from Europe to United States at 16:30 UTC" in chain
    assert "Rigel has it, primary in United States." in chain
    await live.hands.click(DENEB, STATES, card["ts"], "request.assign")
    await live.sees(RIGEL, STATES, "Deneb took it over")
    await live.hands.command(RIGEL, STATES, "/request", "why 1")
    await live.sees(RIGEL, STATES, "1. Deneb took it over.")
    await live.hands.command(OPAL, AURORA, "/request", "why 1")
    told = words(await live.sees(OPAL, AURORA, "has R-1 since"))
    assert f"<@{DENEB}>" in told
    assert "took it over" not in told
    await live.hands.command(OPAL, AURORA, "/request", "why 77")
    await live.sees(OPAL, AURORA, "There is no request R-77 of Aurora.")
    await live.hands.command(OPAL, AURORA, "/request", "why is my job slow since noon today")
    await live.sees(OPAL, AURORA, "why is my job slow")
    assert len(await live.rows(Request)) == 2, "what only begins like a verb is a request"
