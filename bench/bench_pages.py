"""2,000 pages due in the same second: is the first contact of each handed over within 5 s, on SQLite and PostgreSQL?

Forty people are paged fifty times each, by direct message and by a webhook that Apprise calls over TLS; five hundred
notices were written before and wait too. Slack lets one message a second into a channel and says to the others how long
to wait, so that most pages reach somebody by the webhook first. A real process sends.
"""

import asyncio
import os
import ssl
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

import certifi
import trustme
from aiohttp import web

from bench.bench_load import postgres, sqlite
from bench.figures import Figure
from bot.clock import SystemClock
from bot.outbox.api import Destination, Outbox, Priority
from bot.slack.render import Message
from bot.store.database import Database

PAGES, PEOPLE, NOTICES, CHANNELS = 2000, 40, 500, 100
AHEAD = 12.0
"""Seconds in which the process starts and idles before all is due."""
GOAL = 5.0
PATIENCE = 60.0


@dataclass
class World:
    """A Slack that limits, and the webhooks. Notes when (s, Unix time) what was handed over."""

    pages: dict[str, float] = field(default_factory=dict)
    """A page's number → its first contact."""
    notices: list[float] = field(default_factory=list)
    too_soon: int = 0
    """Posts to a channel that was told to wait, before it had waited."""
    limited: int = 0
    _authority: trustme.CA = field(default_factory=trustme.CA)
    _next: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _told: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    async def __aenter__(self) -> Self:
        made = web.Application()
        made.add_routes(
            [
                web.post("/api/conversations.open", self._opened),
                web.post("/api/chat.postMessage", self._posted),
                web.post("/hook/{ref:.*}", self._hook),
            ]
        )
        self._runner = web.AppRunner(made, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._authority.issue_cert("localhost").configure_cert(tls)
        await web.TCPSite(self._runner, "localhost", 0, ssl_context=tls).start()
        ports = [address[1] for address in self._runner.addresses]
        self.slack, self.hooks = f"http://127.0.0.1:{ports[0]}", f"https://localhost:{ports[1]}"
        return self

    def trusted(self) -> AbstractContextManager[str]:
        """A file with who says that the webhooks are who they are, besides all that a system trusts."""
        with open(certifi.where()) as usual:  # as many as have to be read in earnest
            both = usual.read() + self._authority.cert_pem.bytes().decode()
        return trustme.Blob(both.encode()).tempfile()

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def _arrived(self, words: str) -> None:
        kind, number = words.split()[:2]
        if kind == "page":
            self.pages.setdefault(number, time.time())
        else:
            self.notices.append(time.time())

    async def _opened(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        return web.json_response({"ok": True, "channel": {"id": f"D{str(asked['users'])[1:]}"}})

    async def _posted(self, request: web.Request) -> web.Response:
        asked = await _asked(request)
        channel, now = asked["channel"], time.time()
        self.too_soon += now < self._told[channel]
        if now < self._next[channel]:
            self.limited += 1
            self._told[channel] = now + 0.95
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "1"})
        self._next[channel] = now + 1.0
        self._arrived(asked["text"])
        return web.json_response({"ok": True, "channel": channel, "ts": f"{now:.6f}"})

    async def _hook(self, request: web.Request) -> web.Response:
        self._arrived((await request.json())["message"])
        return web.Response(text="ok")


async def _asked(request: web.Request) -> dict[str, str]:
    given = await request.json() if request.content_type == "application/json" else await request.post()
    return {key: str(value) for key, value in {**request.query, **given}.items()}


async def write(url: str, due: datetime) -> None:
    """All that waits, the notices first."""
    db = Database.open(url)
    await db.migrate()
    outbox = Outbox(db, SystemClock())
    async with db.write() as tx:
        for number in range(NOTICES):
            to = Destination(channel=f"C0NOTICE{number % CHANNELS}")
            await outbox.post(tx, f"notice/{number}", to, Message(f"notice {number} is due", []), due=due)
        for number in range(PAGES):
            person, words = number % PEOPLE, f"page {number} is due"
            to = Destination(user=f"U0PERSON{person}")
            await outbox.post(tx, f"page/{number}/dm", to, Message(words, []), priority=Priority.PAGE, due=due)
            await outbox.notify(tx, f"page/{number}/hook", f"person{person}/hook", "paged", words, due=due)
    await db.close()


@asynccontextmanager
async def sending(url: str, world: World) -> AsyncIterator[None]:
    command = (sys.executable, "-m", "bench.page_sender", url, world.slack, world.hooks)
    with world.trusted() as bundle:
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, "REQUESTS_CA_BUNDLE": bundle})
        try:
            yield
        finally:
            process.terminate()
            await process.wait()


async def _measured(name: str, url: str) -> list[Figure]:
    due = datetime.now(UTC) + timedelta(seconds=AHEAD)
    async with World() as world:
        await write(url, due)
        async with sending(url, world):
            end = due.timestamp() + PATIENCE
            while len(world.pages) < PAGES and time.time() < end:  # noqa: ASYNC110 another process
                await asyncio.sleep(0.05)
    lost = PAGES - len(world.pages)
    last = max(world.pages.values(), default=end) - due.timestamp() if not lost else PATIENCE
    early = sum(at < due.timestamp() + last for at in world.notices)
    about = f"{PAGES:,} pages due at once, {name}"
    return [
        Figure(f"{about}: first contact of the last one", last, "s", f"≤ {GOAL:.0f}", last <= GOAL),
        Figure(f"{about}: without a contact", lost, "pages", "0", lost == 0),
        Figure(f"{about}: notices that went before a page", early, "notices", "0", early == 0),
        Figure(f"{about}: posts to a channel that was to wait", world.too_soon, "posts", "0", world.too_soon == 0),
        Figure(f"{about}: told to wait by Slack", world.limited, "posts", "–", True),
    ]


def measure() -> list[Figure]:
    figures: list[Figure] = []
    for name, database in (("SQLite", sqlite), ("PostgreSQL", postgres)):
        with database() as url:
            figures += asyncio.run(_measured(name, url))
    return figures
