"""How many listeners are at work at the same time: a few, and one while people are at the door.

What is acknowledged is safe on the disk, and can wait; an acknowledgement cannot. All share one loop, and each listener
at work makes each of the half dozen rounds longer that an acknowledgement takes
(`docs/decisions/0011-who-goes-first.md`).
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from bot import clock

AT_ONCE = 8
IN_A_RUSH = 1
QUICK = 0.25
"""Seconds after which a listener no longer counts in a rush: it waits for somebody else, and is not to hold up all who
come after it."""
LOOK = 0.02
"""Seconds between two looks whether the rush is over, while anybody waits."""


class Turns:
    """`async with turns():` waits for a turn; first come, first served, and `first` before all others.

    `rush` tells whether people are at the door.
    """

    def __init__(self, rush: Callable[[], bool], monotonic: Callable[[], float] = clock.monotonic) -> None:
        self._rush = rush
        self._monotonic = monotonic
        self._first: deque[asyncio.Future[float]] = deque()
        self._others: deque[asyncio.Future[float]] = deque()
        self._began: list[float] = []
        self._look: asyncio.TimerHandle | None = None

    @contextlib.asynccontextmanager
    async def __call__(self, *, first: bool = False) -> AsyncIterator[None]:
        mine = await self._begun(self._first if first else self._others)
        try:
            yield
        finally:
            self._ended(mine)

    async def _begun(self, queue: deque[asyncio.Future[float]]) -> float:
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        self._pass_on()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # the turn came at the moment of the cancellation
                self._ended(turn.result())
            raise

    def _ended(self, mine: float) -> None:
        self._began.remove(mine)
        self._pass_on()

    def _pass_on(self) -> None:
        while (queue := self._first or self._others) and self._room():
            turn = queue.popleft()
            if not turn.done():
                now = self._monotonic()
                self._began.append(now)
                turn.set_result(now)
        if queue and self._look is None:
            self._look = asyncio.get_running_loop().call_later(LOOK, self._looked)

    def _looked(self) -> None:
        self._look = None
        self._pass_on()

    def _room(self) -> bool:
        if len(self._began) >= AT_ONCE:
            return False
        if not self._rush():
            return True
        now = self._monotonic()
        return sum(now - began < QUICK for began in self._began) < IN_A_RUSH
