"""Keeps a copy of one kind of one cluster: a paged list, then a watch from there on, for as long as it runs.

The library's informers are not used: threads, no paging, no bookmarks, and no pause between failures. Here a failure
waits longer each time, a watch that ends goes on from where it was, and only a version that is too old lists anew.
What is kept through a failure is shown with its age, and never taken for the present.
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.errors import BotError
from bot.fleet import decode, objects
from bot.fleet.connection import Connection
from bot.fleet.errors import Gone, NotFound
from bot.fleet.kinds import Kind
from bot.fleet.snapshot import Source, State

PAGE = 500
WATCH_SECONDS = 300
SILENCE_SECONDS = 150.0
"""A server sends a bookmark about every minute: after so long without anything the connection is dead."""
ABSENT_SECONDS = 300.0
"""How often it is asked whether a kind has been installed meanwhile."""

log = structlog.get_logger()


class Reflector:
    """`changed` is called after each change; `pause` are the least and the most seconds between failures."""

    def __init__(
        self,
        conn: Connection,
        kind: Kind,
        clock: Clock,
        changed: Callable[[], None],
        *,
        pause: tuple[float, float] = (0.5, 10.0),
    ) -> None:
        self.kind = kind
        self.items: dict[str, objects.Object] = {}
        self.version = ""
        """API version under which the kind is served."""
        self.lists = 0
        self._conn, self._clock, self._changed = conn, clock, changed
        self._first, self._most = pause
        self._resource_version = ""
        self._state = State.UNKNOWN
        self._since: datetime | None = None
        self._seen: datetime | None = None
        self._why = "not read yet"
        self._failures = 0
        self.settled = asyncio.Event()
        """Set when the first attempt has ended, well or not."""

    @property
    def source(self) -> Source:
        return Source(self.kind.name, self._state, self._since, self._why)

    async def run(self) -> None:
        while True:
            try:
                if not self._resource_version:
                    await self._list()
                await self._watch()
            except Gone:
                self._resource_version = ""
                await self._pause(self._first)
            except NotFound:
                self._absent()
                await asyncio.sleep(ABSENT_SECONDS)
            except decode.WatchFailed as error:
                if error.status.code == 410:
                    self._resource_version = ""
                    await self._pause(self._first)
                else:
                    await self._failed(error)
            except decode.Undecodable as error:
                self._resource_version = ""
                await self._failed(error)
            except BotError as error:
                await self._failed(error)

    async def _list(self) -> None:
        version, items, resource_version = await read(self._conn, self.kind)
        self.lists += 1
        self.version = version
        self.items, self._resource_version = items, resource_version
        self._fresh()

    async def _watch(self) -> None:
        seconds = WATCH_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311
        query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("resourceVersion", self._resource_version),
            ("timeoutSeconds", str(int(seconds))),
        ]
        async with self._conn.stream(self.kind.path(self.version), query, silence=SILENCE_SECONDS) as lines:
            self._fresh()
            async for line in lines:
                self._apply(decode.change(self.kind.type, line))
                self._seen = self._clock.now()

    def _apply(self, change: decode.Change) -> None:
        self._resource_version = change.version or self._resource_version
        self._failures = 0
        if change.item is None:
            return
        key = objects.key(change.item)
        if change.type == "DELETED":
            self.items.pop(key, None)
        else:
            self.items[key] = change.item
        self._changed()

    def _fresh(self) -> None:
        self._state, self._since, self._why = State.FRESH, None, ""
        self._seen = self._clock.now()
        self._failures = min(self._failures, 1)
        self.settled.set()
        self._changed()

    def _absent(self) -> None:
        self.items, self._resource_version = {}, ""
        self._state, self._since, self._why = State.ABSENT, None, "not installed"
        self.settled.set()
        self._changed()

    async def _failed(self, error: BotError) -> None:
        if self._state is State.FRESH:
            self._state, self._since = State.STALE, self._seen
        self._why = str(error)
        if self._failures == 0:
            log.warning(
                "a cluster's kind cannot be read", cluster=self._conn.cluster, kind=self.kind.name, why=self._why
            )
        self._failures += 1
        self.settled.set()
        self._changed()
        await self._pause(min(self._most, self._first * 2 ** min(self._failures, 10)))

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds * random.uniform(0.5, 1.0))  # noqa: S311


async def read(conn: Connection, kind: Kind) -> tuple[str, dict[str, objects.Object], str]:
    """The whole list: (API version, objects by key, resource version). Raises `NotFound` where it is not installed."""
    for version in kind.versions:
        try:
            return version, *await _pages(conn, kind, kind.path(version))
        except NotFound:
            continue
    raise NotFound(f"{kind.name} is not installed")


async def _pages(conn: Connection, kind: Kind, path: str) -> tuple[dict[str, objects.Object], str]:
    items: dict[str, objects.Object] = {}
    more = ""
    while True:
        query = [("limit", str(PAGE))] + ([("continue", more)] if more else [])
        page = decode.page(kind.type, await conn.get(path, query))
        for item in page.items or []:
            items[objects.key(item)] = item
        more = page.metadata.continue_ or ""
        if not more:
            return items, page.metadata.resource_version


def sources(mirrors: Mapping[str, Reflector]) -> tuple[Source, ...]:
    return tuple(mirror.source for mirror in mirrors.values())
