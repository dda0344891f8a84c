"""A Slack at the gateway's seam: keeps messages, and fails as told. The wire tests have a real one."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.slack.errors import OutcomeUnknown, RateLimited, SlackRefused
from bot.slack.gateway import Posted
from bot.slack.history import Found
from bot.slack.render import Message

Failure = Exception | str


@dataclass
class Visible:
    channel: str
    ts: str
    text: str
    thread: str | None
    metadata: dict[str, Any]
    edits: int = 0


@dataclass
class FakeSlack:
    messages: list[Visible] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    failures: dict[str, deque[Failure]] = field(default_factory=lambda: defaultdict(deque))
    """Per channel, or per method: what the next calls meet. "lost" is applied, and its answer lost."""
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    """A call to this channel waits for the event."""
    counter: int = 0

    def texts(self, channel: str) -> list[str]:
        return [message.text for message in self.messages if message.channel == channel]

    async def post(
        self, channel: str, message: Message, *, thread_ts: str | None = None, metadata: dict[str, Any] | None = None
    ) -> Posted:
        lost = await self._meet("chat.postMessage", channel)
        self.counter += 1
        ts = f"1000.{self.counter:06}"
        self.messages.append(Visible(channel, ts, message.text, thread_ts, metadata or {}))
        if lost:
            raise OutcomeUnknown("no answer")
        return Posted(channel, ts)

    async def update(self, posted: Posted, message: Message, *, metadata: dict[str, Any] | None = None) -> None:
        lost = await self._meet("chat.update", posted.channel)
        for visible in self.messages:
            if (visible.channel, visible.ts) == (posted.channel, posted.ts):
                visible.text, visible.metadata = message.text, metadata or {}
                visible.edits += 1
                if lost:
                    raise OutcomeUnknown("no answer")
                return
        raise SlackRefused("message_not_found", "chat.update")

    async def ephemeral(self, channel: str, user: str, message: Message, *, thread_ts: str | None = None) -> None:
        await self._meet("chat.postEphemeral", channel)
        self.messages.append(Visible(f"{channel}/{user}", "", message.text, thread_ts, {}))

    async def respond(self, url: str, message: Message, *, replace: bool = False) -> None:
        await self._meet("response_url", url)
        self.messages.append(Visible(url, "", message.text, None, {"replace": replace}))

    async def open_dm(self, user: str) -> str:
        await self._meet("conversations.open", user)
        return f"D{user[1:]}"

    async def history_find(
        self, channel: str, outbox_id: str, *, thread_ts: str | None, since: datetime
    ) -> Found | None:
        await self._meet("conversations.history", channel)
        assert since.tzinfo is UTC
        for message in self.messages:
            if message.channel == channel and message.metadata.get("id") == outbox_id:
                return Found(message.ts, message.metadata["version"])
        return None

    async def upload(self, name: str, content: bytes, *, alt: str) -> str:
        await self._meet("files.getUploadURLExternal", name)
        self.counter += 1
        return f"F{self.counter}"

    async def share(self, file: str, title: str, channel: str, *, thread_ts: str | None = None) -> None:
        lost = await self._meet("files.completeUploadExternal", channel)
        self.counter += 1
        self.messages.append(Visible(channel, f"1000.{self.counter:06}", title, thread_ts, {"file": file}))
        if lost:
            raise OutcomeUnknown("no answer")

    async def file_find(self, channel: str, file: str, *, thread_ts: str | None, since: datetime) -> bool:
        await self._meet("conversations.history", channel)
        return any(m.channel == channel and m.metadata.get("file") == file for m in self.messages)

    async def _meet(self, method: str, place: str) -> bool:
        self.calls.append((method, place))
        if gate := self.gates.get(place):
            await gate.wait()
        for queue in (self.failures[place], self.failures[method]):
            if queue:
                failure = queue.popleft()
                if isinstance(failure, Exception):
                    raise failure
                return True
        return False


def limited(method: str, seconds: float) -> RateLimited:
    return RateLimited(method, seconds, datetime.now(UTC))
