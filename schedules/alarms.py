"""Rings what it was handed: a name, how often, a coroutine. Knows nothing of the bot and keeps nothing.

APScheduler is only the alarm clock. Which work is due is a question for the database, asked at each ring, so there
are few jobs, all in memory, all in UTC: none is lost by a late ring (`misfire_grace_time=None`), and rings that piled
up behind a slow one become one (`coalesce`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler


class Alarms:
    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._ringing: set[asyncio.Task[None]] = set()
        # A ring that comes while the last one is still at work is left out on purpose, and is no warning.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)

    def every(self, seconds: float, name: str, ring: Callable[[], Awaitable[None]]) -> None:
        """Rings `name` every `seconds`; the next ring waits until the last one has ended. Errors are the ringer's."""

        async def rung() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._ringing.add(task)
            try:
                await ring()
            finally:
                self._ringing.discard(task)

        self._scheduler.add_job(rung, "interval", seconds=seconds, id=name, name=name)

    def start(self) -> None:
        self._scheduler.start()

    async def stop(self, seconds: float = 3.0) -> None:
        """No ring begins any more; those at work may end, for at most so long, and are cancelled then.

        A ring that is cut off in the middle of a query takes its connection with it: SQLite's driver may then wait for
        ever for a thread that has gone.
        """
        if not self._scheduler.running:
            return
        self._scheduler.remove_all_jobs()
        if self._ringing:
            await asyncio.wait(set(self._ringing), timeout=seconds)
        self._scheduler.shutdown(wait=False)
