"""A request's row as the life cycle sees it: locked, read, moved, noted in the timeline. No use case of its own."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.desk.lifecycle import Case, State, Verb
from bot.desk.model import Routing, Wish
from bot.desk.tables import Request, RequestEvent
from bot.errors import UserError

ANSWERS = frozenset({Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.WAIT, Verb.RESOLVE, Verb.MERGE})
"""With these the client has its first response, and nobody needs to be paged about it any more."""


async def by_source(tx: AsyncSession, source: str) -> Request | None:
    rows = await tx.scalars(select(Request).where(col(Request.source) == source))
    return rows.first()


async def locked(tx: AsyncSession, request_id: int) -> Request:
    """Raises `UserError` where there is no such request."""
    request = await tx.get(Request, request_id, with_for_update=True)
    if request is None:
        raise UserError(f"There is no request R-{request_id}.", hint="It may have been opened on another Heliograph.")
    return request


async def seen(tx: AsyncSession, request_id: int, source: str) -> bool:
    """Whether this very click was worked already (a replay after a restart, a second delivery)."""
    rows = await tx.scalars(
        select(RequestEvent.id).where(col(RequestEvent.request) == request_id, col(RequestEvent.source) == source)
    )
    return rows.first() is not None


async def note(
    tx: AsyncSession, request: Request, at: datetime, by: str, what: str, detail: str = "", source: str | None = None
) -> None:
    assert request.id is not None
    tx.add(RequestEvent(request=request.id, at=at, by=by, what=what, detail=detail, source=source))


def case(request: Request) -> Case:
    return Case(
        State(request.state),
        request.owner,
        request.region,
        request.last_by,
        request.version,
        request.snoozed,
        request.merged_into,
    )


def owned(request: Request, region: str, owner: str, now: datetime) -> None:
    """`owner` of `region` has it: since now, if it is somebody else. In another region it gets another card."""
    request.card += 1 if request.region != region else 0
    request.owner_since = now if request.owner != owner else request.owner_since
    request.region, request.owner = region, owner


def explained(request: Request, routed: Routing) -> None:
    request.because, request.why = routed.because, list(routed.steps)


def apply(request: Request, after: Case, verb: Verb, wish: Wish, now: datetime) -> None:
    """Writes what the life cycle decided, and when it happened."""
    owned(request, after.region, after.owner, now)
    request.state = after.state.value
    request.last_by, request.version = after.last_by, after.version
    request.merged_into = after.merged_into
    _snooze(request, after, verb, wish)
    if request.acknowledged_at is None and verb in ANSWERS:
        request.acknowledged_at = now
    request.resolved_at = now if verb is Verb.RESOLVE else None if verb is Verb.REOPEN else request.resolved_at
    request.closed_at = now if after.state is State.CLOSED else None
    request.cause, request.fix = wish.cause or request.cause, wish.fix or request.fix


def _snooze(request: Request, after: Case, verb: Verb, wish: Wish) -> None:
    request.snoozed = after.snoozed
    if not after.snoozed:
        request.snoozed_until, request.snoozed_for_job = None, ""
    elif verb is Verb.SNOOZE:
        request.snoozed_until, request.snoozed_for_job = wish.until, wish.job_state
