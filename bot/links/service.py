"""Links by which one person answers one thing, once, from wherever the message reached them.

They know nothing of pages: who makes one says what it is about, who opens one does what was asked.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory, Person
from bot.links import model
from bot.links.model import Facts
from bot.links.tables import AnswerLink
from bot.store.database import Database

KEPT = timedelta(days=30)
"""For so long a link that opens no more still says what became of it."""


@dataclass(frozen=True)
class Found:
    """A link that is ours: what it is about, and whether it still opens."""

    id: int
    about: str
    person: Person
    contact: str
    expires_at: datetime
    used_at: datetime | None
    used_for: str

    def expired(self, now: datetime) -> bool:
        return self.expires_at <= now


class Links:
    """`secret` is the installation's; `life` how long a link opens; `public_url` wins over the roster file's."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        life: Callable[[], timedelta],
        secret: str,
        public_url: str = "",
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._life = life
        self._key = model.key(secret)
        self._public_url = public_url.rstrip("/")

    @property
    def address(self) -> str:
        """Where the web server is reached from outside; empty: nobody said, and there are no links."""
        return self._public_url or self._directory().public_url

    async def make(self, tx: AsyncSession, about: str, person: Person, contact: str, now: datetime) -> str:
        """What stands for a new link in a message to `contact`; empty where there can be none."""
        if not self.address:
            return ""
        expires = (now + self._life()).replace(microsecond=0)
        facts = Facts(secrets.token_urlsafe(12), about, contact, model.seconds(expires))
        row = AnswerLink(
            selector=facts.selector,
            verifier_hash=model.hashed(model.verifier(self._key, facts)),
            about=about,
            person=person.id,
            slack=person.slack,
            contact=contact,
            expires_at=expires,
        )
        tx.add(row)
        return model.mark(facts)

    def written(self, contact: str, text: str) -> str:
        """A message as it leaves: with the addresses, which no row has."""
        return model.written(text, contact, self._key, self.address)

    async def open(self, token: str) -> Found | None:
        """None for whatever is not a link of ours, or whose person has left the roster file."""
        parts = model.split(token)
        if parts is None:
            return None
        async with self._db.read() as tx:
            row = (await tx.scalars(select(AnswerLink).where(col(AnswerLink.selector) == parts[0]))).first()
        if not self._right(row, parts[1]) or row is None or row.id is None:
            return None
        person = self._directory().person(row.person)
        if person is None or person.slack != row.slack:
            return None
        return Found(row.id, row.about, person, row.contact, row.expires_at, row.used_at, row.used_for)

    async def spend(self, link: Found, purpose: str) -> bool:
        """Uses the link up. → whether it was still to be had: of any number at once exactly one is told yes."""
        unused = (col(AnswerLink.id) == link.id, col(AnswerLink.used_at).is_(None))
        async with self._db.write() as tx:
            used = {"used_at": self._clock.now(), "used_for": purpose}
            done: Any = await tx.execute(update(AnswerLink).where(*unused).values(**used))
        return int(done.rowcount) == 1

    async def unspend(self, link: Found) -> None:
        """What it was spent for could not be done: it can be tried again."""
        async with self._db.write() as tx:
            free = {"used_at": None, "used_for": ""}
            await tx.execute(update(AnswerLink).where(col(AnswerLink.id) == link.id).values(**free))

    async def prune(self) -> None:
        async with self._db.write() as tx:
            await tx.execute(delete(AnswerLink).where(col(AnswerLink.expires_at) < self._clock.now() - KEPT))

    def _right(self, row: AnswerLink | None, given: str) -> bool:
        """By the hash, as it was when it was written; or by the key of now, with which it may have been sent."""
        if row is None:
            model.opens(given, "")
            return False
        facts = Facts(row.selector, row.about, row.contact, model.seconds(row.expires_at))
        sent = model.hashed(model.verifier(self._key, facts))
        return model.opens(given, row.verifier_hash) or model.opens(given, sent)
