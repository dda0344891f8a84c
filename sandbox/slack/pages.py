"""Cursors, as Slack pages its lists: opaque text that is only good for the list it came from."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError

T = TypeVar("T")


def page(items: Sequence[T], args: Arguments, default: int, most: int) -> tuple[list[T], str]:
    """→ the page that `cursor` and `limit` ask for, and the cursor of the next one, empty at the end."""
    limit = args.number("limit", default, most)
    start = _read(args.text("cursor"), len(items))
    end = start + limit
    return list(items[start:end]), _write(end) if end < len(items) else ""


def _write(offset: int) -> str:
    return base64.b64encode(f"next:{offset}".encode()).decode()


def _read(cursor: str, length: int) -> int:
    if not cursor:
        return 0
    try:
        word, _, offset = base64.b64decode(cursor, validate=True).decode().partition(":")
        at = int(offset)
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None
    if word != "next" or not 0 <= at <= length:
        raise SlackError("invalid_cursor")
    return at
