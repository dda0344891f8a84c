"""The demo and the tour: starts the sandbox, and in a process of its own the bot, by the command a person would type.

The only module besides the terminal's that knows both sides, because it hands one the other's address.
"""

import asyncio
import os
import re
import signal
import socket
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import templates
from bot import manifest
from bot.config.file import Config, load
from bot.errors import UserError
from sandbox import tour as tours
from sandbox import tour_steps
from sandbox.slack.hands import Hands
from sandbox.world import Bot, World
from schedules.rota import resolve

EXAMPLE = Path(templates.__file__).parent / "config" / "heliograph.yaml"
AHEAD = timedelta(days=60)
"""How far the workspace is told of handoffs, for the clock panel."""


@dataclass(frozen=True)
class Running:
    world: World
    bot: Bot


async def serve(port: int, seed: int, *, browser: bool) -> None:
    """Until Ctrl-C."""
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    print("Starting a workspace, a fleet of 768 nodes and the bot …", flush=True)
    _free(port)
    async with running(port, seed, start=None) as (here, seconds):
        print(_addresses(here, seconds), flush=True)
        if browser and os.environ.get("DISPLAY", "") + os.environ.get("WAYLAND_DISPLAY", ""):
            webbrowser.open(here.world.slack.url)
        keeping = asyncio.create_task(kept(here.bot, partial(print, flush=True)))
        await stop.wait()
        keeping.cancel()
        print("\nStopping …", flush=True)


async def kept(bot: Bot, say: Callable[[str], None]) -> None:
    """Starts the bot again when it ends by itself, as whatever runs it in earnest does, and says so."""
    while bot.process is not None:
        code = await bot.process.wait()
        say(f"\n  The bot has ended (exit code {code}) and is started again; its log: {bot.log}")
        try:
            seconds = await bot.start()
        except RuntimeError as error:
            say(f"  It does not start: {error}\n  Nothing answers in the workspace any more. Ctrl-C stops everything.")
            return
        say(f"  The bot is ready again, after {seconds:.1f} s, and goes on with what it had received.")


async def tour(seed: int, as_json: bool) -> int:
    """→ the exit code: 0 when every step saw what it should."""

    def say(step: tours.Step) -> None:
        if not as_json:
            print(f"{'✓' if step.ok else '✗'} {step.step}  ({step.seconds:.1f} s)\n    {step.seen}", flush=True)

    async with running(0, seed, start=tours.START) as (here, seconds), Hands(here.world.slack.url) as hands:
        taken = tours.Tour(here.world, here.bot, hands, say)
        steps = [
            tours.Step("The bot starts", True, round(seconds, 2), f"ready after {seconds:.1f} s"),
            *await taken.run(tour_steps.STEPS),
        ]
    if as_json:
        print(tours.as_json(steps))
    else:
        failed = sum(not s.ok for s in steps)
        total = sum(s.seconds for s in steps)
        print(
            f"\n{len(steps)} steps in {total:.1f} s, {failed} failed"
            if failed
            else f"\n{len(steps)} steps in {total:.1f} s, all good"
        )
    return 0 if all(s.ok for s in steps) else 1


@asynccontextmanager
async def running(port: int, seed: int, start: datetime | None) -> AsyncIterator[tuple[Running, float]]:
    """The world and the bot in it, and how many seconds the bot took to be ready."""
    people = re.findall(r"\$\{HELIOGRAPH_CONTACT_(\w+)\}", EXAMPLE.read_text())
    names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", EXAMPLE.read_text()), "")
    config = load(EXAMPLE, dict.fromkeys(names, "json://unused"))
    made = manifest.manifest(config.directory().commands)
    async with World(made, clock_start=start, port=port, seed=seed) as world:
        await world.tell_boundaries(_boundaries(config, world.clock.now()))
        environment = world.environment([p.lower() for p in people])
        bot = Bot(environment, world.folder, ("run", "--config", str(EXAMPLE)))
        try:
            seconds = await bot.start()
            yield Running(world, bot), seconds
        finally:
            await bot.stop()


def _free(port: int) -> None:
    """Raises `UserError` when somebody else has the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UserError(
                f"Port {port} is taken, perhaps by another demo.", hint="Choose another: `heliograph demo --port 0`."
            ) from None


def _boundaries(config: Config, now: datetime) -> list[datetime]:
    schedule = resolve.resolve(config.rota(), now, now + AHEAD)
    return [lead.start for lead in schedule.leads if lead.start > now]


def _addresses(here: Running, seconds: float) -> str:
    world = here.world
    lines = [
        "",
        f"  workspace    {world.slack.url}",
        f"  phones       {world.phone_url}/phones   (what reaches people outside Slack)",
        f"  cluster      kubectl --kubeconfig {world.kubeconfig} get nodes",
        f"  bot          {here.bot.url}/ready   (ready after {seconds:.1f} s; log: {here.bot.log})",
        "",
        "  Try: act as opal in #aurora-support and type  /request sev2 loss is NaN since 09:00",
        "  then act as the engineer who has it. Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
