"""The outbox against the sandbox's Slack, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

from bot.clock import SystemClock
from bot.outbox.api import Destination, Outbox
from bot.outbox.sender import Pace, Sender
from bot.outbox.tables import OutgoingMessage
from bot.slack.gateway import Gateway
from bot.slack.render import Message
from bot.store.database import Database
from sandbox.clock import Clock
from sandbox.slack.server import SlackSandbox
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Heliograph"},
    "features": {"bot_user": {"display_name": "heliograph", "always_online": True}, "slash_commands": []},
    "oauth_config": {
        "scopes": {
            "bot": [
                *("chat:write", "channels:read", "channels:history", "groups:read", "groups:history"),
                *("im:history", "im:write", "users:read", "usergroups:read", "usergroups:write", "reactions:write"),
            ]
        }
    },
    "settings": {"interactivity": {"is_enabled": True}, "socket_mode_enabled": True},
}
TRIAGE, OTHER, ABSENT = "C0TRIAGEEU", "C0TRIAGEUS", "C0GENERAL"
SEEN_BY = {TRIAGE: "U0MIRA", OTHER: "U0VEGA"}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(Clock(), manifest=MANIFEST) as slack:
        yield slack


@pytest.fixture
async def gateway(slack: SlackSandbox) -> AsyncIterator[Gateway]:
    made = Gateway.open("xoxb-sandbox", SystemClock(), slack.api_url)
    yield made
    await made.close()


@dataclass
class World:
    db: Database
    slack: SlackSandbox
    gateway: Gateway
    outbox: Outbox
    http: aiohttp.ClientSession

    def sender(self, contacts: Callable[[str], str | None] = lambda _: None) -> Sender:
        pace = Pace(poll=0.02, dead_after=1.0)
        made = Sender(self.db, SystemClock(), self.gateway, contacts, pace=pace)
        self.outbox.on_wake(made.wake)
        return made

    async def post(self, key: str, channel: str = TRIAGE, **more: Any) -> None:
        async with self.db.write() as tx:
            await self.outbox.post(tx, key, Destination(channel=channel), words(key), **more)
        self.outbox.wake()

    async def fault(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        body = {"method": method, "kind": kind, "times": times, **more}
        async with self.http.post(f"{self.slack.url}/control/faults", json=body) as said:
            assert said.status == 200, await said.text()

    async def seen(self, channel: str = TRIAGE, thread: str | None = None) -> list[str]:
        """What a person reads there."""
        query = {"as": SEEN_BY[channel], "channel": channel} | ({"thread": thread} if thread else {})
        async with self.http.get(f"{self.slack.url}/control/messages", params=query) as said:
            messages = (await said.json())["messages"]
        return [message["text"] for message in messages if message.get("metadata") or message.get("bot_id")]

    async def traffic(self, method: str) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.slack.url}/control/traffic") as said:
            body = await said.json()
        return [entry for entry in body["traffic"] if entry["method"] == method]

    async def state(self, key: str) -> str:
        async with self.db.read() as tx:
            row = await tx.scalars(select(OutgoingMessage.state).where(OutgoingMessage.key == key))
            return row.one()


def words(text: str) -> Message:
    return Message(text, [{"type": "section", "text": {"type": "mrkdwn", "text": text}}])


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110 - any state of another process, not an event
            await asyncio.sleep(0.02)


@pytest.fixture
async def world(db: Database, slack: SlackSandbox, gateway: Gateway) -> AsyncIterator[World]:
    async with aiohttp.ClientSession() as http:
        yield World(db, slack, gateway, Outbox(db, SystemClock()), http)


@pytest.fixture
async def sending(world: World) -> AsyncIterator[Sender]:
    """A sender that runs."""
    made = world.sender()
    made.start()
    yield made
    await made.stop()
