"""Who is reached by nothing at all is not waited for: the next step is taken now.

A deactivated account without a contact method, a gateway that refuses the only one there is: nobody can answer such a
contact, so the wait of its step would only be lost. What was refused is shown to the admins besides. After the last
resort there is no next step: its wait stays, and the admins read, once for each page, that somebody has to be called.

What the sender tells is kept in memory and looked at by the next tick, in a transaction of its own: the sender's holds
the message, whoever answers holds the page, and each would wait for the other. A process that dies in between loses
only the hurry.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory, Person
from bot.outbox.api import Destination, Outbox, Priority
from bot.outbox.tables import OutgoingMessage
from bot.paging.model import LAST_RESORT, PageState, Verb
from bot.paging.tables import Page, PageContact, PageEvent
from bot.slack.render import Renderer
from bot.store.database import Database

_KEY = re.compile(r"page/(\d+)/(\d+)/")
OVER = ("failed", "cancelled")


class Unreached:
    def __init__(
        self, db: Database, clock: Clock, directory: Callable[[], Directory], outbox: Outbox, renderer: Renderer
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._renderer = renderer
        self._refused: set[str] = set()

    def refused(self, key: str) -> None:
        """The message of that key was refused for good, or will have been once the transaction has ended."""
        if _KEY.match(key):
            self._refused.add(key)

    async def tick(self) -> None:
        for key in sorted(self._refused):
            async with self._db.write() as tx:
                looked = await self._look(tx, key, self._clock.now())
            if looked:
                self._refused.discard(key)
                self._outbox.wake()

    async def _look(self, tx: AsyncSession, key: str, now: datetime) -> bool:
        """→ False while the sender has not yet written down what became of it."""
        found = _KEY.match(key)
        assert found is not None
        page = await tx.get(Page, int(found[1]), with_for_update=True)
        state = (await tx.scalars(select(OutgoingMessage.state).where(col(OutgoingMessage.key) == key))).first()
        if state == "leased":
            return False
        if page is not None and PageState(page.state) is PageState.OPEN and page.due_at and page.due_at > now:
            await self._hurry(tx, page, int(found[2]), now)
        return True

    async def _hurry(self, tx: AsyncSession, page: Page, number: int, now: datetime) -> None:
        if await _may_arrive(tx, page, number):
            return
        query = select(PageContact).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
        contacts = (await tx.scalars(query)).all()
        await self._note(tx, page, contacts[number - 1].person, now)
        step = [at for at, one in enumerate(contacts, start=1) if one.at == contacts[-1].at]
        if number in step and not any([await _may_arrive(tx, page, one) for one in step]):
            if contacts[-1].because == LAST_RESORT:
                await self._tell(tx, page, contacts)
            else:
                page.due_at = now

    async def _tell(self, tx: AsyncSession, page: Page, contacts: Sequence[PageContact]) -> None:
        """The admins, once for each page. `reached`: who has it on some way, and has not answered."""
        key = f"unreached/{page.id}"
        if await self._outbox.exists(tx, key):
            return
        reached = {one.person for at, one in enumerate(contacts, start=1) if await _may_arrive(tx, page, at)}
        people = dict.fromkeys(one.person for one in contacts)
        last, known = contacts[-1].person, self._directory().person
        message = self._renderer.message(
            "paging/unreachable",
            page=page,
            last=_name(known(last), last),
            reached=[_name(known(id), id) for id in people if id in reached],
            tried=[_name(known(id), id) for id in people if id not in reached],
        )
        channel = Destination(channel=self._directory().admin_channel)
        await self._outbox.post(tx, key, channel, message, priority=Priority.PAGE)

    async def _note(self, tx: AsyncSession, page: Page, id: str, now: datetime) -> None:
        """Once for each contact: two of their ways may have been refused at the same moment."""
        assert page.id is not None
        person = self._directory().person(id)
        by, what = person.slack if person else id, Verb.UNREACHED.value
        there = (col(PageEvent.page) == page.id, col(PageEvent.by) == by, col(PageEvent.what) == what)
        if (await tx.scalars(select(PageEvent.id).where(*there, col(PageEvent.at) >= now))).first() is None:
            tx.add(PageEvent(page=page.id, at=now, by=by, what=what))
            await tx.flush()


def _name(person: Person | None, id: str) -> str:
    return person.name if person else id


async def _may_arrive(tx: AsyncSession, page: Page, number: int) -> bool:
    """Whether any way to the person has been taken, or is still to be taken."""
    row, prefix = OutgoingMessage, f"page/{page.id}/{number}/"
    ways = col(row.key).startswith(prefix), col(row.key).not_like(f"{prefix}further/%"), col(row.state).not_in(OVER)
    return (await tx.scalars(select(row.id).where(*ways).limit(1))).first() is not None
