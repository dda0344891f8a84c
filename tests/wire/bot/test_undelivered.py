"""What finally fails is shown to the admins, who have it sent again from there."""

from typing import Any

import pytest

from bot.outbox.tables import OutgoingMessage
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
ADMINS, TRIAGE, AURORA = "C0ADMIN", "C0TRIAGEEU", "C0AURORA"
OPAL, CAPELLA, SOL, CASTOR = "U0OPAL", "U0CAPELLA", "U0SOL", "U0CASTOR"


async def refused(live: Live) -> dict[str, Any]:
    """The report of a card that went to a triage channel that was archived, and is not any more."""
    await live.hands.call("POST", "channel", channel=TRIAGE, archived=True)
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    told = await live.sees(SOL, ADMINS, "could not be delivered")
    assert TRIAGE in words(told)
    assert "is_archived" in words(told)
    await live.hands.call("POST", "channel", channel=TRIAGE, archived=False)
    return told


async def test_an_admin_sends_again_what_slack_refused(live: Live) -> None:
    told = await refused(live)
    await live.hands.click(SOL, ADMINS, told["ts"], "outbox.again")
    await live.sees(SOL, ADMINS, f"is being sent again, as <@{SOL}> wants")
    await live.sees(CAPELLA, TRIAGE, "loss is NaN")
    (report,) = [m for m in await live.hands.messages(SOL, ADMINS) if m["ts"] == told["ts"]]
    assert "could not be delivered" not in words(report)


async def test_a_second_failure_stands_where_the_first_did(live: Live) -> None:
    told = await refused(live)
    await live.hands.call("POST", "channel", channel=TRIAGE, archived=True)
    await live.hands.click(SOL, ADMINS, told["ts"], "outbox.again")

    async def reported_anew() -> bool:
        rows: list[OutgoingMessage] = await live.rows(OutgoingMessage)
        return any(row.ts == told["ts"] and row.sent_version == 3 for row in rows)

    await live.until(reported_anew, "the report of the second failure")
    await live.sees(SOL, ADMINS, "could not be delivered")


async def test_who_is_no_admin_is_told_so(live: Live) -> None:
    told = await refused(live)
    await live.hands.click(CASTOR, ADMINS, told["ts"], "outbox.again")
    await live.sees(CASTOR, ADMINS, "Only people with the role")
