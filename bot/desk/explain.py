"""Why a request is with whom it is: the rules that chose, for the team; who has it and since when, for its client.

Where a client reads along, nobody reads more than the client may, whoever asks.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.desk import client_view, lifecycle
from bot.desk.client_view import ClientView
from bot.desk.lifecycle import State, Verb
from bot.desk.tables import Request, RequestEvent
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Role
from bot.errors import UserError

CHANGES_OWNER = ("opened", *(lifecycle.PAST[v] for v in (Verb.ASSIGN, Verb.REASSIGN, Verb.HAND, Verb.REOPEN)))
"""What the timeline says where the owner may have changed."""
MOST = 20
"""Changes of the owner that are shown; the newest count."""


@dataclass(frozen=True)
class Change:
    """`by` (Slack id) did `what`."""

    at: datetime
    by: str
    what: str
    detail: str


@dataclass(frozen=True)
class Team:
    """What only the team reads: the rules that chose the owner it has now, and how it came there."""

    because: str
    steps: tuple[str, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Why:
    """`team` is None where a client reads along."""

    view: ClientView
    state: str
    since: datetime
    team: Team | None


async def why(tx: AsyncSession, who: Actor, request_id: int, directory: Directory) -> Why:
    """Raises `UserError` where there is no such request, as far as `who` may know, there where they ask."""
    request = await tx.get(Request, request_id)
    if who.client is None and who.role is Role.CLIENT:
        raise UserError("Requests are shown in the channel of their client.", hint="Ask again in your own channel.")
    if request is None or (who.client is not None and who.client.id != request.client):
        of = f" of {who.client.name}" if who.client else ""
        raise UserError(f"There is no request R-{request_id}{of}.", hint="Its number stands in its thread.")
    region = directory.region_of(request.region)
    team = None if who.client is not None else await _team(tx, who, request)
    since = request.owner_since or request.created_at
    return Why(client_view.of(request, region), lifecycle.words(State(request.state)), since, team)


async def _team(tx: AsyncSession, who: Actor, request: Request) -> Team:
    access.require(who, Right.HANDLE_REQUEST)
    query = select(RequestEvent).where(
        col(RequestEvent.request) == request.id, col(RequestEvent.what).in_(CHANGES_OWNER)
    )
    found = (await tx.scalars(query.order_by(col(RequestEvent.id).desc()).limit(MOST))).all()
    changes = tuple(Change(e.at, e.by, e.what, e.detail) for e in reversed(found))
    return Team(request.because, tuple(request.why) or (f"{request.because}.",), changes)
