"""Everything that went over the wire, in order, for tests and for the curious. Tokens are masked."""

import re
from collections import deque
from collections.abc import Callable
from typing import Any

KEPT = 5_000
"""Entries; older ones are dropped, so that a demo left running does not eat the machine."""
_TOKEN = re.compile(r"(xox[a-z]|xapp)-[A-Za-z0-9-]+")


class Traffic:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._n = 0
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def add(self, kind: str, method: str, request: Any, response: Any = None, status: int = 200) -> dict[str, Any]:
        """`kind`: api, upload, response_url, socket or http. The entry may be completed when the answer is known."""
        self._n += 1
        entry = {
            "n": self._n,
            "at": self._now(),
            "kind": kind,
            "method": method,
            "request": masked(request),
            "response": masked(response),
            "status": status,
        }
        self._entries.append(entry)
        return entry

    @staticmethod
    def mask(value: Any) -> Any:
        return masked(value)

    def since(self, n: int = 0) -> list[dict[str, Any]]:
        return [e for e in self._entries if e["n"] > n]


def masked(value: Any) -> Any:
    if isinstance(value, str):
        return _TOKEN.sub(lambda m: f"{m.group(1)}-***", value)
    if isinstance(value, dict):
        return {k: masked(v) for k, v in value.items()}
    if isinstance(value, list):
        return [masked(v) for v in value]
    return value
