"""What the SDK does not do for us: find our own message again, look at the answer to an answer, or at an upload's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.slack import ids

PAGES = 20
"""Pages of 200 messages that are looked through."""


@dataclass(frozen=True)
class Found:
    ts: str
    version: int


def found(messages: Iterable[Mapping[str, Any]], outbox_id: str) -> Found | None:
    for message in messages:
        metadata = message.get("metadata") or {}
        payload = metadata.get("event_payload") or {}
        if metadata.get("event_type") == ids.OUTBOX_EVENT and payload.get("id") == outbox_id:
            return Found(str(message["ts"]), int(payload.get("version", 0)))
    return None


def has_file(messages: Iterable[Mapping[str, Any]], file: str) -> bool:
    return any(one.get("id") == file for message in messages for one in message.get("files") or ())


@dataclass(frozen=True)
class _Answer:
    """In the shape of the SDK's answers, so that one place translates both."""

    status_code: int
    headers: Mapping[str, str]
    data: dict[str, Any]


async def respond(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> None:
    """Raises `SlackApiError` on any other answer than 200, which the SDK's `respond` keeps to itself."""
    async with session.post(url, json=body) as said:
        if said.status == 200:
            return
        words = (await said.text())[:200]
        code = "expired_url" if said.status in (404, 410) else words.strip() or "refused"
        known = {} if said.status >= 500 else {"error": code}
        raise SlackApiError("response_url", _Answer(said.status, dict(said.headers), known))  # type: ignore[no-untyped-call]


async def upload(session: aiohttp.ClientSession, url: str, content: bytes) -> None:
    """The bytes of a file, to the address that Slack gave for them. Nothing is seen yet, so all may be done again."""
    async with session.post(url, data=content) as said:
        if said.status != 200:
            words = (await said.text())[:200].strip()
            known = {} if said.status >= 500 else {"error": words or "upload_refused"}
            raise SlackApiError("upload", _Answer(said.status, dict(said.headers), known))  # type: ignore[no-untyped-call]
