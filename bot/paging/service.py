"""Pages: raised with the fact they are about, climbed by the clock, stopped by the first who answers.

What is due is a row (`Page.due_at <= now`), so a restart, a second replica or a clock that jumped changes nothing:
each tick claims what is due under a lock and takes exactly one step.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Person
from bot.errors import Conflict, UserError
from bot.paging import model
from bot.paging.messages import Messages
from bot.paging.model import About, Alarm, PageState
from bot.paging.reach import Reach
from bot.paging.tables import Page, PageContact
from bot.roster.service import Roster
from bot.store.database import Database

Acknowledged = Callable[[AsyncSession, int, str, datetime], Awaitable[None]]
"""Told (transaction, request id, Slack id, now) when the page about a request was acknowledged."""


@dataclass(frozen=True)
class Raised:
    """Who was paged first (Slack id), and as what."""

    page: Page
    slack: str
    because: str


class Paging:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        escalation: Callable[[], model.Escalation],
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._escalation = escalation
        self._messages = messages
        self._acknowledged: Acknowledged | None = None

    def on_acknowledged(self, listener: Acknowledged) -> None:
        """The desk listens, which stands above paging and so cannot be called by it."""
        self._acknowledged = listener

    async def raise_page(self, who: Actor, alarm: Alarm) -> Raised:
        """What somebody raises by hand, in their name."""
        access.require(who, Right.RAISE_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            page = await self.raise_in(tx, replace(alarm, by=who.slack), now)
            contacts = select(PageContact).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
            first = (await tx.scalars(contacts.limit(1))).one()
        self._messages.wake()
        return Raised(page, self._person(first.person).slack, first.because)

    async def raise_in(self, tx: AsyncSession, alarm: Alarm, now: datetime) -> Page:
        """Raises within the transaction of what it is about, and takes the first step there and then."""
        there = (await tx.scalars(select(Page).where(col(Page.source) == alarm.source))).first()
        if there is not None:
            return there
        page = await self._made(tx, alarm, now)
        tx.add(page)
        await tx.flush()
        await self._step(tx, page, now)
        return page

    async def _made(self, tx: AsyncSession, alarm: Alarm, now: datetime) -> Page:
        region = alarm.region or await self._leading(tx, now)
        page = Page(
            source=alarm.source,
            title=alarm.reason.title,
            body=alarm.reason.body,
            because=alarm.reason.because,
            region=region,
            raised_by=alarm.by,
            request=alarm.request,
            severity=alarm.severity,
            client=alarm.client,
            asked=str(alarm.asked or ""),
            state=PageState.OPEN.value,
            created_at=now,
            due_at=now,
        )
        policy = self._escalation().of(self._about(page), now, alarm.policy)
        page.policy = policy.id
        page.step = model.begins(policy, alarm)
        return page

    async def _leading(self, tx: AsyncSession, now: datetime) -> str:
        moment = await self._roster.moment(tx, now)
        return moment.lead or moment.next_lead or self._directory().regions[0].id

    async def tick(self) -> None:
        """Takes the next step of every page that is due; one page's failure is not the others'."""
        now = self._clock.now()
        async with self._db.read() as tx:
            due = (await tx.scalars(_due(now))).all()
        for page_id in due:
            await self._climb(page_id, now)
        if due:
            self._messages.wake()

    async def acknowledge(self, who: Actor, page_id: int) -> Page:
        """Stops the page on every channel. Raises `Conflict` when somebody else answered before."""
        access.require(who, Right.ANSWER_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            page = await _locked(tx, page_id)
            if page.answered_by == who.slack:
                return page
            if PageState(page.state) is not PageState.OPEN:
                raise Conflict(f"<@{page.answered_by}> has already answered this page.", hint="You can rest.")
            await self._answer(tx, page, who.slack, PageState.ACKNOWLEDGED, now)
            if page.request is not None and self._acknowledged is not None:
                await self._acknowledged(tx, page.request, who.slack, now)
        self._messages.wake()
        return page

    async def settle(
        self,
        tx: AsyncSession,
        request: int,
        by: str,
        now: datetime,
        *,
        resolved: bool,
        only: Callable[[Page], bool] = lambda page: True,
    ) -> None:
        """Somebody took care of `request`: its pages, `only` of some kind, have been answered with that."""
        pages = await tx.scalars(select(Page).where(col(Page.request) == request).with_for_update())
        for page in pages.all():
            if PageState(page.state) is PageState.OPEN and only(page):
                await self._answer(tx, page, by, PageState.RESOLVED if resolved else PageState.ACKNOWLEDGED, now)

    async def further(self, tx: AsyncSession, request: int, because: str, source: str) -> bool:
        """Where a page about `request` is still open, its people are told why it presses even more: one page is enough.

        Whoever it contacts later reads that too. → whether there was one. The caller sees to it that it is done once.
        """
        query = select(Page).where(col(Page.request) == request, col(Page.state) == PageState.OPEN.value)
        page = (await tx.scalars(query.order_by(col(Page.id).desc()).limit(1).with_for_update())).first()
        if page is None:
            return False
        page.because = f"{page.because}; {because}"
        contacted = select(PageContact.person).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
        newest = {person: number for number, person in enumerate((await tx.scalars(contacted)).all(), start=1)}
        await self._messages.further(tx, page, sorted(newest.values()), because, source)
        return True

    async def _climb(self, page_id: int, now: datetime) -> None:
        async with self._db.write() as tx:
            page = await _locked(tx, page_id)
            if PageState(page.state) is PageState.OPEN and page.due_at is not None and page.due_at <= now:
                await self._step(tx, page, now)

    async def _step(self, tx: AsyncSession, page: Page, now: datetime) -> None:
        """Contacts whom the next step gives; the conditions are those of the policy as the file has it now."""
        about, at = self._about(page), model.Position(page.round, page.step)
        policy = self._escalation().of(about, now, page.policy)
        rota = await self._roster.rota_as_it_stands(tx)
        reach = Reach(await self._roster.moment(tx, now), rota, self._directory(), page.region)
        contact = model.climb(policy, at, reach.find, about, now, model.target(page.asked))
        page.round, page.step, page.due_at = contact.then.round, contact.then.step, contact.due
        raiser = self._directory().person_by_slack(page.raised_by)
        for found in contact.found:
            page.contacts += 1
            tx.add(_row(page, found, contact, now))
            await self._messages.contact(tx, page, self._person(found.person), found, contact, raiser, now)

    def _about(self, page: Page) -> About:
        region = self._directory().region(page.region)
        return About(region.zone if region else "UTC", page.severity, page.client)

    async def _answer(self, tx: AsyncSession, page: Page, by: str, state: PageState, now: datetime) -> None:
        assert page.id is not None
        page.state, page.answered_by, page.answered_at, page.due_at = state.value, by, now, None
        contacted = await tx.scalars(select(PageContact).where(col(PageContact.page) == page.id))
        people = [self._directory().person(c.person) for c in contacted.all()]
        await self._messages.answered(tx, page, people, now)

    def _person(self, id: str) -> Person:
        person = self._directory().person(id)
        if person is None:
            raise LookupError(f"the escalation policy names {id}, whom the roster does not know")
        return person


async def raised(tx: AsyncSession, start: datetime, end: datetime) -> list[tuple[Page, tuple[str, ...]]]:
    """The pages raised in `[start, end)`, oldest first, each with the people it contacted, in their order."""
    within = (col(Page.created_at) >= start, col(Page.created_at) < end)
    found = (await tx.scalars(select(Page).where(*within).order_by(col(Page.created_at), col(Page.id)))).all()
    contacts = await tx.scalars(
        select(PageContact)
        .join(Page, col(PageContact.page) == col(Page.id))
        .where(*within)
        .order_by(col(PageContact.id))
    )
    people: dict[int | None, list[str]] = {}
    for contact in contacts.all():
        people.setdefault(contact.page, []).append(contact.person)
    return [(page, tuple(people.get(page.id, ()))) for page in found]


def _row(page: Page, found: model.Found, contact: model.Contact, now: datetime) -> PageContact:
    assert page.id is not None
    skipped = "; ".join(contact.skipped)
    return PageContact(page=page.id, person=found.person, because=found.because, skipped=skipped, at=now)


def _due(now: datetime):  # type: ignore[no-untyped-def]
    return (
        select(Page.id)
        .where(col(Page.state) == PageState.OPEN.value, col(Page.due_at) <= now)
        .order_by(col(Page.due_at))
    )


async def _locked(tx: AsyncSession, page_id: int) -> Page:
    page = await tx.get(Page, page_id, with_for_update=True)
    if page is None:
        raise UserError(f"There is no page P-{page_id}.", hint="Look in the channel for a newer one.")
    return page
