"""Requests listed, looked at, searched. Reads rows, changes none.

Every query begins with whose requests may be seen where it is asked (`listing.sight`); there is no other way to a row.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import fulltext, lifecycle, listing, model, promises, words
from bot.desk.lifecycle import State
from bot.desk.listing import PAGE, Asked, Line, Page, Sight, Which
from bot.desk.messages import card_key
from bot.desk.tables import Promise, Request, RequestEvent, RequestMessage
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Role
from bot.errors import UserError
from bot.outbox.api import Outbox
from bot.slack import links
from bot.store.database import Database

SHOWN = 12
"""Entries of a conversation, or of a timeline, that are shown: the newest."""
_OPEN = [state.value for state in lifecycle.OPEN]


@dataclass(frozen=True)
class Shown:
    """One request with all that may be seen of it. What is the team's own is empty for a client."""

    line: Line
    requester: str
    severity_words: str
    conversation: tuple[RequestMessage, ...]
    earlier: int
    """How much of the conversation is not shown."""
    timeline: tuple[RequestEvent, ...] = ()
    earlier_events: int = 0
    client_link: str = ""
    team_link: str = ""
    details: tuple[tuple[str, str], ...] = ()
    merged_into: int | None = None


@dataclass(frozen=True)
class Promised:
    """What a client was told, and when it hears next."""

    line: Line
    due: datetime
    late: bool


class Lists:
    """`home` is the workspace's address, for links to messages; empty while it is not known."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        outbox: Outbox,
        home: Callable[[], str] = lambda: "",
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._home = home

    async def page(self, who: Actor, asked: Asked, number: int = 0) -> Page:
        """A page of what was asked for, the overdue first, then the gravest and oldest; what has ended newest first.

        A page beyond the last is the last.
        """
        sight = self._sight(who)
        async with self._db.read() as tx:
            return await self._page(tx, sight, [*self._asked(who, sight, asked)], number, ended=asked.ended)

    async def promised(self, who: Actor) -> tuple[Promised, ...]:
        """What was promised for the requests that `who` owns and the client waits for, the next first: a page of it."""
        access.require(who, Right.HANDLE_REQUEST)
        sight, now, directory = self._sight(who), self._clock.now(), self._directory()
        query = select(Promise, Request).join(Request, col(Request.id) == col(Promise.request))
        query = query.where(*of(sight), *promises.waited_for(), col(Request.owner) == who.slack)
        async with self._db.read() as tx:
            found = (await tx.execute(query.order_by(col(Promise.due_at)).limit(PAGE))).all()
            lines = [await self._linked(tx, listing.line(r, sight, directory, now), r, sight) for _, r in found]
        due = [promise.due_at for promise, _ in found]
        return tuple(Promised(line, at, at < now) for line, at in zip(lines, due, strict=True))

    async def search(self, who: Actor, typed: str, number: int = 0) -> Page:
        """Those that have all words, in what was asked or said; the best first. Raises `UserError` on no words."""
        sight, sought = self._sight(who), words.search(typed)
        now, directory = self._clock.now(), self._directory()
        async with self._db.read() as tx:
            found = fulltext.found(tx, sought, inside=sight.inside)
            query = select(Request).join(found, found.c.request == col(Request.id)).where(*of(sight))
            total = (await tx.scalars(select(func.count()).select_from(query.subquery()))).one()
            number = _within(number, total)
            ordered = query.order_by(found.c.rank, col(Request.id).desc()).offset(number * PAGE).limit(PAGE)
            rows = (await tx.scalars(ordered)).all()
            lines = [await self._linked(tx, listing.line(r, sight, directory, now), r, sight) for r in rows]
        return Page(tuple(lines), total, number)

    async def show(self, who: Actor, request_id: int) -> Shown:
        """Raises `UserError` where there is no such request, or where it is not theirs: that is the same."""
        sight = self._sight(who)
        async with self._db.read() as tx:
            request = await seen(tx, sight, request_id)
            said, left_out = await _last(tx, RequestMessage, RequestMessage.request, request_id)
            line = listing.line(request, sight, self._directory(), self._clock.now())
            shown = Shown(
                line=line,
                requester=request.requester,
                severity_words=model.SEVERITY_WORDS[model.Severity(line.severity)],
                conversation=tuple(m for m in said if not m.deleted),
                earlier=left_out,
                client_link=await self._client_link(tx, request),
                details=tuple((name, str(value)) for name, value in request.details.items()),
                merged_into=request.merged_into,
            )
            if not sight.inside:
                return shown
            events, before = await _last(tx, RequestEvent, RequestEvent.request, request_id)
            link = await self._team_link(tx, request)
            return replace(shown, timeline=tuple(events), earlier_events=before, team_link=link)

    def _sight(self, who: Actor) -> Sight:
        access.require(who, Right.OPEN_REQUEST)
        return listing.sight(who)

    def _asked(self, who: Actor, sight: Sight, asked: Asked) -> tuple[ColumnElement[bool], ...]:
        """In a client's channel every list is of that client; for its people the region is nobody's business."""
        ends = [s.value for s in State if s not in lifecycle.OPEN]
        state = col(Request.state).in_(ends if asked.ended else _OPEN)
        if asked.which is Which.MINE:
            mine = Request.requester if who.role is Role.CLIENT else Request.owner
            return state, col(mine) == who.slack
        if asked.which is Which.CLIENT:
            return state, *self._of_client(sight, asked.of)
        if asked.which is Which.REGION and sight.inside:
            return state, col(Request.region) == self._region(who, asked.of)
        return (state,)

    def _of_client(self, sight: Sight, name: str) -> tuple[ColumnElement[bool], ...]:
        known = self._directory().clients
        if not sight.inside:
            known = tuple(client for client in known if client.id == sight.client)
        if not name and not sight.inside:
            return ()
        if not name:
            raise UserError("Which client?", hint=f"There are: {', '.join(c.id for c in known)}.")
        return (col(Request.client) == listing.client_named(name, known).id,)

    def _region(self, who: Actor, name: str) -> str:
        if name or who.person is None:
            return listing.region_named(name, self._directory().regions).id
        return who.person.region

    async def _page(
        self, tx: AsyncSession, sight: Sight, where: list[ColumnElement[bool]], number: int, *, ended: bool
    ) -> Page:
        now, directory = self._clock.now(), self._directory()
        query = select(Request).where(*of(sight), *where)
        total = (await tx.scalars(select(func.count()).select_from(query.subquery()))).one()
        number = _within(number, total)
        order = [col(Request.id).desc()] if ended else _urgency(now)
        rows = (await tx.scalars(query.order_by(*order).offset(number * PAGE).limit(PAGE))).all()
        lines = [await self._linked(tx, listing.line(r, sight, directory, now), r, sight) for r in rows]
        return Page(tuple(lines), total, number)

    async def _linked(self, tx: AsyncSession, line: Line, request: Request, sight: Sight) -> Line:
        """With the link to where it is talked about: for the team its card, for the client its thread."""
        link = await (self._team_link(tx, request) if sight.inside else self._client_link(tx, request))
        return replace(line, link=link)

    async def _client_link(self, tx: AsyncSession, request: Request) -> str:
        if request.thread_ts:
            return links.message(self._home(), request.channel, request.thread_ts)
        at = await self._outbox.located(tx, f"request/{request.id}/root")
        return links.message(self._home(), *at) if at else ""

    async def _team_link(self, tx: AsyncSession, request: Request) -> str:
        at = await self._outbox.located(tx, card_key(request))
        return links.message(self._home(), *at) if at else ""


async def seen(tx: AsyncSession, sight: Sight, request_id: int) -> Request:
    """Raises `UserError` where there is no such request in sight."""
    found = await tx.scalars(select(Request).where(col(Request.id) == request_id, *of(sight)))
    request = found.first()
    if request is None:
        raise UserError(f"There is no request R-{request_id} here.", hint="`/request list` shows those there are.")
    return request


def of(sight: Sight) -> tuple[ColumnElement[bool], ...]:
    return () if sight.client is None else (col(Request.client) == sight.client,)


def _urgency(now: datetime) -> list[Any]:
    late = (col(Request.state) == State.NEW.value) & (col(Request.first_response_due) < now)
    return [col(Request.snoozed), case((late, 0), else_=1), col(Request.severity), col(Request.id)]


def _within(number: int, total: int) -> int:
    return max(0, min(number, -(-total // PAGE) - 1))


async def _last(tx: AsyncSession, table: Any, column: Any, request_id: int) -> tuple[list[Any], int]:
    """The newest rows of a request, oldest first, and how many came before them."""
    query = select(table).where(col(column) == request_id)
    total = (await tx.scalars(select(func.count()).select_from(query.subquery()))).one()
    rows = (await tx.scalars(query.order_by(col(table.id).desc()).limit(SHOWN))).all()
    return list(reversed(rows)), max(0, total - SHOWN)
