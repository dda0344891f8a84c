"""What the two databases spell differently, said once."""

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel


async def insert_new(tx: AsyncSession, row: SQLModel) -> bool:
    """Inserts `row` unless one with the same unique key is there. → whether it did.

    Where another transaction is about to insert the same key, PostgreSQL waits for its outcome, so that of any
    number at once exactly one is told yes.
    """
    table = type(row)
    values = row.model_dump(exclude_none=True)
    if tx.get_bind().dialect.name == "postgresql":
        done = await tx.execute(postgresql.insert(table).values(**values).on_conflict_do_nothing())
    else:
        done = await tx.execute(sqlite.insert(table).values(**values).on_conflict_do_nothing())
    return _count(done) == 1


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
