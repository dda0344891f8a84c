"""Handing over from region to region: publish facts at the boundary, let the incoming engineer accept.

A tick looks at the lead changes in `(last looked, now]`. After an outage only the newest of them is told, and says
how late it is; the older ones are recorded as passed, since nobody can take over a shift that is over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk.service import Desk
from bot.desk.tables import Request
from bot.diagnose.service import Diagnose
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory
from bot.errors import Conflict, Forbidden, UserError
from bot.handoff import collect, model
from bot.handoff.messages import Messages
from bot.handoff.tables import Handoff
from bot.roster.model import LeadChange
from bot.roster.service import Roster
from bot.store import claims
from bot.store.database import Database

FURTHEST_BACK = timedelta(hours=24)
"""An outage longer than this is not caught up: its handoffs would be about nothing that is still true."""
NOTE_EVERY = timedelta(hours=1)
"""How far looked is written down so often when nothing falls due, so that a look stays short."""
MISSING_AFTER = timedelta(minutes=2)
"""So long after its boundary a handoff should have been published."""
MOVED_AT_MOST = timedelta(hours=4)

ON_DUTY = ("primary", "weekend", "secondary")
"""Roles whose holders accept. A manager is paged last and fixes nothing: as a lead they can take over."""


@dataclass(frozen=True)
class Accepted:
    """`requests` are those that went to the incoming engineer with it."""

    handoff: Handoff
    requests: list[int]


@dataclass(frozen=True)
class Elsewhere:
    """A lead who is not on duty in the incoming region: they may take over, and have to say that they want to."""

    handoff: Handoff
    region_name: str
    on_duty: tuple[str, ...]
    """Slack ids of those whose handoff it is."""


class Handoffs:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        desk: Desk,
        diagnose: Diagnose,
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._desk = desk
        self._diagnose = diagnose
        self._messages = messages

    async def tick(self) -> None:
        """Publishes the handoff of a boundary that has passed since the last look, once over all replicas."""
        now = self._clock.now()
        async with self._db.read() as tx:
            since = await claims.looked(tx, "handoff")
            passed = await self._passed(tx, since, now)
        if since is not None and not passed and now - since < NOTE_EVERY:
            return
        clusters = collect.clusters(self._diagnose, self._directory(), now) if passed else ()
        async with self._db.write() as tx:
            for change in passed:
                await self._record(tx, change, clusters, now, tell=change is passed[-1])
            await claims.look(tx, "handoff", now)
        self._messages.wake()

    async def accept(self, who: Actor, handoff_id: int, *, taking_over: bool = False) -> Accepted | Elsewhere:
        """The open requests go to `who`, who is on duty in the incoming region, or is a lead who takes over.

        Raises `Forbidden` for anybody else, naming who may, and `Conflict` when it was accepted before.
        """
        access.require(who, Right.ACCEPT_HANDOFF)
        now = self._clock.now()
        async with self._db.write() as tx:
            handoff = await tx.get(Handoff, handoff_id, with_for_update=True)
            if handoff is None:
                raise UserError("This handoff is not in the database.", hint="Look for a newer one in the channel.")
            if handoff.accepted_by == who.slack:
                return Accepted(handoff, [])
            if handoff.accepted_by:
                raise Conflict(f"<@{handoff.accepted_by}> has already accepted this handoff.", hint="You can rest.")
            region, on_duty = handoff.incoming_region, await self._on_duty(tx, handoff, now)
            from_elsewhere = who.slack not in on_duty
            if from_elsewhere:
                region = self._own_region(who, handoff, on_duty)
                if not taking_over:
                    return Elsewhere(handoff, self._name(handoff.incoming_region), on_duty)
            handoff.accepted_at, handoff.accepted_by = now, who.slack
            ids = [i["request"] for i in handoff.facts["items"]]
            given = await self._desk.hand_over(tx, ids, region, who.slack, now)
            await self._messages.accepted(tx, handoff, taken_over=from_elsewhere)
        self._messages.wake()
        return Accepted(handoff, given)

    async def missing(self, tx: AsyncSession, now: datetime) -> LeadChange | None:
        """The newest boundary, where it passed `MISSING_AFTER` ago without a handoff, as an edit can make it.

        None before the first handoff of all: what was before this bot is not missing. Nor is one whose boundary the
        file moved a little, since the incoming region has read its handoff.
        """
        last = (await tx.scalars(select(Handoff).order_by(col(Handoff.boundary).desc()).limit(1))).first()
        changes = await self._passed(tx, now - FURTHEST_BACK, now) if last is not None else []
        if last is None or not changes:
            return None
        change = changes[-1]
        moved = change.incoming == last.incoming_region and change.at - last.boundary < MOVED_AT_MOST
        if change.at <= last.boundary or moved or now - change.at < MISSING_AFTER:
            return None
        return change

    async def make_up(self) -> None:
        """Publishes what is missing, with how late it is. The watchman calls it."""
        now = self._clock.now()
        clusters = collect.clusters(self._diagnose, self._directory(), now)
        async with self._db.write() as tx:
            change = await self.missing(tx, now)
            if change is not None:
                await self._record(tx, change, clusters, now, tell=True)
        self._messages.wake()

    async def latest(self) -> Handoff | None:
        async with self._db.read() as tx:
            return (await tx.scalars(select(Handoff).order_by(col(Handoff.boundary).desc()).limit(1))).first()

    async def _on_duty(self, tx: AsyncSession, handoff: Handoff, now: datetime) -> tuple[str, ...]:
        """Slack ids of the engineers who hold a role in the incoming region now, who takes what comes in first."""
        there = [h for h in (await self._roster.moment(tx, now)).holders if h.region == handoff.incoming_region]
        return tuple(dict.fromkeys(h.slack for role in ON_DUTY for h in there if h.role == role))

    def _own_region(self, who: Actor, handoff: Handoff, on_duty: tuple[str, ...]) -> str:
        """Where the requests go with a lead who takes over: to their own region, since the client is told where.

        Raises `Forbidden` for anybody who may not.
        """
        if who.person is not None and access.may(who, Right.TAKE_OVER_HANDOFF):
            return who.person.region
        people = " or ".join(f"<@{slack}>" for slack in on_duty)
        raise Forbidden(
            f"This handoff is for who is on duty in {self._name(handoff.incoming_region)}: {people or 'nobody now'}.",
            hint="A lead can take it over." if not people else "One of them accepts it; a lead can take it over.",
        )

    def _name(self, region: str) -> str:
        found = self._directory().region(region)
        return found.name if found else region

    async def _passed(self, tx: AsyncSession, since: datetime | None, now: datetime) -> list[LeadChange]:
        if since is None or since >= now:
            return []
        changes = await self._roster.lead_changes(tx, max(since, now - FURTHEST_BACK), now)
        return [c for c in changes if c.incoming is not None]

    async def _record(
        self,
        tx: AsyncSession,
        change: LeadChange,
        clusters: tuple[model.ClusterFacts, ...],
        now: datetime,
        *,
        tell: bool,
    ) -> None:
        there = await tx.scalars(select(Handoff.id).where(col(Handoff.boundary) == change.at))
        if there.first() is not None:
            return
        facts = await self._facts(tx, change, clusters)
        handoff = Handoff(
            boundary=change.at,
            outgoing_region=change.outgoing or "",
            incoming_region=change.incoming or "",
            outgoing=change.outgoing_person,
            incoming=change.incoming_person,
            facts=facts.to_row(),
            published_at=now,
        )
        tx.add(handoff)
        await tx.flush()
        if tell:
            await self._messages.published(tx, handoff, facts, model.lateness(change.at, now))

    async def _facts(
        self, tx: AsyncSession, change: LeadChange, clusters: tuple[model.ClusterFacts, ...]
    ) -> model.Facts:
        last = (await tx.scalars(select(Handoff).order_by(col(Handoff.boundary).desc()).limit(1))).first()
        since = last.boundary if last else change.at - timedelta(hours=8)
        events = await self._desk.changed_since(tx, since)
        appeared, gone = model.changes(last.facts if last else None, clusters)
        open_ = await self._desk.open_requests(tx)
        promised = await self._desk.promised(tx, open_)
        return model.Facts(
            items=tuple(self._item(r) for r in open_),
            clusters=clusters,
            opened=sum(e.what == "opened" for e in events),
            resolved=sum(e.what == "resolved" for e in events),
            appeared=appeared,
            gone=gone,
            promises=tuple(model.Promised(r.id or 0, self._client(r), promise.due_at) for promise, r in promised),
        )

    def _item(self, request: Request) -> model.Item:
        assert request.id is not None
        return model.Item(
            request=request.id,
            severity=request.severity,
            client=self._client(request),
            state=request.state,
            owner=request.owner,
            text=request.text,
            opened_at=request.created_at,
        )

    def _client(self, request: Request) -> str:
        client = self._directory().client(request.client)
        return client.name if client else request.client
