"""How long `heliograph run` takes until it is ready, and what it holds in memory then, on the whole fleet."""

import asyncio
import statistics
from pathlib import Path

from bench.figures import Figure
from bot import demonstration
from sandbox import tour
from sandbox.world import Bot

RUNS = 3


def measure() -> list[Figure]:
    return asyncio.run(_measure())


async def _measure() -> list[Figure]:
    async with demonstration.running(0, 7, tour.START) as (here, first):
        seconds = [first]
        for _ in range(RUNS - 1):
            await here.bot.stop()
            seconds.append(await here.bot.start())
        await asyncio.sleep(3)
        resident = _resident(here.bot)
    middle = statistics.median(seconds)
    return [
        Figure("start to ready, mirror of 768 nodes warm", middle, "s", "≤ 5", middle <= 5),
        Figure("memory at rest, mirror full", resident, "MB", "≤ 160", resident <= 160),
    ]


def _resident(bot: Bot) -> float:
    assert bot.process is not None
    for line in Path(f"/proc/{bot.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("the process has no resident size")
