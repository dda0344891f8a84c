"""Small writes that come at the same time share a transaction, and so one wait for the disk.

A commit costs SQLite about a millisecond and a half whatever is in it; two hundred commands a second, each written
down when it comes and when it is done, would keep it busy with nothing else.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.database import Database

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class _Waiting(Generic[T, R]):
    item: T
    done: "asyncio.Future[R]"


class Together(Generic[T, R]):
    """`write` gets all that waits, `most` at the most, and gives a result for each; `urgent` ones go before others.
    `urgent` or `alone` it is one statement (`Database.write`).

    It may be called twice for an item, the first time in a transaction that was rolled back, and changes only rows.
    """

    def __init__(
        self,
        db: Database,
        write: Callable[[AsyncSession, list[T]], Awaitable[list[R]]],
        *,
        urgent: bool = False,
        alone: bool = False,
        most: int = 64,
    ) -> None:
        self._db = db
        self._write = write
        self._urgent = urgent
        self._alone = alone
        self._most = most
        self._queue: list[_Waiting[T, R]] = []
        self._worker: asyncio.Task[None] | None = None

    async def do(self, item: T) -> R:
        """What `write` gives for it, once it is committed. Where it fails in company it is done alone, and raises."""
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(item, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._empty(), name="writing together")
        return await done

    async def _empty(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[: self._most], self._queue[self._most :]
            if not await self._committed(batch, alone=len(batch) == 1):
                for waiting in batch:
                    await self._committed([waiting], alone=True)

    async def _committed(self, batch: list[_Waiting[T, R]], *, alone: bool) -> bool:
        try:
            async with self._db.write(urgent=self._urgent, alone=self._alone) as tx:
                results = await self._write(tx, [waiting.item for waiting in batch])
        except Exception as error:
            if alone and not batch[0].done.done():
                batch[0].done.set_exception(error)
            return alone
        for waiting, result in zip(batch, results, strict=True):
            if not waiting.done.done():  # its caller may have gone
                waiting.done.set_result(result)
        return True
