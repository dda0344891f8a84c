"""What a feed says now, and the record of what it has said, which decides what is a change and what is an event's end.

Reading a calendar writes only where something changed since it was read last. Nothing slow is done while the database
is being written: the events are made before, and made again where another process was quicker.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.calendars import model
from bot.calendars.model import Document, Window
from bot.calendars.tables import CalendarEvent, CalendarFeed
from bot.clock import Clock
from bot.directory.model import Directory
from bot.errors import Conflict, Temporary
from bot.store import rows
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.ical import model as ical
from schedules.rota.ical import published
from schedules.rota.ical.model import Entry, Feed, Kind, Names, Published
from schedules.rota.model import Rota, Schedule

TRIES = 5
MARGIN = timedelta(days=8)


@dataclass(frozen=True)
class _Made:
    rota: Rota
    directory: Directory
    window: Window
    document: Document


class Publisher:
    """Keeps each feed's last document until the rota, the names or the week are others."""

    def __init__(self, db: Database, clock: Clock, directory: Callable[[], Directory]) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._made: dict[str, _Made] = {}
        self._resolved: tuple[Rota, Window, Schedule] | None = None
        self._turns: dict[str, asyncio.Lock] = {}
        self._resolving = asyncio.Lock()

    async def document(self, feed: Feed, rota: Rota) -> Document:
        """Made once for each change: whoever comes in the meantime waits for it."""
        async with self._turns.setdefault(feed.key, asyncio.Lock()):
            directory, window = self._directory(), model.window(self._clock.now())
            made = self._made.get(feed.key)
            if made and made.rota is rota and made.directory is directory and made.window == window:
                return made.document
            document = await self._document(feed, rota, names_of(directory), window)
            self._made[feed.key] = _Made(rota, directory, window, document)
            return document

    async def prune(self) -> None:
        """Forgets the events of feeds that nobody has asked for since their window passed."""
        since = model.window(self._clock.now()).since
        async with self._db.write() as tx:
            await tx.execute(delete(CalendarEvent).where(col(CalendarEvent.end) <= since))

    async def _document(self, feed: Feed, rota: Rota, names: Names, window: Window) -> Document:
        schedule = await self._schedule(rota, window)
        wanted = tuple(e for e in ical.entries(schedule, feed, names) if _inside(e, window))
        events = await self._published(feed, wanted, window)
        from schedules.rota.ical import write  # with its library: 3 MB for whoever has a calendar

        text = await asyncio.to_thread(write.text, title(feed, names), events, busy=bool(feed.person))
        etag = f'"{hashlib.blake2b(text, digest_size=16).hexdigest()}"'
        return Document(text, etag, f"heliograph-{feed.key.replace('/', '-')}.ics")

    async def _schedule(self, rota: Rota, window: Window) -> Schedule:
        """Of all regions; uncut at the window's edges but for what is longer than a week."""
        async with self._resolving:
            if self._resolved is None or self._resolved[0] is not rota or self._resolved[1] != window:
                found = await asyncio.to_thread(resolve.resolve, rota, window.since - MARGIN, window.until + MARGIN)
                self._resolved = (rota, window, found)
            return self._resolved[2]

    async def _published(self, feed: Feed, wanted: tuple[Entry, ...], window: Window) -> tuple[Published, ...]:
        for _ in range(TRIES):
            async with self._db.read() as tx:
                version, before = await _load(tx, feed)
            after = await asyncio.to_thread(published.reconcile, feed, before, wanted, self._clock.now(), window.since)
            try:
                await self._keep(feed, version, before, after)
            except Conflict:
                continue
            return after
        raise Temporary("The calendar is being changed just now.")

    async def _keep(
        self, feed: Feed, version: int | None, before: tuple[Published, ...], after: tuple[Published, ...]
    ) -> None:
        """Raises `Conflict` where the feed is no longer at `version`."""
        there = {p.uid: p for p in before}
        changed = [p for p in after if there.get(p.uid) != p]
        gone = there.keys() - {p.uid for p in after}
        if not changed and not gone:
            return
        async with self._db.write() as tx:
            await _next_version(tx, feed, version)
            stale = [uid for uid in (*gone, *(p.uid for p in changed)) if uid in there]
            for part in _parts(stale):
                await tx.execute(
                    delete(CalendarEvent).where(col(CalendarEvent.feed) == feed.key, col(CalendarEvent.uid).in_(part))
                )
            tx.add_all(_row(feed, p) for p in changed)


async def _load(tx: AsyncSession, feed: Feed) -> tuple[int | None, tuple[Published, ...]]:
    head = (await tx.scalars(select(CalendarFeed).where(col(CalendarFeed.feed) == feed.key))).first()
    found = await tx.scalars(select(CalendarEvent).where(col(CalendarEvent.feed) == feed.key))
    return head.version if head else None, tuple(_value(row) for row in found.all())


async def _next_version(tx: AsyncSession, feed: Feed, version: int | None) -> None:
    if version is None:
        first = await rows.insert_new(tx, CalendarFeed(feed=feed.key, version=1))
    else:
        here = (col(CalendarFeed.feed) == feed.key, col(CalendarFeed.version) == version)
        done = await tx.execute(
            update(CalendarFeed).where(*here).values(version=version + 1).returning(col(CalendarFeed.version))
        )
        first = done.first() is not None
    if not first:
        raise Conflict("The calendar was published by another process.")


def _parts(uids: list[str], most: int = 500) -> list[list[str]]:
    """SQLite takes only so many parameters."""
    return [uids[at : at + most] for at in range(0, len(uids), most)]


def title(feed: Feed, names: Names) -> str:
    if feed.person:
        return f"On duty: {names.person(feed.person)}"
    return f"On duty: {names.region(feed.region)}" if feed.region else "On duty: all regions"


def names_of(directory: Directory) -> Names:
    return Names({p.id: p.name for p in directory.people}, {r.id: r.name for r in directory.regions})


def _inside(entry: Entry, window: Window) -> bool:
    return entry.end > window.since and entry.start < window.until


def _row(feed: Feed, event: Published) -> CalendarEvent:
    entry = event.entry
    return CalendarEvent(
        feed=feed.key,
        uid=event.uid,
        kind=str(entry.kind),
        region=entry.region,
        role=entry.role,
        person=entry.person,
        start=entry.start,
        end=entry.end,
        summary=entry.summary,
        description=entry.description,
        sequence=event.sequence,
        changed_at=event.changed_at,
        cancelled_at=event.cancelled_at,
    )


def _value(row: CalendarEvent) -> Published:
    kind, about = Kind(row.kind), (row.region, row.role, row.person)
    entry = Entry(kind, *about, row.start, row.end, row.summary, row.description)
    return Published(row.uid, entry, row.sequence, row.changed_at, row.cancelled_at)
