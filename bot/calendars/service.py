"""Calendar feeds: each person's links, rolling them, and what stands behind a link.

A link that is rolled, or whose person has left the roster file, opens nothing from that moment on, and what is answered
then is what any wrong link is answered: that there is nothing.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import col, select

from bot.calendars import model, publish
from bot.calendars.model import Document, Link
from bot.calendars.tables import CalendarLink
from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Person
from bot.errors import UserError
from bot.roster.service import Roster
from bot.store import rows
from bot.store.database import Database
from schedules.rota.ical.model import Feed

NO_ADDRESS = (
    "Heliograph does not know its own address. An admin sets `workspace.public_url` in the roster file, or "
    "HELIOGRAPH_PUBLIC_URL, to where calendars can reach it."
)
NOT_AGAIN = "This link was made with another Slack token; it works, and cannot be shown again. Make a new one."
NOTED = timedelta(minutes=10)
"""How exactly is known when a link was read last."""


class Calendars:
    """`secret` is the installation's. `public_url` is where the web server is reached from outside; else the file's."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        secret: str,
        public_url: str = "",
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._key = model.key(secret)
        self._public_url = public_url.rstrip("/")
        self._publisher = publish.Publisher(db, clock, directory)

    async def link_for(self, person: Person, feed: Feed | None = None) -> Link:
        """The person's link to their own shifts, or to `feed`; made when it is asked for the first time."""
        feed = feed or Feed(person=person.id)
        row = await self._row(person, feed)
        if row is None or row.slack != person.slack:
            await self._make(person, [feed], unlike=person.slack)
            row = await self._row(person, feed)
            assert row is not None
        return self._link(row)

    async def links(self, who: Actor, region: str = "") -> tuple[Link, ...]:
        """The person's own calendar; for engineers their region's, or another, and everybody's too."""
        person = self._person(who)
        feeds = [Feed(person=person.id)]
        if access.may(who, Right.READ_CALENDARS):
            feeds += [Feed(region=self._region(region or person.region)), Feed()]
        elif region:
            access.require(who, Right.READ_CALENDARS)
        return tuple([await self.link_for(person, feed) for feed in feeds])

    async def roll(self, who: Actor) -> tuple[Link, ...]:
        """New links for all that the person has; the old ones open nothing any more."""
        person = self._person(who)
        async with self._db.read() as tx:
            had = await tx.scalars(select(CalendarLink.feed).where(col(CalendarLink.person) == person.id))
        await self._make(person, [model.feed(key) for key in had.all()] or [Feed(person=person.id)])
        return await self.links(who)

    async def open(self, token: str, reader: str = "", *, leads: bool = False) -> Document | None:
        """What stands behind the link; None for whatever opens nothing."""
        parts = model.split(token)
        if parts is None:
            return None
        async with self._db.read() as tx:
            found = await tx.scalars(select(CalendarLink).where(col(CalendarLink.selector) == parts[0]))
            row = found.first()
            right = model.opens(parts[1], row.verifier_hash if row else "")
            rota = await self._roster.rota_as_it_stands(tx)
        if row is None or not right or not self._holds(row):
            return None
        await self._note(row, reader)
        return await self._publisher.document(model.feed(row.feed, leads=leads), rota)

    async def prune(self) -> None:
        """Takes the links away from those who are no longer in the roster file."""
        async with self._db.read() as tx:
            rows_ = (await tx.scalars(select(CalendarLink))).all()
        gone = [row.id for row in rows_ if not self._holds(row)]
        if gone:
            async with self._db.write() as tx:
                await tx.execute(delete(CalendarLink).where(col(CalendarLink.id).in_(gone)))
        await self._publisher.prune()

    async def _make(self, person: Person, feeds: list[Feed], unlike: str = "") -> None:
        """In the place of those that are there, but for those of the Slack id `unlike`, which stay."""
        now = self._clock.now()
        async with self._db.write() as tx:
            for feed in feeds:
                here = (col(CalendarLink.person) == person.id, col(CalendarLink.feed) == feed.key)
                await tx.execute(delete(CalendarLink).where(*here, col(CalendarLink.slack) != unlike))
                selector = secrets.token_urlsafe(12)
                verifier = model.verifier(self._key, selector, person.id, feed.key)
                row = CalendarLink(
                    person=person.id,
                    slack=person.slack,
                    feed=feed.key,
                    selector=selector,
                    verifier_hash=model.hashed(verifier),
                    made_at=now,
                )
                await rows.insert_new(tx, row)

    async def _row(self, person: Person, feed: Feed) -> CalendarLink | None:
        async with self._db.read() as tx:
            here = (col(CalendarLink.person) == person.id, col(CalendarLink.feed) == feed.key)
            return (await tx.scalars(select(CalendarLink).where(*here))).first()

    async def _note(self, row: CalendarLink, reader: str) -> None:
        now = self._clock.now()
        if row.read_at is None or row.read_at + NOTED <= now:
            async with self._db.write() as tx:
                seen = {"read_at": now, "reader": reader[:120]}
                await tx.execute(update(CalendarLink).where(col(CalendarLink.id) == row.id).values(**seen))

    def _link(self, row: CalendarLink) -> Link:
        feed, names = model.feed(row.feed), publish.names_of(self._directory())
        name = publish.title(feed, names)
        verifier = model.verifier(self._key, row.selector, row.person, row.feed)
        address = self._public_url or self._directory().public_url
        why_not = "" if address else NO_ADDRESS
        if not model.opens(verifier, row.verifier_hash):
            why_not = NOT_AGAIN
        url = "" if why_not else f"{address}/calendar/{row.selector}{verifier}.ics"
        return Link(feed, name, url, why_not, row.read_at, row.reader)

    def _holds(self, row: CalendarLink) -> bool:
        """Whether the person is still who they were, and the region still there."""
        directory, feed = self._directory(), model.feed(row.feed)
        person = directory.person(row.person)
        return bool(person and person.slack == row.slack and (not feed.region or directory.region(feed.region)))

    def _person(self, who: Actor) -> Person:
        if who.person is None:
            raise UserError(
                "Calendars are for people in the roster file, and you are not in it.",
                hint="Ask your lead to add you to `people`.",
            )
        return who.person

    def _region(self, id: str) -> str:
        directory = self._directory()
        if directory.region(id) is None:
            known = ", ".join(r.id for r in directory.regions)
            raise UserError(f"There is no region {id}.", hint=f"There are: {known}.")
        return id
