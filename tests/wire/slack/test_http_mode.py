"""Signed HTTP: what Slack posts to the app's URL, and how it tries again."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack import manifest
from sandbox.slack.hands import Hands
from sandbox.slack.server import SlackSandbox
from tests.wire.slack.conftest import AURORA, OPAL, SECRET, actions, button

pytestmark = pytest.mark.wire


class Endpoint:
    """The app's side: bolt behind aiohttp, and a record of what came."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], str]] = []
        self.kinds: list[str] = []
        self.refuse: list[int] = []
        """Statuses that the next requests get instead of bolt's answer."""
        self.app: AsyncApp | None = None
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.requests.append((dict(request.headers), body))
        self.kinds.append(request.query.get("kind", ""))
        if self.refuse:
            return web.Response(status=self.refuse.pop(0), headers={"X-Slack-No-Retry": request.query.get("no", "0")})
        assert self.app is not None
        headers = {k: [v] for k, v in request.headers.items()}
        answer = await self.app.async_dispatch(AsyncBoltRequest(body=body, headers=headers))
        return web.Response(status=answer.status, text=answer.body, content_type="application/json")


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    app = web.Application()
    app.router.add_post("/slack/events", endpoint.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield endpoint
    await runner.cleanup()


@pytest.fixture
async def slack(endpoint: Endpoint) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(Clock(), mode="http", request_url=endpoint.url, retry_delays=(0.0, 0.0, 0.0)) as slack:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=slack.api_url)
        endpoint.app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)
        yield slack


async def test_commands_are_signed_forms(endpoint: Endpoint, hands: Hands) -> None:
    """Bolt checks the signature itself; here the header is checked once more by hand."""
    assert endpoint.app is not None

    @endpoint.app.command("/request")
    async def request(ack: Any, body: Any) -> None:
        await ack(f"heard {body['text']}")

    answer = await hands.command(OPAL, AURORA, "/request", "a & b")
    assert answer["acked"]
    await hands.wait_for_message(OPAL, AURORA, "heard a & b")
    headers, body = endpoint.requests[0]
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    assert not SignatureVerifier("another secret").is_valid_request(body, headers)
    assert parse_qs(body)["is_enterprise_install"] == ["false"]


async def test_clicks_come_as_a_payload(endpoint: Endpoint, hands: Hands, client: AsyncWebClient) -> None:
    assert endpoint.app is not None

    @endpoint.app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await ack()
        await respond("went", response_type="in_channel")

    posted = await client.chat_postMessage(channel=AURORA, text="x", blocks=[actions(button())])
    assert (await hands.click(OPAL, AURORA, posted["ts"], "go"))["acked"]
    await hands.wait_for_message("U0JADE", AURORA, "went")


async def test_events_are_retried_three_times(endpoint: Endpoint, hands: Hands) -> None:
    endpoint.refuse = [500, 500, 500, 500, 500]
    await hands.post(OPAL, AURORA, "hello")

    async def four() -> bool:
        return len(endpoint.requests) == 4

    await hands.wait_for(four)
    numbers = [headers.get("X-Slack-Retry-Num") for headers, _ in endpoint.requests]
    assert numbers == [None, "1", "2", "3"]
    assert endpoint.requests[1][0]["X-Slack-Retry-Reason"] == "http_error"
    assert len({json.loads(body)["event_id"] for _, body in endpoint.requests}) == 1


async def test_no_retry_is_respected(endpoint: Endpoint) -> None:
    """`X-Slack-No-Retry: 1` on a refusal ends it; the next event shows that none was under way."""
    endpoint.refuse = [500]
    url = f"{endpoint.url}?no=1"
    slack = SlackSandbox(Clock(), mode="http", request_url=url, retry_delays=(0.0,))
    async with slack, Hands(slack.url) as hands:
        await hands.post(OPAL, AURORA, "one")

        async def answered() -> bool:
            return any(e["kind"] == "envelope" and e["response"] for e in await hands.traffic())

        await hands.wait_for(answered)
    assert len(endpoint.requests) == 1


async def test_an_app_that_is_down(hands: Hands, slack: SlackSandbox) -> None:
    other = SlackSandbox(Clock(), mode="http", request_url="http://127.0.0.1:9/", retry_delays=())
    async with other, Hands(other.url) as elsewhere:
        assert (await elsewhere.command(OPAL, AURORA, "/request"))["error"] == "dispatch_failed"


async def test_an_answer_that_is_no_success(endpoint: Endpoint, hands: Hands) -> None:
    endpoint.refuse = [503]
    assert (await hands.command(OPAL, AURORA, "/request"))["error"] == "dispatch_failed"


async def test_the_url_is_verified(endpoint: Endpoint, slack: SlackSandbox) -> None:
    assert await slack.http.verify(endpoint.url)


async def test_the_manifest_says_where_things_go(endpoint: Endpoint) -> None:
    """Without a URL for everything, each kind goes to its own."""
    made = manifest.built_in()
    made["features"]["slash_commands"][0]["url"] = f"{endpoint.url}?kind=command"
    made["settings"]["event_subscriptions"]["request_url"] = f"{endpoint.url}?kind=event"
    made["settings"]["interactivity"]["request_url"] = f"{endpoint.url}?kind=interaction"
    endpoint.refuse = [404] * 3
    slack = SlackSandbox(Clock(), mode="http", manifest=made, retry_delays=())
    async with slack, Hands(slack.url) as hands:
        ts = await hands.post(OPAL, AURORA, "hello")

        async def came() -> bool:
            return len(endpoint.requests) == 1

        await hands.wait_for(came)
        await hands.command(OPAL, AURORA, "/request")
        await hands.shortcut(OPAL, "request_from_message", AURORA, ts)
        nowhere = await hands.command(OPAL, AURORA, "/oncall")
    assert endpoint.kinds == ["event", "command", "interaction"]
    assert nowhere["error"] == "dispatch_failed"
