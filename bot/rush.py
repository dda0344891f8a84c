"""Whether people are at the door just now: work that can wait does less at a time meanwhile."""

from collections.abc import Callable

from bot import clock

LULL = 0.05
"""Seconds without anybody, after which it is over. At two hundred commands a second one comes every 0.005."""


class Rush:
    """Noted by the door with `came`; asked by calling it."""

    def __init__(self, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._monotonic = monotonic
        self._last = float("-inf")

    def came(self) -> None:
        self._last = self._monotonic()

    def __call__(self) -> bool:
        return self._monotonic() - self._last < LULL


def never() -> bool:
    """For those who have no door."""
    return False
