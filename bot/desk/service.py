"""The use cases of a client request: open, move, hand over. One transaction each, with everything it sends.

Refuses to know Slack's payloads (handlers parse them) and the escalation of pages (`bot.paging` climbs).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import model, routing
from bot.desk.messages import Messages
from bot.desk.tables import Request, RequestEvent
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Client, Directory
from bot.errors import UserError
from bot.paging.service import Paging
from bot.roster.service import Roster
from bot.store.database import Database


@dataclass(frozen=True)
class Place:
    """Where a request was made. `thread_ts` is the message to answer under; empty lets Heliograph start a thread."""

    channel: str
    thread_ts: str = ""


class Desk:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        paging: Paging,
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._paging = paging
        self._messages = messages
        paging.on_acknowledged(self._page_acknowledged)

    async def open(self, who: Actor, place: Place, text: str, severity: str, source: str) -> Request:
        """Makes the request once per `source`. Raises `UserError` on an empty text or outside a client's channel."""
        access.require(who, Right.OPEN_REQUEST)
        client = self._client_of(place.channel)
        asked = model.asked(text, severity)
        now = self._clock.now()
        async with self._db.write() as tx:
            there = await _by_source(tx, source)
            if there is not None:
                return there
            routed = routing.route(await self._roster.moment(tx, now), self._directory(), now)
            request = _new(client, asked, place, who, routed, source, now, self._first_response(client, asked))
            tx.add(request)
            await tx.flush()
            await _note(tx, request, now, who.slack, "opened", routed.because)
            await self._messages.opened(tx, request, routed, now)
            if model.pages(asked.severity, routed.weekend):
                reason = self._messages.page_reason(request, routed.weekend)
                source_of_page = f"request/{request.id}"
                await self._paging.raise_in(tx, source_of_page, reason, routed.region, who.slack, now, request.id)
        self._messages.wake()
        return request

    async def move(self, who: Actor, request_id: int, verb: model.Verb, source: str) -> Request:
        """Acknowledge, take or resolve. Raises `Conflict` when somebody was first; a repeated `source` is no move."""
        access.require(who, Right.HANDLE_REQUEST)
        now = self._clock.now()
        async with self._db.write() as tx:
            request = await _locked(tx, request_id)
            if await _seen(tx, request_id, source):
                return request
            move = model.decide(model.State(request.state), request.owner, verb, who.slack, request.last_by)
            _apply(request, move, who.slack, now)
            await _note(tx, request, now, who.slack, model.PAST[verb], source=source)
            await self._messages.moved(tx, request, verb, who.slack, now)
            await self._paging.settle(tx, request_id, who.slack, now, resolved=verb is model.Verb.RESOLVE)
        self._messages.wake()
        return request

    async def hand_over(
        self, tx: AsyncSession, ids: Sequence[int], region: str, owner: str, now: datetime
    ) -> list[int]:
        """Gives the still open ones of `ids` to `owner` (Slack id) of `region`; each client is told. → ids given."""
        given = []
        for request_id in ids:
            request = await _locked(tx, request_id)
            if model.State(request.state) not in model.OPEN or request.owner == owner:
                continue
            before = request.region
            request.region, request.owner, request.last_by = region, owner, owner
            request.card += 1 if before != region else 0
            await _note(tx, request, now, owner, "handed over", f"{before} → {region}")
            await self._messages.handed_over(tx, request, before, now)
            given.append(request_id)
        return given

    async def open_requests(self, tx: AsyncSession) -> list[Request]:
        """All open requests, the gravest and oldest first."""
        rows = await tx.scalars(
            select(Request)
            .where(col(Request.state).in_([s.value for s in model.OPEN]))
            .order_by(col(Request.severity), col(Request.created_at))
        )
        return list(rows.all())

    async def mine(self, who: Actor) -> list[Request]:
        """The open requests that `who` owns, the gravest and oldest first."""
        async with self._db.read() as tx:
            return [r for r in await self.open_requests(tx) if r.owner == who.slack]

    async def changed_since(self, tx: AsyncSession, since: datetime) -> list[RequestEvent]:
        rows = await tx.scalars(
            select(RequestEvent).where(col(RequestEvent.at) >= since).order_by(col(RequestEvent.id))
        )
        return list(rows.all())

    async def _page_acknowledged(self, tx: AsyncSession, request_id: int, by: str, now: datetime) -> None:
        """Who acknowledges the page has seen the request: no need to click twice."""
        request = await _locked(tx, request_id)
        if model.State(request.state) is not model.State.NEW:
            return
        _apply(request, model.Move(model.State.ACKNOWLEDGED, by), by, now)
        await _note(tx, request, now, by, "acknowledged", "by answering the page")
        await self._messages.moved(tx, request, model.Verb.ACKNOWLEDGE, by, now)

    def _client_of(self, channel: str) -> Client:
        client = self._directory().client_of(channel)
        if client is None:
            raise UserError(
                "Requests are opened in a client's channel, and this is not one.",
                hint="Go to the client's channel, or ask an admin to add this one to `clients` in heliograph.yaml.",
            )
        return client

    def _first_response(self, client: Client, asked: model.Asked) -> timedelta | None:
        minutes = client.response_minutes.get(asked.severity.value)
        return timedelta(minutes=minutes) if minutes else None


def _new(
    client: Client,
    asked: model.Asked,
    place: Place,
    who: Actor,
    routed: model.Routing,
    source: str,
    now: datetime,
    first_response: timedelta | None,
) -> Request:
    return Request(
        source=source,
        client=client.id,
        requester=who.slack,
        text=asked.text,
        severity=asked.severity.value,
        state=model.State.NEW.value,
        channel=place.channel,
        thread_ts=place.thread_ts,
        region=routed.region,
        owner=routed.owner,
        last_by=who.slack,
        because=routed.because,
        created_at=now,
        first_response_due=now + first_response if first_response else None,
    )


def _apply(request: Request, move: model.Move, by: str, now: datetime) -> None:
    request.state, request.owner, request.last_by = move.state.value, move.owner, by
    if request.acknowledged_at is None:
        request.acknowledged_at = now
    if move.state is model.State.RESOLVED:
        request.resolved_at = now


async def _by_source(tx: AsyncSession, source: str) -> Request | None:
    rows = await tx.scalars(select(Request).where(col(Request.source) == source))
    return rows.first()


async def _locked(tx: AsyncSession, request_id: int) -> Request:
    request = await tx.get(Request, request_id, with_for_update=True)
    if request is None:
        raise UserError(f"There is no request R-{request_id}.", hint="It may have been opened on another Heliograph.")
    return request


async def _seen(tx: AsyncSession, request_id: int, source: str) -> bool:
    """Whether this very click was worked already (a replay after a restart, a second delivery)."""
    rows = await tx.scalars(
        select(RequestEvent.id).where(col(RequestEvent.request) == request_id, col(RequestEvent.source) == source)
    )
    return rows.first() is not None


async def _note(
    tx: AsyncSession, request: Request, at: datetime, by: str, what: str, detail: str = "", source: str | None = None
) -> None:
    assert request.id is not None
    tx.add(RequestEvent(request=request.id, at=at, by=by, what=what, detail=detail, source=source))
