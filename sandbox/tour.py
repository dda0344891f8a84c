"""The tour: everything the product promises, done once by people, on a fast clock, headless.

Each step acts as a person would (types, clicks, waits), then looks at what that person sees, at the database and at
the cluster. A step that does not see what it should, fails; the tour goes on, and its exit code says so.
"""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.fleet import incidents
from sandbox.slack.hands import Hands
from sandbox.world import Bot, World

PATIENCE = 15
"""Real seconds until a step that waits for something gives up."""
START = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
"""A Tuesday: Europe leads, California has just come in, the lead passes at 16:30 UTC plus a little."""


class Missing(AssertionError):
    """What a step should have seen did not come."""


@dataclass(frozen=True)
class Step:
    step: str
    ok: bool
    seconds: float
    seen: str


class Tour:
    def __init__(self, world: World, bot: Bot, say: Callable[[Step], None]) -> None:
        self.world = world
        self.bot = bot
        self.hands = Hands(world.slack.url)
        self.steps: list[Step] = []
        self._say = say

    async def run(self) -> list[Step]:
        for name, act in STEPS:
            began = asyncio.get_running_loop().time()
            try:
                seen, ok = await act(self), True
            except (Missing, TimeoutError, RuntimeError, KeyError, IndexError, LookupError) as error:
                seen, ok = f"{type(error).__name__}: {error}", False
            seconds = round(asyncio.get_running_loop().time() - began, 2)
            self.steps.append(Step(name, ok, seconds, seen))
            self._say(self.steps[-1])
        return self.steps

    async def eventually(self, look: Callable[[], Awaitable[Any]], what: str) -> Any:
        """The first truthy thing that `look` sees."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while loop.time() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.05)
        raise Missing(f"{what} did not come within {PATIENCE} s")

    async def message(self, who: str, channel: str, part: str, thread: str | None = None) -> dict[str, Any]:
        """A message in `channel` (or its `thread`) that `who` sees and that has `part` in it."""

        async def look() -> dict[str, Any] | None:
            for message in reversed(await self.hands.messages(who, channel, thread=thread)):
                if part in words(message):
                    return message
            return None

        found: dict[str, Any] = await self.eventually(look, f"a message with “{part}” for {who} in {channel}")
        return found

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Reads the bot's database as an outsider."""
        with sqlite3.connect(f"file:{self.world.folder / 'heliograph.sqlite3'}?mode=ro", uri=True) as db:
            return db.execute(sql, values).fetchall()


def words(message: dict[str, Any]) -> str:
    """All that a message says: its text and every text in its blocks."""
    found = [str(message.get("text", ""))]

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("text", "alt_text") and isinstance(inner, str):
                    found.append(inner)
                else:
                    collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(message.get("blocks", []))
    return "\n".join(found)


def as_json(steps: list[Step]) -> str:
    return json.dumps([asdict(s) for s in steps], indent=1, ensure_ascii=False)


STEPS: list[tuple[str, Callable[[Tour], Awaitable[str]]]] = []
_ = (incidents, timedelta)
