"""Do Not Disturb at the wire: Slack's switch, its refusals and its silence, and the phone that rings all the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.tour import words
from tests.wire.bot.live import EXAMPLE, Live

pytestmark = pytest.mark.wire
CAPELLA, RIGEL, TRIAGE = "U0CAPELLA", "U0RIGEL", "C0TRIAGEEU"
LATE = '{kind: sms, url: "${HELIOGRAPH_CONTACT_CAPELLA}", after_minutes: 3}'


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    """Capella's phone rings three minutes after the direct message."""
    roster = tmp_path / "heliograph.yaml"
    now = '{kind: sms, url: "${HELIOGRAPH_CONTACT_CAPELLA}"}'
    roster.write_text(EXAMPLE.read_text().replace(now, LATE))
    async with Live(tmp_path / "world", roster=roster) as live:
        yield live


async def paged(live: Live) -> None:
    await live.hands.command(RIGEL, TRIAGE, "/page", "eu all ranks hang")
    await live.sees(CAPELLA, await live.dm(CAPELLA), "you are paged as")


def rung(live: Live) -> list[str]:
    return [a.title for a in live.world.phone.arrived if a.person == "capella"]


async def do_not_disturb(live: Live, start: float, end: float) -> None:
    """From and until when, in seconds from now."""
    now = live.world.clock.unix()
    await live.hands.call("POST", "person", user=CAPELLA, dnd_from=now + start, dnd_until=now + end)


async def asked(live: Live) -> None:
    async def once() -> bool:
        return bool(await live.hands.calls("dnd.info"))

    await live.until(once, "the question")


async def test_where_slack_is_silent_the_phone_rings_at_once(live: Live) -> None:
    """The page and its story say so, and the direct message keeps its buttons."""
    await do_not_disturb(live, -3600, 3600)
    await paged(live)

    async def ringing() -> bool:
        return bool(rung(live))

    await live.until(ringing, "the phone")
    message = await live.sees(CAPELLA, await live.dm(CAPELLA), "Do Not Disturb is on until")
    assert "so Slack made no sound" in words(message)
    await live.hands.command(CAPELLA, TRIAGE, "/page", "show P-1")
    await live.sees(CAPELLA, TRIAGE, "Capella has Do Not Disturb on in Slack: what reaches them outside Slack")
    await live.hands.click(CAPELLA, await live.dm(CAPELLA), message["ts"], "page.acknowledge")
    await live.sees(CAPELLA, await live.dm(CAPELLA), "ou have acknowledged")


async def test_one_that_begins_later_changes_nothing(live: Live) -> None:
    await do_not_disturb(live, 600, 3600)
    await paged(live)
    await asked(live)
    live.advance(minutes=2, seconds=50)
    assert rung(live) == []
    live.advance(seconds=15)

    async def ringing() -> bool:
        return bool(rung(live))

    await live.until(ringing, "the phone, after its delay")
    assert await live.count(CAPELLA, await live.dm(CAPELLA), "Do Not Disturb") == 0


@pytest.mark.parametrize("kind", ["error_500", "rate_limited", "applied_then_timeout"])
async def test_a_slack_that_does_not_say_holds_up_no_page(live: Live, kind: str) -> None:
    """The direct message goes at once, what is outside Slack after its delay, and nothing is said of it."""
    await do_not_disturb(live, -3600, 3600)
    await live.hands.fault("dnd.info", kind, 1000)
    await paged(live)
    await asked(live)
    live.advance(minutes=3, seconds=5)

    async def ringing() -> bool:
        return bool(rung(live))

    await live.until(ringing, "the phone, after its delay")
    assert await live.count(CAPELLA, await live.dm(CAPELLA), "Do Not Disturb") == 0
