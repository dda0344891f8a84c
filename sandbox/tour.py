"""The tour: everything the product promises, done once by people, on a fast clock, headless.

Each step acts as a person would (types, clicks, waits), then looks at what that person sees, at the database and at
the cluster. A step that does not see what it should, fails; the tour goes on, and its exit code says so.
"""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.phone import Arrived
from sandbox.slack.hands import Hands, Refused
from sandbox.world import Bot, World

PATIENCE = 15
"""Real seconds until a step that waits for something gives up."""
START = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
"""A Tuesday: Europe leads, the United States have just come in, the lead passes at 16:30 UTC."""


Act = Callable[["Tour"], Awaitable[str]]


class Missing(AssertionError):
    """What a step should have seen did not come."""


@dataclass(frozen=True)
class Step:
    step: str
    ok: bool
    seconds: float
    seen: str


class Tour:
    def __init__(self, world: World, bot: Bot, hands: Hands, say: Callable[[Step], None]) -> None:
        self.world = world
        self.bot = bot
        self.hands = hands
        self.steps: list[Step] = []
        self.keep: dict[str, str] = {}
        """What a step leaves for a later one."""
        self._say = say

    async def run(self, steps: Iterable[tuple[str, Act]]) -> list[Step]:
        for name, act in steps:
            began = asyncio.get_running_loop().time()
            try:
                seen, ok = await act(self), True
            except (AssertionError, TimeoutError, RuntimeError, LookupError, Refused) as error:
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

    async def command(self, who: str, channel: str, command: str, text: str = "") -> None:
        """Types a slash command; Slack must not have to say that it timed out."""
        answer = await self.hands.command(who, channel, command, text)
        self.expect(bool(answer.get("acked")), f"{command} was acknowledged: {answer}")

    async def dm(self, who: str) -> str:
        """The channel of `who`'s direct messages with the app, once the app has opened it."""

        async def look() -> str | None:
            return next((c["id"] for c in (await self.hands.state(who))["channels"] if c["kind"] == "im"), None)

        return str(await self.eventually(look, f"a direct message to {who}"))

    async def sees(self, who: str, channel: str, part: str) -> bool:
        return any(part in words(m) for m in await self.hands.messages(who, channel))

    async def phoned(self, after: int, person: str) -> Arrived | None:
        """The first message that reached `person` (anybody, if empty) outside Slack after the first `after` ones."""
        return next((a for a in self.world.phone.arrived[after:] if person in ("", a.person)), None)

    async def settle(self) -> None:
        """Lets the bot's alarms ring several times: what should not happen has had its chance."""
        await asyncio.sleep(1.0)

    def pods(self, namespace: str, job: str) -> int:
        return len(self.world.store.list("pods", namespace, labels=f"batch.kubernetes.io/job-name={job}"))

    def workload(self, namespace: str, job: str) -> dict[str, Any]:
        uid = self.world.store.get("jobs.batch", job, namespace)["metadata"]["uid"]
        found = self.world.store.list("workloads.kueue.x-k8s.io", namespace, labels=f"kueue.x-k8s.io/job-uid={uid}")
        return found[0]

    def expect(self, true: bool, what: str) -> None:
        if not true:
            raise Missing(f"expected that {what}")

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
