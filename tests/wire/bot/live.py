"""A whole bot in this process, on a whole sandbox: real sockets, a clock that tests move, a fleet that fits a test."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlmodel import select

import templates
from bot import app, manifest
from bot.clock import FileClock
from bot.config.file import load
from bot.config.settings import settings
from sandbox.slack.hands import Hands
from sandbox.tour import words
from sandbox.world import World, free_port

EXAMPLE = Path(templates.__file__).parent / "config" / "heliograph.yaml"
PEOPLE = [name.lower() for name in re.findall(r"\$\{HELIOGRAPH_CONTACT_(\w+)\}", EXAMPLE.read_text())]
TUESDAY = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
PATIENCE = 60.0
ALERTMANAGER = "secret-of-alertmanager"


class Live:
    """`async with Live(folder) as live:`; `stop` and `start` the bot in between, the world goes on."""

    def __init__(
        self,
        folder: Path,
        *,
        start: datetime = TUESDAY,
        nodes_per_site: int = 12,
        database: str = "",
        http: bool = False,
        roster: Path = EXAMPLE,
    ) -> None:
        names = dict.fromkeys(re.findall(r"\$\{(\w+)\}", EXAMPLE.read_text()), "json://unused")
        self._commands = load(roster, names).directory().commands
        self.port = free_port()
        url = f"http://127.0.0.1:{self.port}/slack/events" if http else ""
        self.world = World(
            manifest.manifest(self._commands, manifest.Request(url)),
            clock_start=start,
            rate=0.0,
            nodes_per_site=nodes_per_site,
            folder=folder,
            request_url=url,
        )
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            "HELIOGRAPH_HTTP_PORT": str(self.port),
            "HELIOGRAPH_PUBLIC_URL": self.url,
            "HELIOGRAPH_ALERTMANAGER_SECRET": ALERTMANAGER,
            "HELIOGRAPH_MODE": "http" if http else "socket",
        }
        self._database = database
        self.roster = roster
        self._stack = AsyncExitStack()
        self._bot: AsyncExitStack | None = None

    async def __aenter__(self) -> "Live":
        await self._stack.enter_async_context(self.world)
        self.hands = await self._stack.enter_async_context(Hands(self.world.slack.url))
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        await self._stack.aclose()

    async def start(self) -> None:
        environment = self.world.environment(PEOPLE) | self._environment
        if self._database:
            environment["HELIOGRAPH_DATABASE_URL"] = self._database
        self._bot = AsyncExitStack()
        with patch.dict(os.environ, environment):
            clock = FileClock(self.world.folder / "clock.json")
            running = app.heliograph(load(self.roster), settings(), clock)
            self.parts = await self._bot.enter_async_context(running)

    async def stop(self) -> None:
        if self._bot is not None:
            await self._bot.aclose()
            self._bot = None

    def advance(self, **by: float) -> None:
        self.world.clock.advance(timedelta(**by))

    async def until(self, look: Callable[[], Awaitable[Any]], what: str) -> Any:
        """The first truthy thing that `look` sees."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while loop.time() < end:
            if found := await look():
                return found
            await asyncio.sleep(0.02)
        raise AssertionError(f"{what} did not come")

    async def sees(self, who: str, channel: str, part: str, thread: str | None = None) -> dict[str, Any]:
        """The newest message with `part` that `who` sees there."""

        async def look() -> dict[str, Any] | None:
            found = [m for m in await self.hands.messages(who, channel, thread=thread) if part in words(m)]
            return found[-1] if found else None

        message: dict[str, Any] = await self.until(look, f"“{part}” for {who} in {channel}")
        return message

    async def dm(self, who: str) -> str:
        """The channel of `who`'s direct messages with the app, once the app has opened it."""

        async def look() -> str | None:
            return next((c["id"] for c in (await self.hands.state(who))["channels"] if c["kind"] == "im"), None)

        return str(await self.until(look, f"a direct message to {who}"))

    async def count(self, who: str, channel: str, part: str) -> int:
        return sum(part in words(m) for m in await self.hands.messages(who, channel))

    async def rows(self, table: Any) -> list[Any]:
        async with self.parts.db.read() as tx:
            return list((await tx.scalars(select(table))).all())
