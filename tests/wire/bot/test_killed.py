"""The process is killed after Slack was told "received" and before the work was done: it is done after the restart."""

from pathlib import Path

import pytest

from bot import manifest
from bot.config.schema import Commands
from sandbox.slack.hands import Hands
from sandbox.tour import words
from sandbox.world import Bot, World
from tests.wire.bot.live import EXAMPLE, PEOPLE, TUESDAY

pytestmark = pytest.mark.wire
OPAL, CAPELLA, AURORA, EUROPE = "U0OPAL", "U0CAPELLA", "C0AURORA", "C0TRIAGEEU"


@pytest.mark.parametrize("step", ["listener.begun", "outbox.leased", "outbox.before_send", "outbox.sent_not_recorded"])
async def test_nothing_is_lost_and_nothing_is_visible_twice(tmp_path: Path, step: str) -> None:
    made = manifest.manifest(Commands().model_dump())
    async with World(made, clock_start=TUESDAY, rate=1.0, nodes_per_site=4, folder=tmp_path) as world:
        environment = world.environment(PEOPLE)
        doomed = Bot(environment | {"HELIOGRAPH_FAULT": f"{step}:kill"}, tmp_path, ("run", "--config", str(EXAMPLE)))
        await doomed.start()
        async with Hands(world.slack.url) as hands:
            await hands.post(OPAL, AURORA, "<@U0HELIO> all ranks hang")
            assert doomed.process is not None
            await doomed.process.wait()
            bot = Bot(environment, tmp_path, ("run", "--config", str(EXAMPLE)))
            try:
                await bot.start()
                card = await hands.wait_for_message(CAPELLA, EUROPE, "R-1")
                assert "all ranks hang" in words(card)
                cards = [m for m in await hands.messages(CAPELLA, EUROPE) if "all ranks hang" in words(m)]
                assert len(cards) == 1
                root = next(m for m in await hands.messages(OPAL, AURORA) if "all ranks hang" in words(m))
                await hands.wait_for_message(OPAL, AURORA, "has this", thread=root["ts"])
                replies = await hands.messages(OPAL, AURORA, root["ts"])
                assert sum("has this" in words(m) for m in replies) == 1
            finally:
                await bot.stop()
