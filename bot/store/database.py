"""The database: one transaction for reading, or one for writing, and nothing else.

SQLite has one writer at a time (`aiosqlite` with several had a worst case of 1.1 s through lock collisions): writes
take turns (`bot.store.turn`), take the write lock at once (`BEGIN IMMEDIATE`) and are on the disk when they return
(`synchronous=FULL`). Readers have connections of their own that cannot write. PostgreSQL does all that by itself.
"""

import asyncio
import contextlib
import errno
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from bot.clock import monotonic
from bot.errors import BotError, UserError
from bot.store import migrations
from bot.store.errors import translated
from bot.store.one_hop import DRIVER
from bot.store.turn import Turn

_MIGRATION_LOCK = 0x48454C494F
"""PostgreSQL's advisory lock while a replica migrates; the number spells HELIO."""

AT_ONCE = 3
"""Connections to PostgreSQL of a kind: to write, to read, and for what is urgent. One loop serves all: of sixteen
side by side each waited for all the others (`docs/decisions/0011-who-goes-first.md`)."""

IDLE = 1.0
"""Seconds. A connection to PostgreSQL that was in use so lately is taken to be there still."""

STAND_BACK = 0.1
"""Seconds that a transaction waits for those who go first, and then goes on: nobody waits for ever."""


class Database:
    """Made by `open`; nothing is connected before the first use."""

    def __init__(self, url: URL) -> None:
        self.dialect = url.get_backend_name()
        self._url = url
        self._turns = Turn() if self.dialect == "sqlite" else None
        self._first = 0
        self._nobody_first = asyncio.Event()
        self._nobody_first.set()
        if self.dialect == "sqlite":
            self._writer = _sqlite(url, "BEGIN IMMEDIATE", query_only=False, pool_size=1)
            self._urgent = _sqlite(url, "", query_only=False, pool_size=1)
            self._reader = _sqlite(url, "BEGIN", query_only=True, pool_size=4)
        else:
            self._writer, self._reader = _postgres(url), _postgres(url).execution_options(postgresql_readonly=True)
            self._urgent = _postgres(url).execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    def open(cls, url: str) -> "Database":
        """`sqlite:///file` or `postgresql://user@host/name`. Raises `BotError`, which never repeats the password."""
        return cls(_parsed(url))

    @contextlib.contextmanager
    def first(self) -> Iterator[None]:
        """Meanwhile no other transaction begins, for `STAND_BACK` seconds each: somebody waits who must not.

        One loop serves all. Whoever is to be acknowledged within three seconds would wait for the work of all before.
        """
        self._first += 1
        self._nobody_first.clear()
        try:
            yield
        finally:
            self._first -= 1
            if not self._first:
                self._nobody_first.set()

    @contextlib.asynccontextmanager
    async def write(self, *, urgent: bool = False, alone: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction: committed at the end, rolled back on any error. Rows stay readable afterwards.

        Do nothing slow inside: on SQLite everybody else who writes is waiting, `urgent` ones in front. For those, and
        for a statement that is `alone`, each statement is a transaction: it is on the disk with its answer, two
        journeys earlier; so make it one statement. Not reentrant.
        """
        if not urgent:
            await self._stand_back()
        async with self._turn(urgent=urgent):
            with translated():
                engine = self._urgent if urgent or alone else self._writer
                async with AsyncSession(engine, expire_on_commit=False) as tx, tx.begin():
                    yield tx

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """One transaction that cannot write."""
        await self._stand_back()
        with translated():
            async with AsyncSession(self._reader, expire_on_commit=False, autoflush=False) as tx, tx.begin():
                yield tx

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncConnection]:
        """A connection of one's own, for as long as it is held; each statement commits by itself."""
        engine = create_async_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT", hide_parameters=True)
        try:
            with translated():
                async with engine.connect() as connection:
                    yield connection
        finally:
            await engine.dispose()

    async def migrate(self) -> None:
        """Brings the schema to this version's, in one transaction. Of several replicas one does it, the others wait.

        Raises `BotError` where a later version of Heliograph has been at the database.
        """
        async with self._turn():
            with translated():
                async with self._writer.begin() as connection:
                    if self.dialect == "postgresql":
                        await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                    await connection.run_sync(migrations.upgrade)

    async def _stand_back(self) -> None:
        if self._first:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STAND_BACK):
                    await self._nobody_first.wait()

    def _turn(self, *, urgent: bool = False) -> contextlib.AbstractAsyncContextManager[None]:
        return self._turns(urgent=urgent) if self._turns else contextlib.nullcontext()

    async def close(self) -> None:
        for engine in (self._reader, self._urgent, self._writer):
            await engine.dispose()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BotError("The database URL cannot be read; it looks like sqlite:///heliograph.db") from None
    drivers = {"sqlite": DRIVER, "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    backend = parsed.drivername.partition("+")[0]
    if backend not in drivers:
        raise BotError(f"Heliograph stores in SQLite or PostgreSQL, not in {backend}.")
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise BotError("SQLite needs a file: its readers and its writer are different connections.")
        _folder_of(Path(str(parsed.database)))
    if "sslmode" in parsed.query:  # libpq's word, which every hosted database's URL has; asyncpg calls it ssl
        mode = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parsed.set(drivername=drivers[backend])


def _folder_of(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        hint = "Name a file that Heliograph may write."
        raise UserError(f"The database {file} cannot be made: {error.strerror}.", hint=hint) from error


def _postgres(url: URL) -> AsyncEngine:
    """Connections that are tried before use, where the last use is `IDLE` ago: SQLAlchemy's own way does it each time,
    which is three journeys of a transaction's six."""
    engine = create_async_engine(url, pool_size=AT_ONCE, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "checkin")
    def used(_connection: Any, record: Any) -> None:
        record.info["used"] = monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def tried(connection: Any, record: Any, _proxy: Any) -> None:
        if "used" not in record.info or monotonic() - record.info["used"] < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return engine


def _sqlite(url: URL, begin: str, *, query_only: bool, pool_size: int) -> AsyncEngine:
    """Without `begin` each statement is a transaction of its own."""
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself; `began` does
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    if begin:

        @event.listens_for(engine.sync_engine, "begin")
        def began(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine
