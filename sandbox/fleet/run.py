"""The fleet alive: controllers run when something changed, time passes by ticks, incidents come and go.

    async with Fleet(store, clock, seed) as fleet:
        incidents.inject(fleet, "gpu-off-bus")

Without a running loop (unit tests) `settle()` and `tick(now)` do the same by hand.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sandbox.clock import Clock
from sandbox.fleet.controllers import Controllers
from sandbox.fleet.progress import Progress
from sandbox.kube.store import Store

if TYPE_CHECKING:
    from sandbox.fleet.incidents import Injected

TICK_SECONDS = 0.2
"""Real seconds between two ticks."""


class Fleet:
    def __init__(self, store: Store, clock: Clock, seed: int = 7) -> None:
        store.graceful_pods = True
        self.store, self.clock, self.seed = store, clock, seed
        self.controllers = Controllers(store, clock.now(), seed)
        self.live, self.kubelet = self.controllers.live, self.controllers.kubelet
        self.progress = Progress(self.live, self.kubelet)
        self.incidents: dict[str, Injected] = {}
        self.injected = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._soon = False
        self._wake = asyncio.Event()
        self.controllers.settle()
        self.progress.adopt()

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.live.on_work = self._work
        self.clock.on_change(self._changed)
        self.tick(self.clock.now())
        self._task = self._loop.create_task(self._run(), name="fleet")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.on_work = None
        self._loop = None
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self.live.close()

    def settle(self) -> None:
        """Does what changes asked for, at the instant of the last tick."""
        self.controllers.settle()

    def tick(self, now: datetime) -> None:
        """Lets time pass until `now`: timers, then training."""
        self.controllers.run_until(now, self.progress.look)
        self.progress.tick()
        self.controllers.settle()

    def describe(self) -> list[dict[str, Any]]:
        """The incidents that are active, oldest first."""
        return [i.describe() for i in self.incidents.values()]

    # The loop
    async def _run(self) -> None:
        while True:
            self._wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_SECONDS)
            try:
                self.tick(self.clock.now())
            except Exception:
                logging.getLogger(__name__).exception("a tick of the fleet failed")

    def _changed(self) -> None:
        """The clock was moved; its listener may be called from anywhere in the loop's thread."""
        if self._loop is not None:
            self._wake.set()

    def _work(self) -> None:
        """A store event made work: it is done after the write at hand, not inside it."""
        if self._loop is None or self._soon:
            return
        self._soon = True
        self._loop.call_soon(self._settle_soon)

    def _settle_soon(self) -> None:
        self._soon = False
        if self._loop is not None:
            self.live.now = max(self.live.now, self.clock.now())
            self.controllers.settle()
