"""How fast one channel may be posted to, so that Slack's own limit is not what decides who waits.

Slack allows about one `chat.postMessage` a second in a channel, and short bursts (source: Slack's page on rate limits).
Who goes beyond is told to wait, and a page then waits with the rest. So notices leave room for a page, digests leave
room for both, and a page itself is never held up here: Slack knows better whether there is room left.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 4.0
"""Seconds, of real time."""
NOTICES, DIGESTS = 3, 2
"""Posts that were begun within the window, of any kind, with which the next notice or digest waits."""
_MOST = {1: NOTICES, 2: DIGESTS}
"""By `Priority`; what is not here does not wait."""


@dataclass(frozen=True)
class Begun:
    at: float
    lane: str


class Budget:
    """In memory: a process that starts anew has forgotten, and is told by Slack."""

    def __init__(self, monotonic: Callable[[], float], window: float = WINDOW) -> None:
        self._monotonic = monotonic
        self._window = window
        self._begun: deque[Begun] = deque()

    def spend(self, lane: str) -> None:
        """A post to the channel of `lane` begins."""
        self._begun.append(Begun(self._monotonic(), lane))

    def left(self, lane: str, priority: int) -> float:
        """Seconds until a post of that priority may begin; 0 when it may."""
        now, most = self._monotonic(), _MOST.get(priority)
        while self._begun and self._begun[0].at <= now - self._window:
            self._begun.popleft()
        recent = [begun.at for begun in self._begun if begun.lane == lane]
        if most is None or len(recent) < most:
            return 0.0
        return recent[-most] + self._window - now
