"""Who has to wait how long before the next try. In real time and in memory.

Slack's `Retry-After` and a back-off are seconds of the real world: a clock that was moved (the sandbox's) must neither
cut them short nor make them last for hours. A process that starts anew tries at once, and is told again.
"""

import math
import random
from collections.abc import Callable, Collection

FIRST, MOST = 1.0, 120.0
"""Seconds of the first back-off, and of the longest."""
PER_CHANNEL = frozenset({"chat.postMessage", "chat.postEphemeral"})
"""Methods that Slack limits by channel: others may go on. Any other method is limited as a whole."""


class Pauses:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until: dict[tuple[str, str], float] = {}

    def row(self, id: str, attempts: int) -> None:
        """After `attempts` failures; doubled each time, and spread so that many do not come back together."""
        seconds = min(MOST, FIRST * 2 ** min(attempts - 1, 10))
        self._hold(("row", id), seconds * random.uniform(0.75, 1.25))  # noqa: S311 - not a secret

    def wait(self, id: str, seconds: float) -> None:
        """So long, since who takes the row wants it; the lane waits with it."""
        self._hold(("row", id), seconds)

    def method(self, method: str, lane: str, seconds: float) -> None:
        self._hold((method, lane if method in PER_CHANNEL else ""), seconds)

    def left(self, id: str, lane: str, methods: Collection[str]) -> float:
        """Seconds until a row of `lane` that needs `methods` may be tried; 0 when it may."""
        keys = [("row", id), *((m, lane if m in PER_CHANNEL else "") for m in methods)]
        now = self._monotonic()
        return max(0.0, *(self._until.get(key, now) - now for key in keys))

    def soonest(self) -> float:
        """Seconds until the first row may be tried again; infinite where none waits for that."""
        now = self._monotonic()
        return min((until - now for (kind, _), until in self._until.items() if kind == "row"), default=math.inf)

    def paused_rows(self) -> list[str]:
        self._forget()
        return [name for kind, name in self._until if kind == "row"]

    def _hold(self, key: tuple[str, str], seconds: float) -> None:
        self._until[key] = max(self._until.get(key, 0.0), self._monotonic() + seconds)

    def _forget(self) -> None:
        now = self._monotonic()
        self._until = {key: until for key, until in self._until.items() if until > now}
