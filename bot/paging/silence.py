"""Do Not Disturb: where Slack makes no sound, what reaches people outside Slack goes at once, not after its delay.

Pages go out whatever anybody has set. Slack is asked once a page is on its way, beside everything else: one that is
slow, limits or refuses changes nothing, the delays stay as the roster file has them and nothing is said of it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory, Person
from bot.errors import BotError
from bot.outbox.api import Outbox
from bot.paging import rows
from bot.paging.messages import Messages
from bot.paging.model import PageState
from bot.paging.tables import Page, PageContact, PageEvent
from bot.slack.errors import RateLimited, SlackRefused
from bot.store.database import Database

SilentUntil = Callable[[str], Awaitable[datetime | None]]
"""Slack id → until when its direct messages make no sound; None: they do. Raises `BotError`."""
ASK_FOR = timedelta(minutes=5)
"""So long after a contact it is of use to know: later its methods are out, or the next one is paged."""
PATIENCE, AGAIN, REFUSED = 2.0, 5.0, 3600.0
"""Seconds of real time: for one answer, until Slack is asked again that gave none, and after it refused."""
AT_ONCE = 10
"""Slack allows about fifty questions a minute."""
_OF_ONE = frozenset({"user_not_found", "user_not_visible"})
"""What Slack refuses for one person, and not for all."""
log = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    until: datetime | None


class Silence:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        outbox: Outbox,
        messages: Messages,
        silent_until: SilentUntil,
        monotonic: Callable[[], float],
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._messages = messages
        self._silent_until = silent_until
        self._monotonic = monotonic
        self._ask_from = 0.0

    async def tick(self) -> None:
        """Asks about those who were paged since, and acts on what Slack says."""
        if self._monotonic() < self._ask_from:
            return
        contacts = await self._not_asked(self._clock.now() - ASK_FOR)
        people = {id: self._directory().person(person) for id, person in contacts}
        known = [(id, person) for id, person in people.items() if person is not None]
        answers = await asyncio.gather(*(self._ask(person.slack) for _, person in known))
        for (id, person), answer in zip(known, answers, strict=True):
            if answer is not None:
                await self._answered(id, person, answer.until)
        if known:
            self._outbox.wake()

    async def _not_asked(self, since: datetime) -> list[tuple[int, str]]:
        """(contact, person) of pages that wait for an answer, the oldest first."""
        query = (
            select(col(PageContact.id), col(PageContact.person))
            .join(Page, col(PageContact.page) == col(Page.id))
            .where(
                col(Page.state) == PageState.OPEN.value,
                col(PageContact.silence_asked_at).is_(None),
                col(PageContact.at) > since,
            )
            .order_by(col(PageContact.id))
            .limit(AT_ONCE)
        )
        async with self._db.read() as tx:
            return [(id, person) for id, person in (await tx.execute(query)).all() if id is not None]

    async def _ask(self, slack: str) -> Answer | None:
        """None: it is not known."""
        try:
            async with asyncio.timeout(PATIENCE):
                return Answer(await self._silent_until(slack))
        except RateLimited as error:
            self._rest(error.seconds)
        except SlackRefused as error:
            if error.code in _OF_ONE:
                return Answer(None)
            log.warning("Slack does not say who has Do Not Disturb on", reason=str(error))
            self._rest(REFUSED)
        except (BotError, TimeoutError) as error:
            log.info("Do Not Disturb is not known", reason=str(error) or "no answer in time")
            self._rest(AGAIN)
        return None

    def _rest(self, seconds: float) -> None:
        self._ask_from = max(self._ask_from, self._monotonic() + seconds)

    async def _answered(self, id: int, person: Person, until: datetime | None) -> None:
        async with self._db.write() as tx:
            contact = await tx.get_one(PageContact, id)
            page = await rows.locked(tx, contact.page)
            contact.silence_asked_at, contact.silent_until = self._clock.now(), until
            if until is None or PageState(page.state) is not PageState.OPEN:
                return
            number, others = await _place(tx, contact)
            await self._outbox.hasten(tx, f"page/{page.id}/{number}/{person.id}/")
            if not await _moved_on(tx, contact):
                await self._messages.silent(tx, page, number, contact, person, others)


async def _place(tx: AsyncSession, contact: PageContact) -> tuple[int, int]:
    """→ the how-manieth contact of its page it is, and how many others were contacted with it."""
    of_page = select(func.count()).select_from(PageContact).where(col(PageContact.page) == contact.page)
    number = (await tx.scalars(of_page.where(col(PageContact.id) <= contact.id))).one()
    together = (await tx.scalars(of_page.where(col(PageContact.at) == contact.at))).one()
    return number, together - 1


async def _moved_on(tx: AsyncSession, contact: PageContact) -> bool:
    """Somebody did something with the page since: its direct message says so, and that counts more."""
    events = (col(PageEvent.page) == contact.page, col(PageEvent.at) >= contact.at)
    return (await tx.scalars(select(PageEvent.id).where(*events).limit(1))).first() is not None
