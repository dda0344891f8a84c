"""What every way to post has in common: reading text, blocks and metadata, refusing what Slack refuses."""

import re
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack import blockcheck, events
from sandbox.slack.errors import SlackError
from sandbox.slack.model import BOT_USER, Channel, Json, Message
from sandbox.slack.richtext import block_id
from sandbox.slack.workspace import Workspace

TEXT_CUT = 40_000
"""Longer texts are cut without a word."""
UPDATE_TEXT = 4_000
METADATA_BYTES = 8_000
_TS = re.compile(r"\d{10,}\.\d{6}")


@dataclass
class Content:
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None


def content(text: str, blocks: Any, attachments: Any, metadata: Any, *, need: bool = True) -> Content:
    """Checks and completes; `need` refuses a message that says nothing (`no_text`)."""
    if blocks:
        blockcheck.check_message(blocks)
    for attachment in attachments or []:
        if not isinstance(attachment, dict):
            raise SlackError("invalid_attachments")
        if attachment.get("blocks"):
            blockcheck.check_message(attachment["blocks"])
    if len(attachments or []) > 100:
        raise SlackError("too_many_attachments")
    if need and not text.strip() and not blocks and not attachments:
        raise SlackError("no_text")
    return Content(text[:TEXT_CUT], fill(blocks or []), attachments or [], checked_metadata(metadata))


def from_body(body: Json, *, need: bool = True) -> Content:
    """What a response URL or an acknowledgement carries."""
    text = body.get("text")
    return content(
        text if isinstance(text, str) else "",
        body.get("blocks"),
        body.get("attachments"),
        body.get("metadata"),
        need=need,
    )


def checked_metadata(metadata: Any) -> Json | None:
    if not metadata:
        return None
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    if not isinstance(payload, dict) or not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise SlackError("invalid_metadata_format")
    if len(str(payload)) > METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": payload}


def fill(blocks: list[Json]) -> list[Json]:
    """Blocks without an id get one, and so do interactive elements without an action."""
    made = []
    for i, block in enumerate(blocks):
        whole: Json = {**_spelled_out(block), "block_id": block.get("block_id") or block_id(f"{i}{block}")}
        if isinstance(whole.get("accessory"), dict):
            whole["accessory"] = _named(whole["accessory"], 0)
        if whole["type"] == "actions":
            whole["elements"] = [_named(e, k) for k, e in enumerate(whole["elements"])]
        if isinstance(whole.get("element"), dict):
            whole["element"] = _named(whole["element"], 0)
        made.append(whole)
    return made


def _spelled_out(value: Any) -> Any:
    """Text objects say what they left to the default, as Slack gives them back."""
    if isinstance(value, list):
        return [_spelled_out(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: _spelled_out(v) for k, v in value.items()}
    if made.get("type") == "plain_text":
        made.setdefault("emoji", True)
    elif made.get("type") == "mrkdwn":
        made.setdefault("verbatim", False)
    return made


def _named(element: Json, n: int) -> Json:
    if element.get("type") == "image":
        return element
    return {**element, "action_id": element.get("action_id") or block_id(f"{n}{element}")}


def may_post(w: Workspace, c: Channel) -> None:
    if c.archived:
        raise SlackError("is_archived")
    if BOT_USER not in c.members:
        raise SlackError("not_in_channel")


def check_thread(c: Channel, thread_ts: str) -> str:
    """→ the ts of the thread's first message."""
    if not thread_ts:
        return ""
    if not _TS.fullmatch(thread_ts):
        raise SlackError("invalid_thread_ts")
    parent = c.messages.get(thread_ts)
    if parent is None:
        raise SlackError("thread_not_found")
    return parent.thread_ts or parent.ts


def post(w: Workspace, c: Channel, made: Content, **more: Any) -> Message:
    """Puts a message of the bot into `c`, and tells whoever subscribed."""
    message = Message(
        c.id,
        w.next_ts(c),
        BOT_USER,
        made.text,
        made.blocks,
        made.attachments,
        metadata=made.metadata,
        **more,
    )
    w.add(message)
    events.posted(w, message)
    return message


def whisper(w: Workspace, c: Channel, made: Content, user: str, thread_ts: str = "") -> Message:
    return w.whisper(
        Message(
            c.id,
            w.next_ts(c),
            BOT_USER,
            made.text,
            made.blocks,
            made.attachments,
            thread_ts=thread_ts,
            ephemeral_to=user,
        )
    )
