"""How often somebody may be wrong. What is right is always let in: a gateway hides many people behind one address.

Counted in this process alone, per address and in all, by real time: it keeps a guesser from asking thousands of times
a second, and 192 bits keep the rest out.
"""

from collections import deque
from collections.abc import Callable

PER_MINUTE = 20
"""Wrong tries of one address."""
IN_ALL = 600
MINUTE = 60.0


class Guesses:
    """`monotonic` in seconds."""

    def __init__(self, monotonic: Callable[[], float], each: int = PER_MINUTE, all_: int = IN_ALL) -> None:
        self._monotonic = monotonic
        self._each = each
        self._all = all_
        self._wrong: deque[tuple[float, str]] = deque()
        self._of: dict[str, int] = {}

    def wrong(self, address: str) -> int:
        """Counts one. → seconds to wait before the next; 0 while there is still something left."""
        now = self._monotonic()
        self._forget(now)
        mine = self._of.get(address, 0)
        if mine < self._each and len(self._wrong) < self._all:
            self._wrong.append((now, address))
            self._of[address] = mine + 1
            return 0
        oldest = next((at for at, who in self._wrong if who == address), self._wrong[0][0])
        return max(1, int(oldest + MINUTE - now))

    def _forget(self, now: float) -> None:
        while self._wrong and self._wrong[0][0] <= now - MINUTE:
            _, address = self._wrong.popleft()
            self._of[address] -= 1
            if not self._of[address]:
                del self._of[address]
