"""Answers of Slack, kept for a while. Asked once however many wait; an old answer beats none, and has an age."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot import clock
from bot.errors import Temporary

V = TypeVar("V")


@dataclass(frozen=True)
class Aged(Generic[V]):
    """`age` in seconds of real time."""

    value: V
    age: float


class Cache(Generic[V]):
    """`fresh`: seconds for which an answer serves unasked; `stale`: for which it serves while Slack fails."""

    def __init__(self, fresh: float, stale: float, monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._fresh = fresh
        self._stale = stale
        self._monotonic = monotonic
        self._known: dict[str, tuple[V, float]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def get(self, key: str, ask: Callable[[], Awaitable[V]], fresh: float | None = None) -> Aged[V]:
        """Raises what `ask` raises, where nothing that is not too old is known."""
        limit = self._fresh if fresh is None else fresh
        known = self._aged(key)
        if known is not None and known.age <= limit:
            return known
        async with self._asking.setdefault(key, asyncio.Lock()):
            known = self._aged(key)
            if known is not None and known.age <= limit:
                return known
            try:
                value = await ask()
            except Temporary:
                if known is not None and known.age <= self._stale:
                    return known
                raise
            self._known[key] = (value, self._monotonic())
            return Aged(value, 0.0)

    def forget(self, key: str) -> None:
        """What is known about `key` has changed: ask again."""
        self._known.pop(key, None)

    def _aged(self, key: str) -> Aged[V] | None:
        known = self._known.get(key)
        return Aged(known[0], self._monotonic() - known[1]) if known else None
