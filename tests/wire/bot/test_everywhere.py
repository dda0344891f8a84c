"""The same paths where things are different: signed HTTP instead of Socket Mode, PostgreSQL instead of SQLite."""

from pathlib import Path

import aiohttp
import pytest

from bot.desk.tables import Request
from tests.fixtures_postgres import postgres_server, postgres_url
from tests.wire.bot.live import Live

__all__ = ["postgres_server", "postgres_url"]
pytestmark = pytest.mark.wire
OPAL, CAPELLA, AURORA, EUROPE = "U0OPAL", "U0CAPELLA", "C0AURORA", "C0TRIAGEEU"


async def routed_and_acknowledged(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    await live.stop()
    await live.start()
    await live.hands.click(CAPELLA, EUROPE, card["ts"], "request.acknowledge")
    await live.sees(CAPELLA, EUROPE, "Acknowledged")
    (request,) = await live.rows(Request)
    assert (request.state, request.owner) == ("acknowledged", CAPELLA)
    assert await live.count(OPAL, AURORA, "loss is NaN") == 1


async def test_over_signed_http(tmp_path: Path) -> None:
    async with Live(tmp_path, http=True) as live:
        await routed_and_acknowledged(live)
        await live.hands.command(OPAL, AURORA, "/request", "")
        await live.until(lambda: live.hands.views(OPAL), "the form")


@pytest.mark.parametrize(("method", "kind"), [("auth.test", "error_500"), ("apps.connections.open", "rate_limited")])
async def test_slack_is_away_while_it_starts(tmp_path: Path, method: str, kind: str) -> None:
    """It waits, and is there when Slack is."""
    async with Live(tmp_path) as live:
        await live.stop()
        await live.hands.fault(method, kind, 2)
        await live.start()
        await routed_and_acknowledged(live)


async def test_what_slack_did_not_sign_is_refused(tmp_path: Path) -> None:
    async with Live(tmp_path, http=True) as live, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{live.port}/slack/events"
        forged = {
            "command": "/request",
            "text": "sev1 forged",
            "user_id": OPAL,
            "channel_id": AURORA,
            "trigger_id": "1",
        }
        async with http.post(url, data=forged) as answer:
            assert answer.status == 401
        assert await live.rows(Request) == []


@pytest.mark.postgres
async def test_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    async with Live(tmp_path, database=postgres_url) as live:
        await routed_and_acknowledged(live)
