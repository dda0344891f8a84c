"""One visible copy, in order, whatever Slack answers."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.outbox.api import Destination, Priority
from bot.outbox.sender import Sender
from tests.wire.outbox.conftest import ABSENT, OTHER, TRIAGE, World, until, words

pytestmark = pytest.mark.wire


async def done(world: World, *keys: str) -> None:
    async def all_done() -> bool:
        return all([await world.state(key) == "done" for key in keys])

    await until(all_done)


async def test_order_and_priorities_in_a_channel(world: World) -> None:
    await world.post("digest", priority=Priority.DIGEST)
    await world.post("notice 1")
    await world.post("notice 2")
    await world.post("page", priority=Priority.PAGE)
    sender = world.sender()
    sender.start()
    await done(world, "digest", "page")
    await sender.stop()
    assert await world.seen() == ["page", "notice 1", "notice 2", "digest"]


async def test_a_limited_channel_is_sent_after_retry_after_and_delays_no_other(world: World, sending: Sender) -> None:
    await world.fault("chat.postMessage", "rate_limited", retry_after=1)
    await world.post("limited")
    await until(lambda: _called(world, "chat.postMessage"))
    await world.post("other", OTHER)
    await done(world, "other")
    assert await world.seen() == []
    await done(world, "limited")
    assert await world.seen() == ["limited"]
    first, *_, last = [e for e in await world.traffic("chat.postMessage") if e["request"]["channel"] == TRIAGE]
    assert last["at"] - first["at"] >= 1.0


@pytest.mark.parametrize("kind", ["error_500", "applied_then_timeout"])
async def test_an_answer_that_does_not_tell_leaves_one_visible_copy(world: World, sending: Sender, kind: str) -> None:
    """Posted or not, the answer is missing: it is looked for by its id before it is sent again."""
    await world.fault("chat.postMessage", kind, delay=0.1)
    await world.post("a")
    await done(world, "a")
    assert await world.seen() == ["a"]
    assert await world.traffic("conversations.history")


async def test_a_reply_that_does_not_tell_is_looked_for_in_its_thread(world: World, sending: Sender) -> None:
    await world.post("root")
    await done(world, "root")
    await world.fault("chat.postMessage", "applied_then_timeout", delay=0.1)
    async with world.db.write() as tx:
        await world.outbox.post(tx, "reply", Destination(thread_of="root"), words("reply"))
    await done(world, "reply")
    async with world.db.read() as tx:
        located = await world.outbox.located(tx, "root")
    assert located is not None
    assert await world.seen(thread=located[1]) in (["root", "reply"], ["reply"])
    assert await world.traffic("conversations.replies")


async def test_updates_are_coalesced_and_survive_a_limit(world: World, sending: Sender) -> None:
    await world.post("a")
    await done(world, "a")
    await world.fault("chat.update", "rate_limited", retry_after=1)
    for number in range(5):
        async with world.db.write() as tx:
            await world.outbox.update(tx, "a", words(f"a {number}"))
        world.outbox.wake()
    await done(world, "a")
    assert await world.seen() == ["a 4"]
    assert len(await world.traffic("chat.update")) <= 4


async def test_a_channel_without_us_is_refused_with_the_remedy(world: World, sending: Sender) -> None:
    await world.post("nobody reads this", ABSENT)

    async def failed() -> bool:
        return await world.state("nobody reads this") == "failed"

    await until(failed)


async def test_a_dm_reaches_the_person(world: World, sending: Sender) -> None:
    async with world.db.write() as tx:
        await world.outbox.post(tx, "dm", Destination(user="U0VEGA"), words("paged"), priority=Priority.PAGE)
    await done(world, "dm")
    async with world.db.read() as tx:
        located = await world.outbox.located(tx, "dm")
    assert located is not None
    assert located[0].startswith("D")


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # of an Apprise plugin
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_page_leaves_slack_through_apprise(world: World) -> None:
    """The address comes from the roster at the moment of sending; a refusal is tried again."""
    received: list[dict[str, str]] = []
    answers = [500, 200]

    async def take(request: web.Request) -> web.Response:
        received.append(await request.json())
        return web.Response(status=answers[len(received) - 1])

    application = web.Application()
    application.router.add_post("/phone", take)
    async with TestServer(application) as phone:
        sender = world.sender(lambda ref: f"json://127.0.0.1:{phone.port}/phone" if ref == "vega/sms" else None)
        async with world.db.write() as tx:
            await world.outbox.notify(tx, "page/1/sms", "vega/sms", "PAGE sev1", "the login node is down")
        sender.start()
        await done(world, "page/1/sms")
        await sender.stop()
    assert [(message["title"], message["message"]) for message in received] == [
        ("PAGE sev1", "the login node is down")
    ] * 2


async def _called(world: World, method: str) -> bool:
    return bool(await world.traffic(method))


async def test_a_burst_over_channels_is_sent_once_each(world: World, sending: Sender) -> None:
    keys = [f"{channel} {number}" for channel in (TRIAGE, OTHER) for number in range(10)]
    await asyncio.gather(*(world.post(key, key.split()[0]) for key in keys))
    await done(world, *keys)
    assert sorted(await world.seen(TRIAGE) + await world.seen(OTHER)) == sorted(keys)
