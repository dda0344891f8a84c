"""200 commands a second for 30 seconds, against one process, on SQLite and on PostgreSQL: acknowledged in time?

Half of them open a request, which is the most that a command writes. What is acknowledged counts only if it was done:
afterwards every request is a row, and nothing is left in the inbox. (What is posted then goes at Slack's own pace.)
"""

import asyncio
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

import templates
from bench.figures import Figure
from bench.yes_slack import SECRET, YesSlack
from sandbox.world import Bot
from tests import fixtures_postgres

EXAMPLE = Path(templates.__file__).parent / "config" / "heliograph.yaml"
RATE, SECONDS = 200.0, 30
WARM_UP = 2
PATIENCE = 240.0
"""Seconds until everything that was acknowledged must be done."""
LEFT = "select count(*) from incoming where state = 'new'"


def measure() -> list[Figure]:
    figures: list[Figure] = []
    for name, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
        with database() as url:
            figures += asyncio.run(_loaded(name, url))
    return figures


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="heliograph-load-") as folder:
        yield f"sqlite:///{folder}/heliograph.sqlite3"


@contextmanager
def postgres() -> Iterator[str]:
    with fixtures_postgres.server({}) as server:
        yield server.fresh_database()


def commands() -> list[tuple[str, str]]:
    """Half requests, the rest looked up: who is on call, which usage."""
    others = [("/oncall", ""), ("/job", "help"), ("/request", "help")]
    return [
        ("/request", f"sev3 loss is odd, number {number}") if number % 2 else others[number // 2 % 3]
        for number in range(int(RATE) * SECONDS)
    ]


async def _loaded(name: str, url: str) -> list[Figure]:
    wanted = commands()
    asked = sum(text.startswith("sev3") for _, text in wanted)
    async with YesSlack() as slack:
        with tempfile.TemporaryDirectory(prefix="heliograph-load-") as folder:
            bot = Bot(environment(slack, url), Path(folder), ("run", "--config", str(EXAMPLE)))
            await bot.start()
            try:
                at = f"{bot.url}/slack/events"
                await slack.press(at, wanted[: int(RATE) * WARM_UP : 2], RATE / 2)
                before = await rows(url, "select count(*) from request")
                pressed = await slack.press(at, wanted, RATE)
                waited = await emptied(url)
                made = await rows(url, "select count(*) from request") - before
            finally:
                await bot.stop()
    lost = pressed.refused + (asked - made)
    p99, worst = pressed.percentile(0.99) * 1000, max(pressed.seconds)
    return [
        Figure(f"200 commands/s for 30 s, {name}: acknowledged, p99", p99, "ms", "≤ 60", p99 <= 60),
        Figure(f"200 commands/s for 30 s, {name}: the slowest", worst, "s", "≤ 1", worst <= 1),
        Figure(f"200 commands/s for 30 s, {name}: dropped", lost, "commands", "0", lost == 0),
        Figure(f"200 commands/s for 30 s, {name}: all worked after", waited, "s", "–", waited < PATIENCE),
    ]


def environment(slack: YesSlack, url: str) -> dict[str, str]:
    contacts = dict.fromkeys(re.findall(r"\$\{(\w+)\}", EXAMPLE.read_text()), "json://127.0.0.1:9/unused")
    return {
        **contacts,
        "HELIOGRAPH_KUBECONFIG": os.devnull,
        "HELIOGRAPH_MODE": "http",
        "HELIOGRAPH_DATABASE_URL": url,
        "SLACK_BOT_TOKEN": "xoxb-bench",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{slack.url}/api/",
    }


async def emptied(url: str) -> float:
    """Seconds until everything that was acknowledged is done."""
    began = time.monotonic()
    while await rows(url, LEFT) and time.monotonic() - began < PATIENCE:  # noqa: ASYNC110 another process does it
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def rows(url: str, query: str) -> int:
    if url.startswith("sqlite"):
        with sqlite3.connect(f"file:{url.removeprefix('sqlite:///')}?mode=ro", uri=True) as db:
            return int(db.execute(query).fetchone()[0])
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
