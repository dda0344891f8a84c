"""The figures of the desk, read from its rows: when somebody asks, and every week for the leads and for clients.

A weekly report is one outbox key, so that it is written once, by whichever replica looks first; after an outage the
newest that was missed is caught up with, and it is about the seven days before it was due.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import clocks, report
from bot.desk.client_view import ClientFigures
from bot.desk.clocks import Kind
from bot.desk.door import Door
from bot.desk.promises import Fate
from bot.desk.report import Kept, Measured, Missed, Report
from bot.desk.tables import Promise, Request, ResponseClock
from bot.directory import access, model
from bot.directory.access import Actor, Right
from bot.directory.model import Client, Directory
from bot.outbox.api import Destination, Outbox, Priority
from bot.slack.render import Renderer
from bot.store.database import Database
from schedules.rota import civil

WEEK = timedelta(days=7)
PERIODS = {"week": WEEK, "month": timedelta(days=30)}
"""As people ask for them."""


class Reports:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        outbox: Outbox,
        renderer: Renderer,
        door: Door,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._renderer = renderer
        self._door = door

    async def report(self, who: Actor, length: timedelta, client: str = "") -> Report:
        """The figures of the last `length`; of one client where `who` names one, or asks in its channel."""
        access.require(who, Right.HANDLE_REQUEST)
        now = self._clock.now()
        chosen = who.client or self._directory().client(client)
        async with self._db.read() as tx:
            return await self._figures(tx, now - length, now, chosen)

    async def tick(self) -> None:
        """Writes the weekly reports that have fallen due, once."""
        wanted = self._directory().reports
        if not wanted.weekly:
            return
        due = last_due(wanted, self._clock.now())
        async with self._db.read() as tx:
            if await self._outbox.exists(tx, _key(due, "leads")) or not await _older(tx, due):
                return
        async with self._db.write() as tx:
            await self._for_leads(tx, due)
            for client in self._directory().clients:
                if client.weekly_report:
                    await self._for_client(tx, client, due)
        self._outbox.wake()

    async def _for_leads(self, tx: AsyncSession, due: datetime) -> None:
        directory = self._directory()
        figures = await self._figures(tx, due - WEEK, due, None)
        to = Destination(channel=directory.reports.channel or directory.handoff_channel)
        message = self._renderer.message("desk/report", report=figures, names=names(directory))
        await self._outbox.post(tx, _key(due, "leads"), to, message, priority=Priority.DIGEST)

    async def _for_client(self, tx: AsyncSession, client: Client, due: datetime) -> None:
        figures = await self._figures(tx, due - WEEK, due, client)
        own = ClientFigures(figures.start, figures.end, figures.lines, len(figures.missed), figures.promises)
        await self._door.tell(tx, client, _key(due, client.id), "desk/report_client", figures=own)

    async def _figures(self, tx: AsyncSession, start: datetime, end: datetime, client: Client | None) -> Report:
        return Report(
            start=start,
            end=end,
            client=client.name if client else "",
            lines=report.lines(await _opened(tx, start, end, client), await _measured(tx, start, end, client)),
            missed=await _missed(tx, start, end, client),
            promises=await _promises(tx, start, end, client),
        )


def last_due(wanted: model.Reports, now: datetime) -> datetime:
    """The newest time at or before `now` at which a weekly report is due."""
    today = civil.local(now, wanted.zone).date()
    for back in range(8):
        day = today - timedelta(days=back)
        if day.weekday() == wanted.weekday:
            due = civil.instant(day, wanted.at, wanted.zone)
            if due <= now:
                return due
    raise AssertionError("a week has each of its days")


def names(directory: Directory) -> dict[str, str]:
    return {client.id: client.name for client in directory.clients}


def _key(due: datetime, whom: str) -> str:
    return f"report/{due:%Y-%m-%d}/{whom}"


async def _older(tx: AsyncSession, due: datetime) -> bool:
    """Whether the desk was there: without any request before it, there is no week to tell of."""
    return (await tx.scalars(select(Request.id).where(col(Request.created_at) < due).limit(1))).first() is not None


def _of(client: Client | None):  # type: ignore[no-untyped-def]
    """Requests of that client; of all without one. What was merged is counted where it goes on."""
    return (col(Request.merged_into).is_(None), *((col(Request.client) == client.id,) if client else ()))


async def _opened(tx: AsyncSession, start: datetime, end: datetime, client: Client | None) -> list[str]:
    within = (col(Request.created_at) >= start, col(Request.created_at) < end)
    return list((await tx.scalars(select(Request.severity).where(*within, *_of(client)))).all())


async def _measured(tx: AsyncSession, start: datetime, end: datetime, client: Client | None) -> list[Measured]:
    query = (
        select(ResponseClock, Request.severity)
        .join(Request, col(ResponseClock.request) == col(Request.id))
        .where(
            col(ResponseClock.ended_at) >= start,
            col(ResponseClock.ended_at) < end,
            col(ResponseClock.kind) != Kind.NEXT_UPDATE.value,
            *_of(client),
        )
    )
    return [
        Measured(clock.request, severity, clock.kind, timedelta(seconds=clock.used_seconds))
        for clock, severity in (await tx.execute(query)).all()
    ]


async def _missed(tx: AsyncSession, start: datetime, end: datetime, client: Client | None) -> tuple[Missed, ...]:
    """Those that the clock has not told yet, too: its time was over all the same."""
    over = func.coalesce(col(ResponseClock.breached_at), col(ResponseClock.due_at))
    query = (
        select(ResponseClock, Request)
        .join(Request, col(ResponseClock.request) == col(Request.id))
        .where(over >= start, over < end, *_of(client))
        .order_by(over, col(ResponseClock.id))
    )
    return tuple(
        Missed(clock.request, request.client, request.severity, clocks.WORDS[Kind(clock.kind)], at)
        for clock, request in (await tx.execute(query)).all()
        if (at := clock.breached_at or clock.due_at) is not None
    )


async def _promises(tx: AsyncSession, start: datetime, end: datetime, client: Client | None) -> Kept:
    query = (
        select(Promise.state)
        .join(Request, col(Promise.request) == col(Request.id))
        .where(col(Promise.due_at) >= start, col(Promise.due_at) < end, *_of(client))
    )
    states = list((await tx.scalars(query)).all())
    return Kept(states.count(Fate.KEPT.value), states.count(Fate.BROKEN.value), states.count(Fate.MOVED.value))
