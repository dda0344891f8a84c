"""A client request opened, handed over, listed. One transaction each, with everything it sends.

Refuses to know Slack's payloads (handlers parse them), the escalation of pages (`bot.paging` climbs) and how a request
moves on (`bot.desk.moves`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import clocks, explain, intake, lifecycle, model, promises, rows
from bot.desk.intake import JobRef
from bot.desk.lifecycle import State
from bot.desk.messages import Messages
from bot.desk.model import About
from bot.desk.moves import require_own
from bot.desk.router import Router
from bot.desk.said import Side
from bot.desk.tables import Promise, Request, RequestEvent, RequestMessage
from bot.directory import access
from bot.directory.access import Actor, Right, Scope
from bot.directory.model import Client, Directory
from bot.errors import Conflict, UserError
from bot.paging.service import Paging
from bot.roster.service import Roster
from bot.store import rows as stored
from bot.store.database import Database

Jobs = Callable[[Scope], Sequence[JobRef]]
"""The jobs that a scope may see."""


@dataclass(frozen=True)
class Place:
    """Where a request was made. `thread_ts` is the message to answer under; empty lets Heliograph start a thread.

    `ts` is the message that asks, where it is one: it is known, and not said to the team a second time.
    """

    channel: str
    thread_ts: str = ""
    ts: str = ""


class Desk:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        paging: Paging,
        messages: Messages,
        *,
        jobs: Jobs = lambda scope: (),
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._paging = paging
        self._messages = messages
        self._jobs = jobs
        self._router = Router(directory, roster)

    async def open(
        self, who: Actor, place: Place, text: str, severity: str, source: str, about: About | None = None
    ) -> Request:
        """Makes the request once per `source`. Raises `UserError` on an empty text or outside a client's channel.

        Without a job in `about`, one that the words name counts, if it is the client's own.
        """
        access.require(who, Right.OPEN_REQUEST)
        client = self._client_of(place.channel)
        asked = model.asked(text, severity)
        about = self._about(about or About(), asked.text, client)
        now = self._clock.now()
        async with self._db.write() as tx:
            there = await rows.by_source(tx, source)
            if there is not None:
                return there
            request = _new(client, asked, place, who, source, now)
            _say_about(request, about)
            routed = await self._router.route(tx, request, now)
            request.region, request.owner = routed.region, routed.owner
            rows.explained(request, routed)
            tx.add(request)
            await tx.flush()
            running = clocks.begin(tx, self._directory(), request, now)
            await rows.note(tx, request, now, who.slack, "opened", routed.because)
            if place.ts:
                await stored.insert_new(tx, _asked(request, place, now))
            await self._messages.opened(tx, request, routed, running, now)
            await self._offer(tx, request, asked)
            if model.pages(asked.severity, routed.weekend):
                reason = self._messages.page_reason(request, routed.weekend)
                alarm = self._messages.alarm(request, f"request/{request.id}", reason, who.slack)
                await self._paging.raise_in(tx, alarm, now)
        self._messages.wake()
        return request

    async def pin(self, who: Actor, channel: str, source: str) -> None:
        """The buttons for those who have no commands, posted and pinned in a client's channel."""
        access.require(who, Right.POST_HELP)
        client = self._client_of(channel)
        async with self._db.write() as tx:
            await self._messages.help(tx, client, channel, source)
        self._messages.wake()

    def now(self) -> datetime:
        """For what a form suggests and checks."""
        return self._clock.now()

    async def severity(self, who: Actor, request_id: int, level: str, source: str) -> Request:
        """How bad it is after all. Its own people may say so too; what becomes sev1 pages."""
        now, wanted = self._clock.now(), model.severity_of(level)
        async with self._db.write() as tx:
            request = await rows.locked(tx, request_id)
            require_own(who, request)
            if await rows.seen(tx, request_id, source) or request.severity == wanted:
                return request
            if State(request.state) not in lifecycle.OPEN:
                raise Conflict(f"R-{request_id} is {lifecycle.words(State(request.state))}.", hint="Reopen it first.")
            before, request.severity = request.severity, wanted.value
            await clocks.regraded(tx, self._directory(), request, now)
            await rows.note(tx, request, now, who.slack, "severity changed", f"{before} → {wanted.value}", source)
            await self._messages.severity(tx, request, who.slack, now)
            if model.pages(wanted, False) and State(request.state) is State.NEW:
                reason = self._messages.page_reason(request, False)
                source_of_page = f"request/{request_id}/{wanted.value}"
                await self._paging.raise_in(tx, self._messages.alarm(request, source_of_page, reason, who.slack), now)
        self._messages.wake()
        return request

    async def _offer(self, tx: AsyncSession, request: Request, asked: model.Asked) -> None:
        """What the words suggest, for somebody to choose: a graver severity, another request that is the same."""
        twin = await self._twin(tx, request)
        graver = intake.suggested(asked.text, asked.severity) if request.kind == "request" else None
        if twin is not None or graver is not None:
            await self._messages.offer(tx, request, graver, twin)

    async def _twin(self, tx: AsyncSession, request: Request) -> Request | None:
        """The newest open one of the same client about the same job, of a short while ago."""
        if not request.job:
            return None
        query = select(Request).where(
            col(Request.client) == request.client,
            col(Request.cluster) == request.cluster,
            col(Request.namespace) == request.namespace,
            col(Request.job) == request.job,
            col(Request.state).in_([s.value for s in lifecycle.OPEN]),
            col(Request.created_at) >= request.created_at - intake.SAME_WITHIN,
            col(Request.id) != request.id,
        )
        return (await tx.scalars(query.order_by(col(Request.id).desc()).limit(1))).first()

    def jobs(self, client: Client) -> tuple[JobRef, ...]:
        """The client's own jobs, as far as they can be read now."""
        return tuple(self._jobs(access.client_scope(client)))

    def _about(self, about: About, text: str, client: Client) -> About:
        """Only the client's own job counts, whatever a form was made to send."""
        known = self.jobs(client)
        if about.job:
            named = JobRef(about.cluster, about.namespace, about.job)
            return about if named in known else replace(about, cluster="", namespace="", job="")
        found = intake.job_in(text, known)
        return replace(about, cluster=found.cluster, namespace=found.namespace, job=found.name) if found else about

    async def hand_over(
        self, tx: AsyncSession, ids: Sequence[int], region: str, owner: str, now: datetime
    ) -> list[int]:
        """Gives the still open ones of `ids` to `owner` (Slack id) of `region`; each client is told. → ids given."""
        given = []
        for request_id in ids:
            request = await rows.locked(tx, request_id)
            if State(request.state) not in lifecycle.OPEN or request.owner == owner:
                continue
            before = request.region
            rows.explained(request, self._router.accepted(request, region, owner))
            rows.owned(request, region, owner, now)
            request.last_by = owner
            request.version += 1
            await rows.note(tx, request, now, owner, "handed over", f"{before} → {region}")
            await self._messages.handed_over(tx, request, before, now)
            await self._messages.inherited(tx, request)
            given.append(request_id)
        return given

    async def open_requests(self, tx: AsyncSession) -> list[Request]:
        """All open requests, the gravest and oldest first."""
        found = await tx.scalars(
            select(Request)
            .where(col(Request.state).in_([s.value for s in lifecycle.OPEN]))
            .order_by(col(Request.severity), col(Request.created_at))
        )
        return list(found.all())

    async def promised(self, tx: AsyncSession, requests: Sequence[Request]) -> list[tuple[Promise, Request]]:
        """The updates for which the clients of `requests` wait, the next first."""
        known = {request.id: request for request in requests if request.id is not None}
        return [(promise, known[promise.request]) for promise in await promises.unsettled_of(tx, list(known))]

    async def others_of(self, who: Actor, request: Request) -> list[Request]:
        """The other open requests of its client, the gravest and oldest first, up to a hundred."""
        access.require(who, Right.HANDLE_REQUEST)
        async with self._db.read() as tx:
            found = await self.open_requests(tx)
        return [r for r in found if r.client == request.client and r.id != request.id][:100]

    async def mine(self, who: Actor) -> list[Request]:
        """The open requests that `who` owns, the gravest and oldest first."""
        async with self._db.read() as tx:
            return [r for r in await self.open_requests(tx) if r.owner == who.slack]

    async def why(self, who: Actor, request_id: int) -> explain.Why:
        """Who has it since when; for the team, outside clients' channels, also why, and who had it before."""
        async with self._db.read() as tx:
            return await explain.why(tx, who, request_id, self._directory())

    async def changed_since(self, tx: AsyncSession, since: datetime) -> list[RequestEvent]:
        found = await tx.scalars(
            select(RequestEvent).where(col(RequestEvent.at) >= since).order_by(col(RequestEvent.id))
        )
        return list(found.all())

    def _client_of(self, channel: str) -> Client:
        client = self._directory().client_of(channel)
        if client is None:
            raise UserError(
                "Requests are opened in a client's channel, and this is not one.",
                hint="Go to the client's channel, or ask an admin to add this one to `clients` in heliograph.yaml.",
            )
        return client


def _asked(request: Request, place: Place, now: datetime) -> RequestMessage:
    assert request.id is not None
    return RequestMessage(
        request=request.id,
        channel=place.channel,
        ts=place.ts,
        side=Side.CLIENT.value,
        by=request.requester,
        text=request.text,
        at=now,
    )


def _say_about(request: Request, about: About) -> None:
    request.cluster, request.namespace, request.job = about.cluster, about.namespace, about.job
    request.kind, request.details = about.kind, dict(about.details)
    request.files = [file.to_row() for file in about.files]


def _new(
    client: Client,
    asked: model.Asked,
    place: Place,
    who: Actor,
    source: str,
    now: datetime,
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
        region="",
        owner="",
        last_by=who.slack,
        because="",
        created_at=now,
        owner_since=now,
    )
