"""Alertmanager's webhook at the wire: what pages, what ends, what is refused, and that a person hears of it."""

import asyncio
import io
import re
from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.paging.tables import Page
from bot.web.guesses import PER_MINUTE
from tests.wire.bot.live import ALERTMANAGER, EXAMPLE, TUESDAY, Live
from tests.wire.bot.test_links import ask, rings

pytestmark = pytest.mark.wire
CAPELLA = "U0CAPELLA"
BEARER = {"Authorization": f"Bearer {ALERTMANAGER}"}


def alert(print_: str, *, status: str = "firing", at: datetime = TUESDAY, **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "GpuOffBus", "severity": "critical"} | labels,
        "annotations": {
            "summary": "a GPU fell off the bus <!channel>",
            "description": "node sol-a-03",
            "runbook_url": "https://runbooks.example.com/gpu",
        },
        "startsAt": at.isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "https://prometheus.example.com/graph?g0",
        "fingerprint": print_,
    }


def told(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"version": "4", "groupKey": "{}", "status": "firing", "receiver": "heliograph", "alerts": alerts} | more


async def post(live: Live, headers: dict[str, str] = BEARER, **body: Any) -> tuple[int, dict[str, Any]]:
    url = f"{live.url}/hooks/alertmanager"
    async with aiohttp.ClientSession() as http, http.post(url, headers=headers, **body) as answer:
        return answer.status, await answer.json()


async def pages(live: Live) -> list[Page]:
    return sorted(await live.rows(Page), key=lambda page: page.id or 0)


async def test_an_alert_pages_once_and_its_end_resolves(live: Live) -> None:
    """However often it is repeated, and by two Alertmanagers at the same moment."""
    answers = await asyncio.gather(*(post(live, json=told(alert("a1", namespace="aurora-train"))) for _ in range(4)))
    assert {status for status, _ in answers} == {200}
    (page,) = await pages(live)
    assert (page.severity, page.client, page.title) == (
        "sev1",
        "aurora",
        "GpuOffBus: a GPU fell off the bus <!channel>",
    )
    dm = await live.dm(CAPELLA)
    shown = str(await live.sees(CAPELLA, dm, "a GPU fell off the bus"))
    assert "https://runbooks.example.com/gpu" in shown
    assert "<!channel>" not in shown
    assert (await post(live, json=told(alert("a1", status="resolved"))))[0] == 200
    (page,) = await pages(live)
    assert (page.state, page.due_at, page.answered_by) == ("resolved", None, "")
    await live.sees(CAPELLA, dm, "nothing is left to do")


async def test_what_fires_anew_pages_anew(live: Live) -> None:
    await post(live, json=told(alert("a1")))
    await post(live, json=told(alert("a1", status="resolved")))
    await post(live, json=told(alert("a1", at=TUESDAY + timedelta(minutes=3))))
    assert [page.state for page in await pages(live)] == ["resolved", "open"]
    await post(live, json=told(alert("a1", status="resolved")))
    assert [page.state for page in await pages(live)] == ["resolved", "open"], "word of the first end came late"


async def test_what_still_fires_long_after_somebody_resolved_it_pages_again(live: Live) -> None:
    """A slip of the finger on a phone silences no alert for ever; what needs a while to end is not repeated at once."""
    await post(live, json=told(alert("a1")))
    url = await rings(live, "capella")
    await ask("POST", url, data={"do": "resolve"})
    live.advance(minutes=29)
    await post(live, json=told(alert("a1")))
    assert [page.state for page in await pages(live)] == ["resolved"]
    live.advance(minutes=2)
    for _ in range(2):
        await post(live, json=told(alert("a1")))
    assert [page.state for page in await pages(live)] == ["resolved", "open"]
    await post(live, json=told(alert("a1", status="resolved")))
    assert [page.state for page in await pages(live)] == ["resolved", "resolved"]


async def test_who_answers_what_has_ended_reads_that_it_is_over(live: Live) -> None:
    """By the link in an SMS that was read late, too."""
    await post(live, json=told(alert("a1")))
    url = await rings(live, "capella")
    await post(live, json=told(alert("a1", status="resolved")))
    for method in ("GET", "POST"):
        status, _, text = await ask(method, url, data={"do": "acknowledge"} if method == "POST" else None)
        assert (status, "It is over by itself" in text) == (200 if method == "GET" else 409, True)
    assert (await pages(live))[0].answered_by == ""


async def test_a_storm_is_one_page_with_a_count_that_follows(live: Live) -> None:
    await post(live, json=told(*(alert(f"a{n}") for n in range(30)), alert("b", alertname="NodeDown")))
    (page,) = await pages(live)
    assert page.title == "Storm of alerts, 31 firing: GpuOffBus (30), NodeDown"
    dm = await live.dm(CAPELLA)
    await live.sees(CAPELLA, dm, "31 firing")
    _, answer = await post(live, json=told(alert("c", alertname="LinkDown")))
    assert answer["pages"] == ["P-1"]
    await live.sees(CAPELLA, dm, "32 firing")
    await post(live, json=told(*(alert(f"a{n}", status="resolved") for n in range(30))))
    assert (await pages(live))[0].title == "Storm of alerts, 2 firing: LinkDown, NodeDown"
    ends = [alert("b", status="resolved", alertname="NodeDown"), alert("c", status="resolved", alertname="LinkDown")]
    await post(live, json=told(*ends))
    assert [page.state for page in await pages(live)] == ["resolved"]


async def test_single_alerts_become_a_storm(live: Live) -> None:
    """Four pages in a row are four pages; from the fifth on it is a storm."""
    for n in range(8):
        await post(live, json=told(alert(f"a{n}")))
    assert len(await pages(live)) == 5
    assert (await pages(live))[-1].title == "Storm of alerts, 4 firing: GpuOffBus (4)"


async def test_the_files_words_and_numbers_count(tmp_path: Path) -> None:
    """Another label for the severity, another word for it, a tenant's label, storms of three for each client."""
    roster = tmp_path / "heliograph.yaml"
    text = EXAMPLE.read_text().replace("storm_per_client: false", "storm_per_client: true\n  severities: {p1: sev1}")
    text = text.replace("storm_alerts: 5", "storm_alerts: 3").replace(
        "severity: severity, client: client", "severity: priority, client: tenant"
    )
    roster.write_text(text)
    async with Live(tmp_path / "world", roster=roster) as live:
        await post(live, json=told(*(alert(f"a{n}", tenant="aurora", priority="P1") for n in range(3))))
        await post(live, json=told(alert("b", tenant="borealis", instance="sol-a-07")))
        storm, single = await pages(live)
        assert (storm.title, storm.client, storm.severity) == (
            "Storm of alerts of Aurora, 3 firing: GpuOffBus (3)",
            "aurora",
            "sev1",
        )
        assert (single.client, single.severity) == ("borealis", "")
        await live.sees(CAPELLA, await live.dm(CAPELLA), "instance=sol-a-07")


async def test_who_took_up_a_storm_long_ago_is_not_silently_given_more(live: Live) -> None:
    await post(live, json=told(*(alert(f"a{n}") for n in range(6))))
    assert len(await pages(live)) == 1
    dm = await live.dm(CAPELLA)
    message = await live.sees(CAPELLA, dm, "6 firing")
    await live.hands.click(CAPELLA, dm, message["ts"], "page.acknowledge")
    await live.sees(CAPELLA, dm, "You have acknowledged")
    live.advance(minutes=11)
    await post(live, json=told(alert("new")))
    assert [page.state for page in await pages(live)] == ["acknowledged", "open"]


async def test_a_wrong_secret_changes_nothing_and_stands_in_the_log(
    live: Live, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic !!!"}, {"Authorization": "Bearer "}]
    for headers in wrong:
        status, answer = await post(live, headers, json=told(alert("a1")))
        assert status == 401
        assert "HELIOGRAPH_ALERTMANAGER_SECRET" in answer["error"]
        assert answer["reference"] in capfd.readouterr().out
    assert await pages(live) == []
    statuses = [(await post(live, wrong[1], json={}))[0] for _ in range(PER_MINUTE)]
    assert statuses[-1] == 429
    basic = {"Authorization": "Basic " + b64encode(f"anybody:{ALERTMANAGER}".encode()).decode()}
    assert (await post(live, basic, json=told(alert("a1"))))[0] == 200, "the right one is always let in"


async def test_ten_megabytes_are_refused_and_somebody_is_paged(live: Live, capfd: pytest.CaptureFixture[str]) -> None:
    """Alertmanager drops what is refused: who is on duty hears that alerts may be missing, once."""

    async def streamed() -> Any:
        for _ in range(160):
            yield b"x" * 65_536

    for body in (io.BytesIO(b"x" * 10_485_760), streamed()):
        status, answer = await post(live, data=body)
        assert (status, "max_alerts" in answer["error"]) == (413, True)
        assert answer["reference"] in capfd.readouterr().out
    (page,) = await pages(live)
    assert "cannot read" in page.title
    await live.sees(CAPELLA, await live.dm(CAPELLA), "Alertmanager sent something")
    assert (await post(live, json=told(alert("a1"))))[0] == 200


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "an object"),
        (b'{"version": "3", "alerts": []}', "version"),
        (b'{"version": "4", "alerts": [{"status": "on"}]}', "alerts.0.status"),
        (b"\xff\xfe", "Invalid JSON"),
    ],
)
async def test_what_is_no_notification_says_what_is_wrong(live: Live, body: bytes, said: str) -> None:
    status, answer = await post(live, data=body)
    assert status == 400
    assert said in answer["error"]
    assert re.fullmatch(r"H-\w{6}", answer["reference"])
    assert len(await pages(live)) == 1


async def test_one_that_cannot_be_read_keeps_no_other_back(live: Live, capfd: pytest.CaptureFixture[str]) -> None:
    """The good ones page; somebody is paged about the rest; the answer and the log have its reference."""
    broken = alert("b1") | {"annotations": None}
    status, answer = await post(live, json=told(alert("a1"), broken, "nonsense", alert("a2")))
    assert (status, answer["alerts"], answer["left_out"]) == (200, 2, 2)
    assert "alerts.1.annotations" in answer["error"]
    assert answer["reference"] in capfd.readouterr().out
    titles = [page.title for page in await pages(live)]
    assert titles[:2] == ["GpuOffBus: a GPU fell off the bus <!channel>"] * 2
    assert titles[2:] == ["Alertmanager sent something that Heliograph cannot read"]
    assert answer["reference"] in (await pages(live))[2].body


async def test_texts_that_no_database_takes_still_page(live: Live) -> None:
    nasty = alert("a1") | {"labels": {"alertname": "a\x00b"}, "annotations": {"summary": "\x00" * 9 + "é" * 5000}}
    nasty |= {"generatorURL": "http://prometheus\x00"}
    assert (await post(live, json=told(nasty)))[0] == 200
    assert len(await pages(live)) == 1


@pytest.mark.parametrize("began", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z"])
async def test_a_beginning_that_no_calendar_has_still_pages(live: Live, began: str) -> None:
    """A broken clock in one rule must not keep it back, nor the others that came with it."""
    status, _ = await post(live, json=told(alert("a1") | {"startsAt": began}, alert("a2")))
    assert (status, len(await pages(live))) == (200, 2)
    await post(live, json=told(alert("a1", status="resolved") | {"startsAt": began}))
    assert sorted(page.state for page in await pages(live)) == ["open", "resolved"]


async def test_a_defect_is_answered_with_its_reference(
    live: Live, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """500, so that Alertmanager comes again, and the reference stands in the log with the traceback."""

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("by nobody")

    monkeypatch.setattr(live.parts.alerts, "receive", broken)
    status, answer = await post(live, json=told(alert("a1")))
    assert status == 500
    logged = capfd.readouterr().out
    assert answer["reference"] in logged
    assert "ZeroDivisionError" in logged
    monkeypatch.undo()
    await post(live, json=told(alert("a1")))
    assert len(await pages(live)) == 1


async def test_an_alert_that_was_told_before_a_restart_is_no_new_one_after_it(live: Live) -> None:
    await post(live, json=told(alert("a1")))
    await live.stop()
    await live.start()
    await post(live, json=told(alert("a1")))
    assert len(await pages(live)) == 1
