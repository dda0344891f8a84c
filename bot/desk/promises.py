"""Promises of an update as rows: made, moved, kept, broken. Each in its caller's transaction.

A promise is the request's: it survives that the request is given away, handed over or merged, and whoever owns the
request then keeps it. It is kept when somebody of the team writes to the client, or says that they have heard in
another way. What is broken stays broken, and stops nagging once the client has heard.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.desk import lifecycle, promise_words
from bot.desk.lifecycle import State
from bot.desk.tables import Promise, Request
from bot.directory.model import Promises as Rules
from bot.errors import UserError
from bot.store import rows as stored


class Fate(StrEnum):
    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    MOVED = "moved"
    DROPPED = "dropped"


class Step(StrEnum):
    """What the clock does with a promise, one after the other."""

    REMIND = "remind"
    BREAK = "break"
    ESCALATE = "escalate"
    NOTHING = ""


@dataclass(frozen=True)
class Turn:
    """What is to be done now, what comes after it, and when."""

    does: Step
    then: Step
    at: datetime | None


def turn(step: Step, due: datetime, now: datetime, rules: Rules) -> Turn:
    """Pure. A reminder that comes too late is none; after an outage too, the grace is given before anybody is paged."""
    if step is Step.REMIND and now < due:
        return Turn(Step.REMIND, Step.BREAK, due)
    if step in (Step.REMIND, Step.BREAK):
        return Turn(Step.BREAK, Step.ESCALATE, now + rules.grace)
    return Turn(Step.ESCALATE, Step.NOTHING, None)


def reminder(now: datetime, due: datetime, rules: Rules) -> datetime:
    """When the owner is reminded: of a promise for soon, when half of the time is left."""
    return due - min(rules.remind, (due - now) / 2)


def checked(due: datetime, now: datetime) -> datetime:
    """Raises `UserError` on a time that has passed, or is further away than anybody remembers."""
    if not now < due <= now + promise_words.LONGEST:
        raise UserError("An update is promised for the future, within 14 days.", hint="Choose a later time.")
    return due


async def make(
    tx: AsyncSession, request: Request, by: str, due: datetime, now: datetime, rules: Rules, source: str
) -> Promise | None:
    """Takes the place of what was promised before. None where this very one was made already."""
    assert request.id is not None
    row = Promise(
        request=request.id,
        source=source,
        by=by,
        made_at=now,
        due_at=due,
        state=Fate.OPEN.value,
        step=Step.REMIND.value,
        next_at=reminder(now, due, rules),
    )
    before = await unsettled(tx, request.id)
    if not await stored.insert_new(tx, row):
        return None
    for other in before:
        _settle(other, Fate.MOVED if other.state == Fate.OPEN else Fate.BROKEN, by, now)
    return (await tx.scalars(select(Promise).where(col(Promise.source) == source))).one()


async def heard(tx: AsyncSession, request: Request, by: str, now: datetime, spare: str = "") -> list[Promise]:
    """The client has heard from `by`: what was promised is kept, or was broken before. `spare`: not this source."""
    assert request.id is not None
    found = [p for p in await unsettled(tx, request.id) if p.source != spare]
    for promise in found:
        late = promise.state == Fate.BROKEN or promise.due_at < now
        _settle(promise, Fate.BROKEN if late else Fate.KEPT, by, now)
    return found


async def follow(tx: AsyncSession, request: Request, by: str, now: datetime) -> None:
    """After a move: what is merged takes its promises along, what is over has none."""
    assert request.id is not None
    if request.merged_into is not None:
        for promise in await unsettled(tx, request.id):
            promise.request = request.merged_into
    elif State(request.state) not in lifecycle.OPEN:
        await heard(tx, request, by, now)
    await tx.flush()


async def unsettled(tx: AsyncSession, request_id: int) -> list[Promise]:
    """Those for which the client still waits, the next first: open, or broken and not made good."""
    return await unsettled_of(tx, [request_id])


async def unsettled_of(tx: AsyncSession, request_ids: Sequence[int]) -> list[Promise]:
    query = select(Promise).where(col(Promise.request).in_(request_ids), *waited_for())
    return list((await tx.scalars(query.order_by(col(Promise.due_at), col(Promise.id)))).all())


def waited_for() -> tuple[ColumnElement[bool], ...]:
    """Which promises clients still wait for, as a query says it."""
    return col(Promise.state).in_([Fate.OPEN.value, Fate.BROKEN.value]), col(Promise.ended_at).is_(None)


async def next_of(tx: AsyncSession, request_id: int) -> Promise | None:
    return next(iter(await unsettled(tx, request_id)), None)


async def locked(tx: AsyncSession, promise_id: int) -> Promise:
    promise = await tx.get(Promise, promise_id, with_for_update=True)
    if promise is None:
        raise UserError("There is no such promise.", hint="Look for a newer message.")
    return promise


def _settle(promise: Promise, fate: Fate, by: str, now: datetime) -> None:
    promise.state, promise.ended_at, promise.ended_by = fate.value, now, by
    promise.step, promise.next_at = Step.NOTHING.value, None
