"""The use cases of a client request: open, move, hand over. One transaction each, with everything it sends.

Refuses to know Slack's payloads (handlers parse them) and the escalation of pages (`bot.paging` climbs).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import lifecycle, model, routing
from bot.desk.lifecycle import Case, State, Verb
from bot.desk.messages import Messages
from bot.desk.model import Wish
from bot.desk.tables import Request, RequestEvent
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Client, Directory
from bot.errors import UserError
from bot.paging.service import Paging
from bot.roster.service import Roster
from bot.store.database import Database

_ANSWERS = frozenset({Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.WAIT, Verb.RESOLVE, Verb.MERGE})
"""With these the client has its first response, and nobody needs to be paged about it any more."""


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

    async def move(
        self, who: Actor, request_id: int, verb: Verb, source: str, *, seen: int | None = None, wish: Wish | None = None
    ) -> Request:
        """Moves it along an arrow of the life cycle; a repeated `source` is no move.

        `seen` is the version that `who` looked at. Raises `Conflict` when somebody was first or nothing would change.
        """
        access.require(who, Right.HANDLE_REQUEST)
        now, wish = self._clock.now(), wish or Wish()
        async with self._db.write() as tx:
            request = await _locked(tx, request_id)
            if await _seen(tx, request_id, source):
                return request
            aim = await self._aim(tx, verb, wish, now)
            await self._moved(tx, request, verb, who.slack, now, wish, aim, seen, source)
        self._messages.wake()
        return request

    async def _moved(
        self,
        tx: AsyncSession,
        request: Request,
        verb: Verb,
        by: str,
        now: datetime,
        wish: Wish,
        aim: lifecycle.Aim,
        seen: int | None = None,
        source: str | None = None,
    ) -> None:
        before = request.region
        _apply(request, lifecycle.decide(_case(request), verb, by, aim, seen), verb, wish, now)
        await _note(tx, request, now, by, lifecycle.PAST[verb], _detail(request, verb, wish), source)
        if request.region != before:
            await self._messages.changed_region(tx, request, before, now)
        await self._messages.moved(tx, request, verb, by, now)
        if verb in _ANSWERS:
            assert request.id is not None
            await self._paging.settle(tx, request.id, by, now, resolved=verb in (Verb.RESOLVE, Verb.MERGE))

    async def _aim(self, tx: AsyncSession, verb: Verb, wish: Wish, now: datetime) -> lifecycle.Aim:
        """Whom and where a wish means. Raises `UserError` where the roster knows no such person or region."""
        if verb is Verb.REASSIGN:
            person = self._directory().person_by_slack(wish.person)
            if person is None:
                raise UserError("Only somebody of the team can have a request.", hint="Choose one of the roster file.")
            return lifecycle.Aim(person.slack, person.region)
        if verb is Verb.HAND:
            region = self._directory().region(wish.region)
            if region is None:
                known = ", ".join(r.id for r in self._directory().regions)
                raise UserError(f"There is no region “{wish.region}”.", hint=f"Use one of {known}.")
            holder = (await self._roster.moment(tx, now)).on_duty(region.id)
            return lifecycle.Aim(holder.slack if holder else "", region.id)
        return lifecycle.Aim(into=wish.into)

    async def hand_over(
        self, tx: AsyncSession, ids: Sequence[int], region: str, owner: str, now: datetime
    ) -> list[int]:
        """Gives the still open ones of `ids` to `owner` (Slack id) of `region`; each client is told. → ids given."""
        given = []
        for request_id in ids:
            request = await _locked(tx, request_id)
            if State(request.state) not in lifecycle.OPEN or request.owner == owner:
                continue
            before = request.region
            request.region, request.owner, request.last_by = region, owner, owner
            request.version += 1
            request.card += 1 if before != region else 0
            await _note(tx, request, now, owner, "handed over", f"{before} → {region}")
            await self._messages.handed_over(tx, request, before, now)
            given.append(request_id)
        return given

    async def open_requests(self, tx: AsyncSession) -> list[Request]:
        """All open requests, the gravest and oldest first."""
        rows = await tx.scalars(
            select(Request)
            .where(col(Request.state).in_([s.value for s in lifecycle.OPEN]))
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
        if State(request.state) is State.NEW:
            wish = Wish(reason="by answering the page")
            await self._moved(tx, request, Verb.ACKNOWLEDGE, by, now, wish, lifecycle.Aim())

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
        state=State.NEW.value,
        channel=place.channel,
        thread_ts=place.thread_ts,
        region=routed.region,
        owner=routed.owner,
        last_by=who.slack,
        because=routed.because,
        created_at=now,
        first_response_due=now + first_response if first_response else None,
    )


def _case(request: Request) -> Case:
    return Case(
        State(request.state),
        request.owner,
        request.region,
        request.last_by,
        request.version,
        request.snoozed,
        request.merged_into,
    )


def _apply(request: Request, after: Case, verb: Verb, wish: Wish, now: datetime) -> None:
    request.card += 1 if request.region != after.region else 0
    request.state, request.owner, request.region = after.state.value, after.owner, after.region
    request.last_by, request.version = after.last_by, after.version
    request.snoozed, request.merged_into = after.snoozed, after.merged_into
    request.snoozed_until = wish.until if verb is Verb.SNOOZE else request.snoozed_until if after.snoozed else None
    if request.acknowledged_at is None and verb in _ANSWERS:
        request.acknowledged_at = now
    request.resolved_at = now if verb is Verb.RESOLVE else None if verb is Verb.REOPEN else request.resolved_at
    request.closed_at = now if after.state is State.CLOSED else None
    request.cause, request.fix = wish.cause or request.cause, wish.fix or request.fix


def _detail(request: Request, verb: Verb, wish: Wish) -> str:
    """What the timeline adds to the verb."""
    told = {
        Verb.REASSIGN: f"to <@{request.owner}>",
        Verb.HAND: f"to {request.region}",
        Verb.MERGE: f"into R-{request.merged_into}",
        Verb.SNOOZE: f"until {wish.until:%Y-%m-%d %H:%M} UTC" if wish.until else "until the job's state changes",
    }
    return " · ".join(part for part in (told.get(verb, ""), wish.reason, wish.cause) if part)


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
