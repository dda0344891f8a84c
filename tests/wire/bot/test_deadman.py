"""The dead-man's switch at the wire: a receiver outside hears that all is well, and nothing when it is not."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import text

from bot import manifest
from bot.config.schema import Commands
from sandbox.world import World, free_port
from tests.wire.bot.live import TUESDAY, Live
from tests.wire.bot.test_process import Process

pytestmark = pytest.mark.wire
PATIENCE, SILENCE = 30.0, 1.5
"""Seconds: until something must have come; in which, at five calls a second, nothing may."""


class Outside:
    """What is called."""

    def __init__(self) -> None:
        self.calls, self.port, self._next = 0, free_port(), asyncio.Event()
        self.url = f"http://127.0.0.1:{self.port}/ping/s3cret-of-the-switch"

    async def heard(self, request: web.Request) -> web.Response:
        self.calls += 1
        self._next.set()
        return web.Response()

    async def comes(self) -> None:
        for _ in range(2):
            self._next.clear()
            await asyncio.wait_for(self._next.wait(), PATIENCE)

    async def stops(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                before = self.calls
                await asyncio.sleep(SILENCE)
                if self.calls == before:
                    return


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made = Outside()
    app = web.Application()
    app.router.add_get("/ping/{secret}", made.heard)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", made.port).start()
    yield made
    await runner.cleanup()


async def test_calls_stop_while_the_database_cannot_be_asked_and_come_again(
    tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOGRAPH_DEADMAN_URL", outside.url)
    monkeypatch.setenv("HELIOGRAPH_DEADMAN_SECONDS", "0.2")
    async with Live(tmp_path) as live:
        await outside.comes()
        async with live.parts.db.write() as tx:
            await tx.execute(text("ALTER TABLE outgoing_message RENAME TO away"))
        await outside.stops()
        async with live.parts.db.write() as tx:
            await tx.execute(text("ALTER TABLE away RENAME TO outgoing_message"))
        await outside.comes()
        await live.stop()
        await outside.stops()
    said = capfd.readouterr()
    assert "dead-man's switch withheld" in said.out
    assert "s3cret-of-the-switch" not in said.out + said.err


async def test_calls_stop_when_the_process_is_killed(tmp_path: Path, outside: Outside) -> None:
    made = manifest.manifest(Commands().model_dump())
    async with World(made, clock_start=TUESDAY, nodes_per_site=4, folder=tmp_path) as world:
        process = Process(world, HELIOGRAPH_DEADMAN_URL=outside.url, HELIOGRAPH_DEADMAN_SECONDS="0.2")
        await process.start()
        await outside.comes()
        process.send(signal.SIGKILL)
        await process.code()
        await outside.stops()
