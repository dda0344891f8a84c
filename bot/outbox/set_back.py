"""Messages that a clock set back would keep waiting: those written "in the future", to be sent at once or later.

A page's message goes at once then, whatever its delay was: rather a little early than an hour late.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.outbox.api import Priority
from bot.outbox.tables import OutgoingMessage

SKEW = timedelta(seconds=10)
"""By so much the clocks of two replicas may differ."""
_ROW = OutgoingMessage


async def first_waiting(tx: AsyncSession, now: datetime) -> str | None:
    """The key of the oldest of them."""
    query = select(col(_ROW.key)).where(*_waiting(now)).order_by(col(_ROW.number)).limit(1)
    return (await tx.scalars(query)).first()


async def send_now(tx: AsyncSession, now: datetime) -> None:
    await tx.execute(update(_ROW).where(*_waiting(now)).values(due_at=now))


def _waiting(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(_ROW.state) == "pending",
        col(_ROW.created_at) > now + SKEW,
        col(_ROW.due_at) > now,
        or_(col(_ROW.due_at) <= col(_ROW.created_at), col(_ROW.priority) == Priority.PAGE),
    )
