"""A request's response clocks as rows: begun, paused, gone on with, ended. Each in its caller's transaction.

`follow` makes them fit the request as it stands now, so that nobody has to tell what happened: it is called after
whatever happened, and called twice it changes nothing. A clock never begins again because a request was handed over or
given away. It waits while the client is waited for; it does not wait while a request is snoozed, for the client did
not ask for that. What was agreed when the request came counts, until somebody says that it is worse or less bad.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.desk import lifecycle, targets
from bot.desk.lifecycle import State
from bot.desk.tables import Request, ResponseClock
from bot.directory.model import NO_GOAL, Directory, Goal, Hours

WARN_AT = 0.75
"""The part of its time after which a clock is warned of."""
SECOND = timedelta(seconds=1)


class Kind(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    RESOLUTION = "resolution"


WORDS = {
    Kind.FIRST_RESPONSE: "first response",
    Kind.NEXT_UPDATE: "next update",
    Kind.RESOLUTION: "resolution",
}


def begin(tx: AsyncSession, directory: Directory, request: Request, now: datetime) -> list[ResponseClock]:
    """Those of a request that is new, and has none. → what a card shows of them."""
    found: list[ResponseClock] = []
    _fit(tx, directory, request, found, now)
    return _shown(found)


async def follow(tx: AsyncSession, directory: Directory, request: Request, now: datetime) -> None:
    """Begins, stops and ends the clocks of `request`, which the caller has locked."""
    assert request.id is not None
    _fit(tx, directory, request, await _all(tx, request.id), now)
    await tx.flush()


def _fit(tx: AsyncSession, directory: Directory, request: Request, found: list[ResponseClock], now: datetime) -> None:
    """Makes `found`, all that it has, fit the request as it stands."""
    hours, goal = directory.hours_of(directory.client(request.client)), goal_of(directory, request)
    open_, waits = State(request.state) in lifecycle.OPEN, State(request.state) is State.WAITING
    answered = request.acknowledged_at
    for kind in (Kind.FIRST_RESPONSE, Kind.RESOLUTION):
        if not any(c.kind == kind for c in found):
            found.append(_begin(tx, request, kind, 1, goal, request.created_at, hours))
    if answered and open_ and goal.next_update and not _running(found, Kind.NEXT_UPDATE):
        number = sum(c.kind == Kind.NEXT_UPDATE for c in found) + 1
        found.append(_begin(tx, request, Kind.NEXT_UPDATE, number, goal, now, hours))
    for clock in found:
        kind = Kind(clock.kind)
        if clock.id is None and clock.due_at is not None and clock.due_at < now:
            clock.breached_at = clock.due_at  # of a request from before there were clocks: nobody is paged for that
        if kind is Kind.FIRST_RESPONSE and (answered or not open_):
            _end(clock, hours, answered or now)
        elif not open_:
            _end(clock, hours, request.resolved_at or now)
        elif waits:
            _pause(clock, hours, now)
        elif kind is Kind.RESOLUTION or clock.ended_at is None:
            _go_on(clock, hours, now)
    first = next(c for c in found if c.kind == Kind.FIRST_RESPONSE)
    request.first_response_due = first.due_at or first.breached_at or request.first_response_due


async def told(tx: AsyncSession, directory: Directory, request: Request, now: datetime) -> bool:
    """The client has heard from a person: the time until the next update begins anew. → whether there is one."""
    assert request.id is not None
    hours = directory.hours_of(directory.client(request.client))
    for clock in await _all(tx, request.id):
        if clock.kind == Kind.NEXT_UPDATE:
            _end(clock, hours, now)
    await tx.flush()
    await follow(tx, directory, request, now)
    return goal_of(directory, request).next_update is not None


async def regraded(tx: AsyncSession, directory: Directory, request: Request, now: datetime) -> None:
    """Its severity is another: what has been used stays used, of the time that is agreed for it now."""
    assert request.id is not None
    hours, goal = directory.hours_of(directory.client(request.client)), goal_of(directory, request)
    for clock in await _all(tx, request.id):
        if clock.ended_at is not None or clock.breached_at is not None:
            continue
        running = clock.running_since is not None
        _pause(clock, hours, now)
        clock.goal_seconds, clock.support = _seconds(goal, Kind(clock.kind)), goal.support
        clock.warned_at = None
        if running:
            _go_on(clock, hours, now)
    await tx.flush()
    await follow(tx, directory, request, now)


async def running(tx: AsyncSession, request_id: int) -> list[ResponseClock]:
    """Those that are not ended and have a goal, in the order of `Kind`: what a card shows."""
    return _shown(await _all(tx, request_id))


def _shown(clocks: Sequence[ResponseClock]) -> list[ResponseClock]:
    order = list(Kind)
    found = [c for c in clocks if c.ended_at is None and c.goal_seconds is not None]
    return sorted(found, key=lambda clock: order.index(Kind(clock.kind)))


def goal_of(directory: Directory, request: Request) -> Goal:
    client = directory.client(request.client)
    return client.goals.get(request.severity, NO_GOAL) if client else NO_GOAL


def _begin(
    tx: AsyncSession, request: Request, kind: Kind, number: int, goal: Goal, at: datetime, hours: Sequence[Hours]
) -> ResponseClock:
    assert request.id is not None
    clock = ResponseClock(
        request=request.id,
        kind=kind.value,
        round=number,
        goal_seconds=_seconds(goal, kind),
        support=goal.support,
        started_at=at,
    )
    tx.add(clock)
    _go_on(clock, hours, at)
    return clock


def _go_on(clock: ResponseClock, hours: Sequence[Hours], now: datetime) -> None:
    if clock.running_since is not None:
        return
    clock.ended_at, clock.running_since = None, now
    if clock.goal_seconds is None or clock.breached_at is not None:
        return
    counted = hours if clock.support else ()
    used, goal = timedelta(seconds=clock.used_seconds), timedelta(seconds=clock.goal_seconds)
    clock.due_at = targets.reach(counted, now, goal - used)
    if clock.warned_at is None:
        clock.warn_at = targets.reach(counted, now, goal * WARN_AT - used)


def _pause(clock: ResponseClock, hours: Sequence[Hours], now: datetime) -> None:
    if clock.running_since is None:
        return
    if clock.due_at is not None and clock.due_at < now:
        clock.breached_at = clock.due_at
    gone = targets.elapsed(hours if clock.support else (), clock.running_since, now)
    clock.used_seconds += round(gone / SECOND)
    clock.running_since = clock.due_at = clock.warn_at = None


def _end(clock: ResponseClock, hours: Sequence[Hours], now: datetime) -> None:
    if clock.ended_at is None:
        _pause(clock, hours, now)
        clock.ended_at = now


def _seconds(goal: Goal, kind: Kind) -> int | None:
    agreed: timedelta | None = getattr(goal, kind.value)
    return round(agreed / SECOND) if agreed is not None else None


def _running(found: Sequence[ResponseClock], kind: Kind) -> bool:
    return any(c.kind == kind and c.ended_at is None for c in found)


async def _all(tx: AsyncSession, request_id: int) -> list[ResponseClock]:
    query = select(ResponseClock).where(col(ResponseClock.request) == request_id).with_for_update()
    return list((await tx.scalars(query.order_by(col(ResponseClock.id)))).all())
