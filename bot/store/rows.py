"""What the two databases spell differently, said once."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import SQLModel

T = TypeVar("T", bound=SQLModel)


async def insert_new(tx: AsyncSession, row: SQLModel) -> bool:
    """Inserts `row` unless one with the same unique key is there. → whether it did.

    Where another transaction is about to insert the same key, PostgreSQL waits for its outcome, so that of any
    number at once exactly one is told yes.
    """
    done = await tx.execute(_insert(type(row), _dialect(tx)), row.model_dump(exclude_none=True))
    return _count(done) == 1


async def insert_new_all(tx: AsyncSession, rows: Sequence[T], key: Callable[[T], str]) -> list[bool]:
    """Like `insert_new`, of many of one table in one statement; `key` gives the value of its unique column `key`.

    → for each whether it was inserted; of two with the same key the first.
    """
    first = {key(row): row for row in reversed(rows)}
    values = [row.model_dump(exclude={"number", "id"}) for row in first.values()]
    made = await tx.execute(_insert_telling(type(rows[0]), _dialect(tx)), values)
    new: set[str] = set(made.scalars())
    return [key(row) in new and first[key(row)] is row for row in rows]


@cache
def _insert(table: type[SQLModel], dialect: str) -> Insert:
    """Made once for a table: to build it costs more than to execute it."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(_table(table)).on_conflict_do_nothing()


@cache
def _insert_telling(table: type[SQLModel], dialect: str) -> ReturningInsert[Any]:
    return _insert(table, dialect).returning(_table(table).c.key)


def _table(table: type[SQLModel]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


def _dialect(tx: AsyncSession) -> str:
    return tx.get_bind().dialect.name


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
