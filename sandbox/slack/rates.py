"""Slack's rate limits: per method and per workspace, by tier; `chat.postMessage` one a second in each channel.

Off by default. Slack counts in windows of a minute and lets bursts through that its documentation does not put a
figure to; the sandbox is the stricter: a method may be called as often as its tier says in any 60 seconds. It counts
real time, since a bot that obeys `Retry-After` waits for real.
"""

import time
from collections import defaultdict, deque

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Tier → calls a minute."""
WINDOW = 60.0
POST_BURST = 4
"""`chat.postMessage` allows short bursts beyond one a second."""


class RateLimits:
    def __init__(self) -> None:
        self.enabled = False
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def clear(self) -> None:
        self._calls.clear()

    def check(self, method: str, tier: int, channel: str) -> int:
        """→ 0, or the seconds of `Retry-After`."""
        if not self.enabled:
            return 0
        if method == "chat.postMessage":
            return self._count(f"{method} {channel}", POST_BURST, float(POST_BURST))
        return self._count(method, TIERS[tier], WINDOW)

    def _count(self, key: str, most: int, window: float) -> int:
        now, calls = time.monotonic(), self._calls[key]
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= most:
            return max(1, round(calls[0] + window - now + 0.5))
        calls.append(now)
        return 0
