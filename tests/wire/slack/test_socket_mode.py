"""Socket Mode as slack-bolt meets it: connections, acknowledgements, goodbyes, faults."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.clock import Clock
from sandbox.slack.hands import Hands
from sandbox.slack.server import SlackSandbox
from tests.wire.slack.conftest import AURORA, OPAL, Bot

pytestmark = pytest.mark.wire


@pytest.fixture
async def impatient() -> AsyncIterator[SlackSandbox]:
    """A Slack that waits a tenth of a second where the real one waits three."""
    async with SlackSandbox(Clock(), ack_seconds=0.1, retry_delays=(0.0, 0.0, 0.0)) as slack:
        yield slack


async def test_a_command_is_answered_by_bolt(slack: SlackSandbox, hands: Hands, bot: Bot) -> None:
    @bot.app.command("/request")
    async def request(ack: Any, body: Any, respond: Any) -> None:
        await ack()
        await respond(f"heard {body['text']}")

    answer = await hands.command(OPAL, AURORA, "/request", "@mira <b> in #cirrus-support")
    assert answer["acked"]
    message = await hands.wait_for_message(OPAL, AURORA, "heard")
    assert "<@U0MIRA|mira>" in message["text"]
    assert "<#C0CIRRUS|cirrus-support>" in message["text"]
    assert message["ephemeral"]
    assert await hands.messages("U0JADE", AURORA) == []


async def test_an_acknowledgement_may_carry_the_answer(hands: Hands, bot: Bot) -> None:
    @bot.app.command("/oncall")
    async def oncall(ack: Any) -> None:
        await ack(text="mira has the pager", response_type="in_channel")

    await hands.command(OPAL, AURORA, "/oncall")
    shown = await hands.messages("U0JADE", AURORA)
    assert [m["text"] for m in shown] == ["mira has the pager"]


async def test_an_answer_that_slack_refuses_is_told_to_the_person(hands: Hands, bot: Bot) -> None:
    @bot.app.command("/oncall")
    async def oncall(ack: Any) -> None:
        await ack(text="x", blocks=[{"type": "nonsense"}])

    answer = await hands.command(OPAL, AURORA, "/oncall")
    assert answer["error"] == "invalid_blocks"


async def test_two_connections_share_the_work(slack: SlackSandbox, hands: Hands) -> None:
    """Each envelope goes to one connection, in turn; none is delivered to both."""
    bots = [Bot(slack), Bot(slack)]
    for bot in bots:
        bot.hear("message")
        await bot.start()
    assert await hands.sockets() == 2
    sent = {await hands.post(OPAL, AURORA, f"n{i}") for i in range(6)}

    async def all_heard() -> bool:
        return sum(len(b.heard) for b in bots) >= 6

    await hands.wait_for(all_heard)
    heard = [{h["event"]["ts"] for h in b.heard} for b in bots]
    assert heard[0] | heard[1] == sent
    assert [len(h) for h in heard] == [3, 3]
    for bot in bots:
        await bot.close()


async def test_nobody_listens(hands: Hands) -> None:
    answer = await hands.command(OPAL, AURORA, "/request", "help")
    assert (answer["acked"], answer["error"]) == (False, "dispatch_failed")


async def test_a_late_acknowledgement_is_a_time_out(impatient: SlackSandbox) -> None:
    """Slack shows the person `operation_timeout`; an acknowledgement that comes later changes nothing."""
    bot, may_answer = Bot(impatient), asyncio.Event()

    @bot.app.command("/request")
    async def request(ack: Any, say: Any) -> None:
        await may_answer.wait()
        await ack()
        await say("late")

    await bot.start()
    async with Hands(impatient.url) as hands:
        answer = await hands.command(OPAL, AURORA, "/request")
        assert (answer["acked"], answer["error"]) == (False, "operation_timeout")
        may_answer.set()
        await hands.wait_for_message(OPAL, AURORA, "late")
    await bot.close()


async def test_an_event_without_acknowledgement_comes_again(impatient: SlackSandbox) -> None:
    """With the same `event_id`, and the number of the attempt on the envelope."""
    async with Hands(impatient.url) as hands, aiohttp.ClientSession() as http:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=impatient.api_url)
        url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
        async with http.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await hands.post(OPAL, AURORA, "hello")
            envelopes = [await socket.receive_json() for _ in range(4)]
    assert [e["retry_attempt"] for e in envelopes] == [0, 1, 2, 3]
    assert envelopes[1]["retry_reason"] == "timeout"
    assert len({e["payload"]["event_id"] for e in envelopes}) == 1


async def test_hello_counts_and_the_eleventh_is_refused(slack: SlackSandbox, client: AsyncWebClient) -> None:
    async with aiohttp.ClientSession() as http:
        sockets = []
        for n in range(1, 11):
            url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
            sockets.append(await http.ws_connect(url))
            hello = await sockets[-1].receive_json()
            assert (hello["type"], hello["num_connections"]) == ("hello", n)
        url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
        async with http.ws_connect(url) as extra:
            assert (await extra.receive_json())["reason"] == "too_many_websockets"
        for socket in sockets:
            await socket.close()


async def test_a_link_opens_one_connection(slack: SlackSandbox, client: AsyncWebClient) -> None:
    url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
    async with aiohttp.ClientSession() as http:
        async with http.ws_connect(url) as socket:
            await socket.receive_json()
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
async def test_bolt_reconnects_when_told_to(hands: Hands, bot: Bot, reason: str) -> None:
    bot.hear("message")
    assert await hands.sockets(reason) == 1

    async def renewed() -> bool:
        opened = await hands.calls("apps.connections.open")
        return len(opened) >= 2 and await hands.sockets() >= 1

    await hands.wait_for(renewed, "a new connection")
    await hands.post(OPAL, AURORA, "still there?")
    assert (await bot.event("message"))["event"]["text"] == "still there?"


async def test_connections_age(slack: SlackSandbox) -> None:
    """A connection at the end of its life is warned and then asked to refresh."""
    async with SlackSandbox(Clock(), connection_seconds=0.05) as short, aiohttp.ClientSession() as http:
        client = AsyncWebClient(token="xoxb-sandbox", base_url=short.api_url)
        url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
        async with http.ws_connect(url) as socket:
            said = [await socket.receive_json() for _ in range(3)]
    assert [s.get("reason") for s in said] == [None, "warning", "refresh_requested"]


async def test_a_dropped_socket_loses_the_envelope_and_slack_sends_it_again(impatient: SlackSandbox) -> None:
    bots = [Bot(impatient), Bot(impatient)]
    for bot in bots:
        bot.hear("message")
        await bot.start()
    async with Hands(impatient.url) as hands:
        await hands.fault("events_api", "drop_socket")
        await hands.post(OPAL, AURORA, "hello")

        async def heard() -> bool:
            return any(b.heard for b in bots)

        await hands.wait_for(heard)
        envelopes = [e for e in await hands.traffic() if e["kind"] == "envelope"]
        assert envelopes[0]["response"]["error"] == "operation_timeout"
    for bot in bots:
        await bot.close()


async def test_an_envelope_delivered_twice(hands: Hands, bot: Bot) -> None:
    bot.hear("message")
    await hands.fault("message", "deliver_twice")
    await hands.post(OPAL, AURORA, "hello")

    async def twice() -> bool:
        return len(bot.heard) == 2

    await hands.wait_for(twice)
    assert bot.heard[0]["event_id"] == bot.heard[1]["event_id"]


async def test_an_envelope_delivered_late(impatient: SlackSandbox) -> None:
    """The person has seen the time-out by then; the app gets the command all the same."""
    bot = Bot(impatient)

    @bot.app.command("/request")
    async def request(ack: Any, body: Any) -> None:
        await ack()
        await bot.note(body)

    await bot.start()
    async with Hands(impatient.url) as hands:
        await hands.fault("slash_commands", "deliver_late", delay=0.2)
        answer = await hands.command(OPAL, AURORA, "/request", "late")
        assert answer["error"] == "operation_timeout"
        assert (await bot.until(lambda b: b.get("command") == "/request"))["text"] == "late"
    await bot.close()


async def test_drops_of_all_connections(hands: Hands, bot: Bot) -> None:
    assert await hands.sockets("drop") == 1

    async def gone() -> bool:
        return await hands.sockets() == 0 or len(await hands.calls("apps.connections.open")) > 1

    await hands.wait_for(gone)
