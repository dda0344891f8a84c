"""SQLite's driver for asyncio (`aiosqlite`) with one hop to its thread for a statement, where it takes four.

A cursor is made, executes, is read to its end and is closed: each is a round trip between the loop and the
connection's thread, half a millisecond in all, where SQLite itself needs twenty microseconds. Here the thread does the
four in one. Everything else is SQLAlchemy's own dialect (docs/decisions/0011-who-goes-first.md).

Refuses to stream: what a query gives is read at once, as SQLAlchemy does with `aiosqlite` anyway.
"""

import sqlite3
from collections import deque
from typing import Any, NamedTuple

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.util.concurrency import await_

DRIVER = "sqlite+one_hop"
"""What a URL calls it."""


class _Done(NamedTuple):
    description: Any
    rows: list[Any]
    rowcount: int
    lastrowid: int | None


_NOTHING = _Done(None, [], -1, None)


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ("_done",)
    _awaitable_cursor_close = False

    def __init__(self, adapt_connection: AsyncAdapt_aiosqlite_connection) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._rows = deque()
        self._done = _NOTHING

    @property
    def description(self) -> Any:
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._done.lastrowid

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        self._run(_execute, operation, parameters)

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        self._run(_execute_many, operation, seq_of_parameters)

    def close(self) -> None:
        self._rows.clear()

    def _run(self, what: Any, operation: str, parameters: Any) -> None:
        connection: Any = self._connection
        try:
            self._done = await_(connection._execute(what, connection._conn, operation, parameters))
        except Exception as error:
            self._adapt_connection._handle_exception(error)
        self._rows = deque(self._done.rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor  # type: ignore[assignment]  # which its own class narrows, and any cursor fits

    def rollback(self) -> None:
        """The pool rolls back whatever comes home; where nothing is open that is no reason for a hop."""
        if self._open():
            super().rollback()

    def commit(self) -> None:
        """A statement that was a transaction by itself needs none."""
        if self._open():
            super().commit()

    def _open(self) -> bool:
        connection: Any = self._connection
        return connection._connection is not None and connection._connection.in_transaction


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *args: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        made: Any = super().connect(*args, **options)
        return _Connection(self, made._connection)


class Dialect(SQLiteDialect_aiosqlite):
    driver = "one_hop"
    supports_statement_cache = True
    supports_server_side_cursors = False

    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        return _Driver(__import__("aiosqlite"), sqlite3)


def _execute(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    return _read(connection.execute(operation, parameters or ()))


def _execute_many(connection: sqlite3.Connection, operation: str, parameters: Any) -> _Done:
    return _read(connection.executemany(operation, parameters))


def _read(cursor: sqlite3.Cursor) -> _Done:
    """The rows come first: only then does SQLite know how many were written."""
    rows = cursor.fetchall() if cursor.description else []
    done = _Done(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return done


registry.register("sqlite.one_hop", __name__, "Dialect")
