"""That a sender lives, known to the other replicas without a clock: its session at PostgreSQL holds a lock.

When the process dies, or its machine's connection does, the server ends the session and the lock is gone. Whoever sees
that for `GONE_FOR` seconds takes over what it had begun, long before `queue.DEAD_AFTER`. A server that was started
anew has forgotten all locks: who lives holds its own again well within that time. On SQLite there is one process, and
nothing to say.
"""

import asyncio
import contextlib
import zlib
from collections.abc import Collection

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import BotError, NoDatabase
from bot.store.database import Database

GONE_FOR = 1.0
LOOK = 0.3
"""Seconds between two looks whether the session still stands."""
PATIENCE = 5.0
_SENDERS = 0x4F555442
"""The first half of the lock's key: it spells OUTB. The other half is the sender's."""

_LIVING = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = :senders AND objsubid = 2 AND granted"
)

log = structlog.get_logger()


def key(owner: str) -> int:
    """Of two senders with the same key one would be thought alive for the other: 60 seconds late, and nothing lost."""
    return zlib.crc32(owner.encode())


async def living(tx: AsyncSession) -> set[int]:
    """The keys of the senders whose sessions stand."""
    held = await tx.execute(_LIVING, {"senders": _SENDERS})
    return {int(number) for number in held.scalars()}


async def gone(tx: AsyncSession, owners: Collection[str]) -> set[str]:
    """Those of `owners` whose sessions do not stand. On PostgreSQL only."""
    held = await living(tx)
    return {owner for owner in owners if key(owner) not in held}


class Alive:
    def __init__(self, db: Database, owner: str) -> None:
        self._db = db
        self._key = key(owner)
        self._held = asyncio.Event()
        self._holding: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Returns once the lock is held; nothing may be leased before. Raises `NoDatabase` where it takes too long."""
        if self._db.dialect != "postgresql" or self._held.is_set():
            return
        if self._holding is None:
            self._holding = asyncio.create_task(self._hold(), name="outbox lives")
        try:
            async with asyncio.timeout(PATIENCE):
                await self._held.wait()
        except TimeoutError as error:
            raise NoDatabase("The database does not answer just now.") from error

    async def end(self) -> None:
        if self._holding is not None:
            self._holding.cancel()
            await asyncio.gather(self._holding, return_exceptions=True)

    async def _hold(self) -> None:
        while True:
            with contextlib.suppress(BotError):
                async with self._db.session() as session:
                    await session.execute(text(f"SELECT pg_advisory_lock({_SENDERS}, {_signed(self._key)})"))
                    self._held.set()
                    while True:
                        await asyncio.sleep(LOOK)
                        await session.execute(text("SELECT 1"))
            log.warning("outbox lost its session at the database")
            await asyncio.sleep(LOOK)


def _signed(key: int) -> int:
    """PostgreSQL takes the two halves as signed."""
    return key - (1 << 32) if key >= 1 << 31 else key
