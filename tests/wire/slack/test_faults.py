"""Faults on demand, rate limits, and the record of what went over the wire."""

import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.hands import Hands, Refused
from sandbox.slack.rates import RateLimits
from sandbox.slack.server import SlackSandbox
from tests.wire.slack.conftest import AURORA, OPAL, Bot, actions, button

pytestmark = pytest.mark.wire


async def failing(call: Any) -> tuple[int, dict[str, str]]:
    with pytest.raises(SlackApiError) as refused:
        await call
    return refused.value.response.status_code, dict(refused.value.response.headers)


async def test_429_says_when_to_come_back(client: AsyncWebClient, hands: Hands) -> None:
    await hands.fault("chat.postMessage", "rate_limited", retry_after=7)
    status, headers = await failing(client.chat_postMessage(channel=AURORA, text="x"))
    assert (status, headers["Retry-After"]) == (429, "7")
    await client.chat_postMessage(channel=AURORA, text="x")
    assert len(await hands.messages(OPAL, AURORA)) == 1


async def test_500_as_often_as_told(client: AsyncWebClient, hands: Hands) -> None:
    await hands.fault("chat.postMessage", "error_500", times=2)
    for _ in range(2):
        status, _headers = await failing(client.chat_postMessage(channel=AURORA, text="x"))
        assert status == 500
    await client.chat_postMessage(channel=AURORA, text="x")


async def test_applied_but_never_answered(slack: SlackSandbox, hands: Hands) -> None:
    """The message is there; the client saw the connection break, or gave up before."""
    client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url, retry_handlers=[])
    await hands.fault("chat.postMessage", "applied_then_timeout", delay=0.05)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=AURORA, text="once")
    await hands.fault("chat.postMessage", "applied_then_timeout", delay=30)
    impatient = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url, timeout=1, retry_handlers=[])
    impatient.timeout = 0.05  # type: ignore[assignment]
    with pytest.raises(TimeoutError):
        await impatient.chat_postMessage(channel=AURORA, text="twice")
    assert [m["text"] for m in await hands.messages(OPAL, AURORA)] == ["once", "twice"]


async def test_a_fault_of_the_response_url(hands: Hands, bot: Bot) -> None:
    @bot.app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await ack()
        first, second = await respond("one"), await respond("two")
        await bot.note({"statuses": [first.status_code, second.status_code]})

    await hands.fault("response_url", "error_500")
    ts = (await bot.client.chat_postMessage(channel=AURORA, text="x", blocks=[actions(button())]))["ts"]
    await hands.click(OPAL, AURORA, ts, "go")
    assert (await bot.until(lambda b: "statuses" in b))["statuses"] == [500, 200]


async def test_faults_are_listed_and_cleared(hands: Hands, client: AsyncWebClient) -> None:
    await hands.fault("*", "error_500", times=100)
    assert [f["target"] for f in (await hands.call("GET", "faults"))["faults"]] == ["*"]
    await hands.clear_faults()
    await client.auth_test()
    with pytest.raises(Refused, match="invalid_fault"):
        await hands.fault("auth.test", "drop_socket")


async def test_rate_limits_when_switched_on(client: AsyncWebClient, hands: Hands) -> None:
    """Tier 2: twenty calls a minute, then 429; other methods are not affected."""
    for _ in range(25):
        await client.usergroups_list()
    await hands.limits(True)
    for _ in range(20):
        await client.usergroups_list()
    status, headers = await failing(client.usergroups_list())
    assert status == 429
    assert 1 <= int(headers["Retry-After"]) <= 61
    await client.users_list()
    await hands.limits(False)
    await client.usergroups_list()


async def test_posts_are_limited_by_channel(client: AsyncWebClient, hands: Hands) -> None:
    await hands.limits(True)
    for _ in range(4):
        await client.chat_postMessage(channel=AURORA, text="x")
    status, headers = await failing(client.chat_postMessage(channel=AURORA, text="x"))
    assert (status, int(headers["Retry-After"]) <= 5) == (429, True)
    await client.chat_postMessage(channel="C0TRIAGEEU", text="x")


def test_a_window_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limits = RateLimits()
    limits.enabled = True
    assert [limits.check("usergroups.list", 2, "") for _ in range(21)][-1] == 60
    now[0] = 60.0
    assert limits.check("usergroups.list", 2, "") == 0


async def test_traffic_hides_tokens(client: AsyncWebClient, hands: Hands) -> None:
    """What was asked, answered and sent, in order; `since` gives what came later."""
    await client.api_call(
        "chat.postMessage", params={"channel": AURORA, "text": "xoxb-1234-abc", "token": "xoxb-sandbox"}
    )
    entries = await hands.traffic()
    posted = next(e for e in entries if e["method"] == "chat.postMessage")
    assert posted["request"]["text"] == "xoxb-***"
    assert "sandbox" not in str(posted["request"])
    assert (posted["status"], posted["response"]["ok"]) == (200, True)
    assert await hands.traffic(since=entries[-1]["n"]) == []
