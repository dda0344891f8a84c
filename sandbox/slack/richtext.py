"""The `rich_text` block that Slack makes out of what a person types, entities resolved."""

import hashlib
import re
from typing import Any

_ENTITY = re.compile(r"<(@|#|!subteam\^|!)?([^>|]+)(?:\|([^>]*))?>")


def block(text: str, ts: str) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": _elements(text)}
    return {"type": "rich_text", "block_id": block_id(ts), "elements": [section]}


def block_id(seed: str) -> str:
    """Five letters, as Slack gives blocks that came without one; the same for the same message."""
    return hashlib.sha256(seed.encode()).hexdigest()[:5]


def _elements(text: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    at = 0
    for found in _ENTITY.finditer(text):
        if found.start() > at:
            made.append({"type": "text", "text": _plain(text[at : found.start()])})
        made.append(_entity(*found.groups()))
        at = found.end()
    if at < len(text) or not made:
        made.append({"type": "text", "text": _plain(text[at:])})
    return made


def _entity(sign: str | None, name: str, label: str | None) -> dict[str, Any]:
    match sign:
        case "@":
            return {"type": "user", "user_id": name}
        case "#":
            return {"type": "channel", "channel_id": name}
        case "!subteam^":
            return {"type": "usergroup", "usergroup_id": name}
        case "!":
            return {"type": "broadcast", "range": name}
        case _:
            return {"type": "link", "url": _plain(name), **({"text": _plain(label)} if label else {})}


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
