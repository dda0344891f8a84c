"""Splits and shortens mrkdwn without cutting through an entity (`&amp;`), a token (`<@U…>`) or a block of code."""

import re

_WHOLE = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);")
_FENCE = "```"
_ROOM_FOR_NOTE = 200


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; what is longer says how much is missing, where that has room."""
    if len(text) <= limit:
        return text
    if limit < _ROOM_FOR_NOTE:
        return _head(text, limit - 1) + "…"
    head = _head(text, limit - 60)
    return f"{_closed(head)}\n… shortened, {len(text) - len(head):,} more characters"


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, at a line's end where there is one. Empty text has no pieces."""
    pieces = []
    rest = text.strip()
    while len(rest) > limit:
        head = _head(rest, limit - 2 * len(_FENCE), lines=True)
        open_fence = head.count(_FENCE) % 2 == 1
        pieces.append(_closed(head))
        rest = (_FENCE if open_fence else "") + rest[len(head) :].lstrip("\n")
    if rest.strip(" \n`"):
        pieces.append(rest)
    return pieces or ([text.strip()] if text.strip() else [])


def _head(text: str, length: int, *, lines: bool = False) -> str:
    """The first `length` characters or a few less."""
    end = max(1, length)
    for match in _WHOLE.finditer(text, max(0, end - 4_000), min(len(text), end + 4_000)):
        if match.start() < end < match.end():
            end = match.start()
    if lines:
        line_end = text.rfind("\n", end // 2, end)
        end = line_end if line_end > 0 else end
    return text[: end or max(1, length)]


def _closed(text: str) -> str:
    return text + _FENCE if text.count(_FENCE) % 2 == 1 else text
