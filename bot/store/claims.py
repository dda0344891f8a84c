"""One ring, one answer: every replica's alarm rings, and a row decides which of them answers.

`claim` is for what happens at an instant known beforehand (a boundary, a report). `looked` and `look` are for work
that sweeps over time: a ring looks at `(last looked, now]`, so that an outage is caught up, once. Both are part of
the caller's transaction: if the work fails, the claim is gone with it.
"""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col, select

from bot.store import rows
from bot.store.types import UtcDateTime, utc_column


class Claim(SQLModel, table=True):
    """Somebody answers, or answered, the ring of `job` at `due`."""

    __tablename__ = "claim"

    job: str = Field(primary_key=True)
    due: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    claimed_at: datetime = utc_column()


class Looked(SQLModel, table=True):
    """How far `job` has looked."""

    __tablename__ = "looked"

    job: str = Field(primary_key=True)
    at: datetime = utc_column()


async def claim(tx: AsyncSession, job: str, due: datetime, now: datetime) -> bool:
    """Whether this transaction answers the ring of `job` at `due`. Nobody else does, once it is committed."""
    return await rows.insert_new(tx, Claim(job=job, due=due, claimed_at=now))


async def looked(tx: AsyncSession, job: str) -> datetime | None:
    """Until when `job` has looked; None when it never did. See `look` for how two replicas do not look at the same."""
    row = (await tx.scalars(select(Looked).where(col(Looked.job) == job))).first()
    return row.at if row else None


async def look(tx: AsyncSession, job: str, now: datetime) -> None:
    """`job` has looked until `now`. Never goes back.

    Another replica may look at the same until this is committed: what a look makes has a unique key of its own.
    """
    if await rows.insert_new(tx, Looked(job=job, at=now)):
        return
    row = await tx.get_one(Looked, job, with_for_update=True, populate_existing=True)
    row.at = max(row.at, now)


async def turn(tx: AsyncSession, job: str, now: datetime) -> datetime | None:
    """Until when `job` had looked; now it has looked until `now`. None the first time.

    Nobody else gets an answer before this transaction ends, so what a look makes needs no key of its own.
    """
    if await rows.insert_new(tx, Looked(job=job, at=now)):
        return None
    row = await tx.get_one(Looked, job, with_for_update=True, populate_existing=True)
    since, row.at = row.at, max(row.at, now)
    return since


async def prune(tx: AsyncSession, before: datetime) -> None:
    """Forgets claims on rings before `before`."""
    await tx.execute(delete(Claim).where(col(Claim.due) < before))
