"""`heliograph run` as a process: what it says when it cannot start, and that a signal always ends it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import demonstration, manifest
from bot.config.schema import Commands
from sandbox.slack.hands import Hands
from sandbox.world import Bot, World
from tests.wire.bot.live import EXAMPLE, PEOPLE, TUESDAY

pytestmark = pytest.mark.wire
RUN = ("run", "--config", str(EXAMPLE))
PATIENCE = 30.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = manifest.manifest(Commands().model_dump())
    async with World(made, clock_start=TUESDAY, nodes_per_site=4, folder=tmp_path) as running:
        yield running


class Process:
    """The command, started as a person would; `log` is all that it writes."""

    def __init__(self, world: World, **environment: str) -> None:
        self._environment = os.environ | world.environment(PEOPLE) | {"HELIOGRAPH_HTTP_PORT": "0"} | environment
        self._log = world.folder / "process.log"

    async def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.cli", *RUN, env=self._environment, stdout=log, stderr=log
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def said(self) -> list[str]:
        """What it wrote for people, without its log lines."""
        return [line for line in self.log.splitlines() if not line.startswith("{")]

    async def logs(self, part: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while part not in self.log:
                assert self._process.returncode is None, self.log
                await asyncio.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def code(self, within: float = PATIENCE) -> int:
        try:
            return await asyncio.wait_for(self._process.wait(), within)
        except TimeoutError:
            self._process.kill()
            raise


@pytest.mark.parametrize(
    ("variable", "token", "words"),
    [
        (
            "SLACK_APP_TOKEN",
            "xapp-of-another-app",
            "Slack refused apps.connections.open: invalid_auth. Check SLACK_APP",
        ),
        ("SLACK_BOT_TOKEN", "xoxb-of-another-app", "Slack refused auth.test: invalid_auth. Check SLACK_BOT_TOKEN"),
    ],
)
async def test_a_token_that_slack_refuses_is_said_in_a_sentence_and_is_the_end(
    world: World, variable: str, token: str, words: str
) -> None:
    process = Process(world, **{variable: token})
    await process.start()
    assert await process.code() == 1
    (sentence,) = process.said
    assert sentence.startswith(words)


async def test_a_port_that_is_taken_is_said_in_a_sentence(world: World) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = Process(world, HELIOGRAPH_HTTP_PORT=str(port))
        await process.start()
        assert await process.code() == 2
    assert process.said == [
        f"Port {port} of 127.0.0.1 is taken, perhaps by another Heliograph. "
        "Stop that one, or set HELIOGRAPH_HTTP_PORT to a free port."
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_signal_ends_it_while_it_waits_for_slack(world: World, method: str, number: signal.Signals) -> None:
    """Kubernetes would kill it after thirty seconds, and a person would not know what else to press."""
    async with Hands(world.slack.url) as hands:
        await hands.fault(method, "error_500", 1000)
    process = Process(world)
    await process.start()
    await process.logs("waiting for Slack")
    process.send(number)
    assert await process.code(within=12) == 0
    assert process.said == []


async def test_the_demo_starts_its_bot_again_and_says_so(world: World) -> None:
    """Who kills it to see what is lost sees that nothing is: it answers again."""
    said: asyncio.Queue[str] = asyncio.Queue()
    bot = Bot(world.environment(PEOPLE), world.folder, RUN)
    await bot.start()
    keeping = asyncio.create_task(demonstration.kept(bot, said.put_nowait))
    try:
        assert bot.process is not None
        os.kill(bot.process.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            assert "has ended (exit code -9) and is started again" in await said.get()
            assert "ready again" in await said.get()
        async with Hands(world.slack.url) as hands:
            await hands.command("U0CAPELLA", "C0TRIAGEEU", "/oncall", "")
            await hands.wait_for_message("U0CAPELLA", "C0TRIAGEEU", "leads")
    finally:
        keeping.cancel()
        await bot.stop()
    assert "will be unused" not in bot.log.read_text()
