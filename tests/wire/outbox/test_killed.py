"""The process is killed at every step of sending, and started again: one visible copy, each time."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.wire.outbox.conftest import World, until, words

pytestmark = pytest.mark.wire
PROCESS = Path(__file__).with_name("process.py")


async def process(url: str, world: World, fault: str = "") -> asyncio.subprocess.Process:
    environment = {**os.environ, "HELIOGRAPH_FAULT": fault}
    return await asyncio.create_subprocess_exec(sys.executable, PROCESS, url, world.slack.api_url, env=environment)


async def killed_at(step: str, url: str, world: World) -> None:
    dying = await process(url, world, f"{step}:kill")
    async with asyncio.timeout(30):
        assert await dying.wait() == -signal.SIGKILL


async def after_the_kill(url: str, world: World, expected: list[str]) -> None:
    """The next process brings the channel to what is expected, and leaves it so."""

    async def settled() -> bool:
        return await world.state("a") == "done" and await world.state("b") == "done"

    living = await process(url, world)
    try:
        await until(settled, 30)
    finally:
        living.kill()
        await living.wait()
    assert await world.seen() == expected


@pytest.mark.parametrize("step", ["outbox.leased", "outbox.before_send", "outbox.sent_not_recorded"])
async def test_killed_while_posting(world: World, database_url: str, step: str) -> None:
    await world.post("a")
    await world.post("b")
    await killed_at(step, database_url, world)
    await after_the_kill(database_url, world, ["a", "b"])


@pytest.mark.parametrize("step", ["outbox.before_update", "outbox.sent_not_recorded"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_killed_while_updating(world: World, database_url: str, step: str) -> None:
    """`chat.update` twice is the same as once."""
    await world.post("a")
    await world.post("b")
    await after_the_kill(database_url, world, ["a", "b"])
    async with world.db.write() as tx:
        await world.outbox.update(tx, "a", words("a, later"))
    await killed_at(step, database_url, world)
    await after_the_kill(database_url, world, ["a, later", "b"])
