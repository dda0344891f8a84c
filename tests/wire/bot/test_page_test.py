"""`/page test` at the wire: a real mail server, webhooks and PagerDuty receive it, and who asked reads what arrived."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot import terminal
from bot.cli_page import TERMINAL
from bot.config.file import load
from bot.outbox import opsgenie as opsgenie_adapter
from bot.outbox import pagerduty as adapter
from bot.outbox.tables import OutgoingMessage
from bot.paging.tables import Page, PageTrial
from sandbox.tour import words
from tests.wire.bot.live import EXAMPLE, PEOPLE, Live
from tests.wire.outbox.receivers import (
    Mail,
    Opsgenie,
    PagerDuty,
    Webhook,
    mail_server,
    opsgenie,
    pagerduty,
    silent,
    webhook,
)

pytestmark = pytest.mark.wire
CAPELLA, OPAL, TRIAGE = "U0CAPELLA", "U0OPAL", "C0TRIAGEEU"
KEY, PASSWORD = "r0utingk3y0fcapellas0service0000", "pa55w0rd0fthe0push"
GENIE = "9en1ek3y-0000-4000-8000-000000000000"


@dataclass
class Outside:
    """Where Capella's contact methods end. The push service refuses everything, the webhook never answers."""

    live: Live
    mail: Mail
    sms: Webhook
    push: Webhook
    duty: PagerDuty
    genie: Opsgenie

    async def dm(self, part: str) -> str:
        return words(await self.live.sees(CAPELLA, await self.live.dm(CAPELLA), part))


@pytest.fixture
async def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        mail = await stack.enter_async_context(mail_server())
        sms, push = [await stack.enter_async_context(webhook()) for _ in range(2)]
        push.failing = [403] * 100
        hangs = await stack.enter_async_context(silent())
        duty = await stack.enter_async_context(pagerduty(KEY))
        monkeypatch.setenv(adapter.OVERRIDE, duty.url)
        genie = await stack.enter_async_context(opsgenie(GENIE))
        monkeypatch.setenv(opsgenie_adapter.OVERRIDE, genie.url)
        address = (
            f"mailto://127.0.0.1:{mail.port}/?from=bot@heliograph.example&to=capella@heliograph.example&format=text"
        )
        methods = {
            "sms": f"json://127.0.0.1:{sms.port}/hook",
            "email": f'{address}", after_minutes: "3',
            "push": f"json://capella:{PASSWORD}@127.0.0.1:{push.port}/hook",
            "pagerduty": f"pagerduty://{KEY}@anapikey",
            "opsgenie": f"opsgenie://{GENIE}/",
            "webhook": f"json://127.0.0.1:{hangs}/hook?cto=30&rto=60",
        }
        contacts = ", ".join(f'{{kind: {kind}, url: "{url}"}}' for kind, url in methods.items())
        roster = tmp_path / "heliograph.yaml"
        before = '{kind: sms, url: "${HELIOGRAPH_CONTACT_CAPELLA}"}'
        roster.write_text(
            EXAMPLE.read_text()
            .replace(before, contacts.replace('"3"', "3"))
            .replace('[{kind: sms, url: "${HELIOGRAPH_CONTACT_MIRA}"}]', "[]")
        )
        live = await stack.enter_async_context(Live(tmp_path / "world", roster=roster))
        yield Outside(live, mail, sms, push, duty, genie)


async def test_all_methods_are_tried_and_shown_with_what_became_of_them(
    outside: Outside, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Taken, refused with the reason, not answered; the incident is closed again; at the end the rest is given up."""
    caplog.set_level(logging.DEBUG, "bot")
    live = outside.live
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test")
    told = words(await live.sees(CAPELLA, TRIAGE, "A test is on its way"))
    assert "6 contact methods: SMS, mail, push message, PagerDuty, Opsgenie, webhook" in told
    await outside.dm("4 of 6 taken")
    said = await outside.dm("it answered 403 (Forbidden)")
    for part in (
        "*SMS* · in a page at once · taken",
        "*Mail* · in a page after 3 min without an answer · taken",
        "*Push message* · in a page at once · not taken yet, and tried again",
        "*PagerDuty* · in a page at once · taken",
        "its incident is closed in a moment",
        "*Webhook* · in a page at once · has not answered yet",
        "No page was raised",
    ):
        assert part in said, part
    [(_, recipients, message)] = outside.mail.envelopes
    assert (recipients, message["Subject"]) == (["capella@heliograph.example"], "TEST: this is not a page")
    [body] = outside.sms.bodies
    assert "nothing is wrong" in body["message"]
    incident = (KEY, "heliograph/trial/1/capella/pagerduty")
    assert outside.duty.incidents == {incident: "triggered"}
    alert = outside.genie.alerts["heliograph-trial-1-capella-opsgenie"]
    assert (alert["status"], alert["message"]) == ("open", "TEST: this is not a page")
    live.advance(seconds=31)

    async def closed() -> bool:
        said = await outside.dm("its incident is closed again")
        return said.count("its incident is closed again") == 2

    await live.until(closed, "both incidents closed")
    assert outside.duty.incidents == {incident: "resolved"}
    assert alert["status"] == "closed"
    live.advance(minutes=3)
    said = await outside.dm("The contact method did not answer in time")
    assert "given up after" in said
    assert "ask an admin" in said

    async def over() -> Any:
        return (await live.rows(PageTrial))[0].ended_at

    await live.until(over, "the end of the test")
    assert await live.rows(Page) == []
    out = capfd.readouterr()
    everything = f"{said}{[r.model_dump() for r in await live.rows(OutgoingMessage)]}{caplog.text}{out.out}{out.err}"
    assert KEY not in everything
    assert GENIE not in everything
    assert PASSWORD not in everything


async def test_a_second_one_within_a_minute_is_told_so(outside: Outside) -> None:
    live = outside.live
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test")
    await outside.dm("*SMS* · in a page at once · taken")
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test")
    await live.sees(CAPELLA, TRIAGE, "another one can be sent in 60 s")
    assert len(outside.sms.bodies) == 1
    live.advance(minutes=1)
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test")

    async def twice() -> bool:
        return len(outside.sms.bodies) == 2

    await live.until(twice, "the second test")


async def test_a_restart_between_sending_and_showing_loses_nothing(outside: Outside) -> None:
    """Slack takes no message while the test goes out; the next process shows it, and sends nothing twice."""
    live = outside.live
    await live.hands.fault("chat.postMessage", "error_500", 1000)
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test")

    async def sent() -> bool:
        rows = {row.key: row.state for row in await live.rows(OutgoingMessage)}
        wanted = [f"trial/1/capella/{kind}" for kind in ("sms", "email", "pagerduty", "opsgenie")]
        return all(rows.get(key) == "done" for key in wanted)

    await live.until(sent, "what goes out")
    await live.stop()
    await live.hands.clear_faults()
    await live.start()
    await outside.dm("4 of 6 taken")
    live.advance(seconds=31)
    await outside.dm("its incident is closed again")
    assert (len(outside.sms.bodies), len(outside.mail.envelopes)) == (1, 1)
    assert [event["event_action"] for event in outside.duty.events] == ["trigger", "resolve"]


async def test_a_test_that_is_hours_old_is_not_sent(outside: Outside) -> None:
    """Asked for in a terminal while the bot was stopped: a telephone that rings for it tomorrow only frightens."""
    live = outside.live
    await live.stop()
    with patch.dict(os.environ, live.world.environment(PEOPLE)):
        await terminal.page_test(load(live.roster), TERMINAL, "capella", 0)
    live.advance(hours=3)
    await live.start()
    said = await outside.dm("not sent: no bot was there")
    assert said.count("not sent: no bot was there") == 6
    assert (outside.sms.bodies, outside.mail.envelopes, outside.duty.events, outside.genie.calls) == ([], [], [], [])


async def test_what_was_refused_for_good_has_no_incident_to_be_closed(outside: Outside) -> None:
    """A wrong key: nothing is promised, nothing is closed, and nothing is said to be left open."""
    live = outside.live
    outside.duty.keys, outside.genie.keys = frozenset(), frozenset()
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test")

    async def refused() -> bool:
        rows = {row.key: row.state for row in await live.rows(OutgoingMessage)}
        return [rows.get(f"trial/1/capella/{kind}") for kind in ("pagerduty", "opsgenie")] == ["failed", "failed"]

    await live.until(refused, "both refusals")
    live.advance(minutes=3, seconds=1)
    said = await outside.dm("given up after")
    assert "*PagerDuty* · in a page at once · refused: PagerDuty answers 400" in said
    assert "*Opsgenie* · in a page at once · refused: Opsgenie answers 401" in said
    assert "its incident" not in said
    assert not [row.key for row in await live.rows(OutgoingMessage) if row.key.endswith("/resolve")]


async def test_who_has_no_method_outside_slack_is_told_what_to_do(outside: Outside) -> None:
    await outside.live.hands.command("U0MIRA", TRIAGE, "/page", "test")
    told = words(await outside.live.sees("U0MIRA", TRIAGE, "Mira has no contact method outside Slack"))
    assert "Ask an admin to add one" in told
    assert await outside.live.rows(PageTrial) == []


async def test_a_page_titled_test_of_something_is_still_a_page(outside: Outside) -> None:
    live = outside.live
    await live.hands.command(CAPELLA, TRIAGE, "/page", "test cluster is down")
    await live.sees(CAPELLA, TRIAGE, "P-1 is out")
    assert [page.title for page in await live.rows(Page)] == ["test cluster is down"]


async def test_a_client_tests_nobody(outside: Outside) -> None:
    await outside.live.hands.command(OPAL, "C0AURORA", "/page", "test")

    async def refused() -> bool:
        return await outside.live.count(OPAL, "C0AURORA", "engineer") > 0

    await outside.live.until(refused, "a refusal")
    assert await outside.live.rows(PageTrial) == []
