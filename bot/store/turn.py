"""SQLite's one writer: a lock whose urgent waiters go first.

What is acknowledged to Slack within three seconds must not queue behind the outbox's records of a busy hour.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator


class Turn:
    """In each of the two queues first come, first served. A waiter that is cancelled leaves its queue."""

    def __init__(self) -> None:
        self._held = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @contextlib.asynccontextmanager
    async def __call__(self, *, urgent: bool = False) -> AsyncIterator[None]:
        await self._take(self._urgent if urgent else self._others)
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self, queue: deque[asyncio.Future[None]]) -> None:
        if not self._held:
            self._held = True
            return
        mine = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()  # the turn came at the moment of the cancellation
            else:
                queue.remove(mine)
            raise

    def _pass_on(self) -> None:
        for queue in (self._urgent, self._others):
            while queue:
                following = queue.popleft()
                if not following.done():
                    following.set_result(None)
                    return
        self._held = False
