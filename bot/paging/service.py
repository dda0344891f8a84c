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
from bot.paging.model import PageState, Target
from bot.paging.tables import Page, PageContact
from bot.roster.model import Holder, Moment
from bot.roster.service import Roster
from bot.store.database import Database

Acknowledged = Callable[[AsyncSession, int, str, datetime], Awaitable[None]]
"""Told (transaction, request id, Slack id, now) when the page about a request was acknowledged."""


@dataclass(frozen=True)
class Reason:
    """What a page says: a title of a few words, what is wrong, and why this pages somebody at all."""

    title: str
    body: str
    because: str


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
        policy: Callable[[], model.Policy],
        messages: Messages,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._policy = policy
        self._messages = messages
        self._acknowledged: Acknowledged | None = None

    def on_acknowledged(self, listener: Acknowledged) -> None:
        """The desk listens, which stands above paging and so cannot be called by it."""
        self._acknowledged = listener

    async def raise_page(self, who: Actor, reason: Reason, source: str, region: str | None = None) -> Raised:
        """Pages the engineer on duty in `region` (default: the lead region), once per `source`."""
        access.require(who, Right.RAISE_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            moment = await self._roster.moment(tx, now)
            chosen = region or moment.lead or moment.next_lead or self._directory().regions[0].id
            page = await self.raise_in(tx, source, reason, chosen, who.slack, now)
            contacts = select(PageContact).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
            first = (await tx.scalars(contacts.limit(1))).one()
        self._messages.wake()
        return Raised(page, self._person(first.person).slack, first.because)

    async def raise_in(
        self,
        tx: AsyncSession,
        source: str,
        reason: Reason,
        region: str,
        by: str,
        now: datetime,
        request: int | None = None,
        *,
        skip_primary: bool = False,
    ) -> Page:
        """Raises within the transaction of what it is about, and takes the first step there and then.

        `skip_primary` starts with the second step: the primary has it already, and needs help.
        """
        there = (await tx.scalars(select(Page).where(col(Page.source) == source))).first()
        if there is not None:
            return there
        page = Page(
            source=source,
            title=reason.title,
            body=reason.body,
            because=reason.because,
            region=region,
            raised_by=by,
            request=request,
            state=PageState.OPEN.value,
            step=1 if skip_primary and len(self._policy().steps) > 1 else 0,
            created_at=now,
            due_at=now,
        )
        tx.add(page)
        await tx.flush()
        await self._step(tx, page, await self._roster.moment(tx, now), now)
        return page

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
                await self._step(tx, page, await self._roster.moment(tx, now), now)

    async def _step(self, tx: AsyncSession, page: Page, moment: Moment, now: datetime) -> None:
        assert page.id is not None
        at = model.Position(page.round, page.step)
        holders = _holders(moment, page.region)
        contact = model.climb(self._policy(), at, _people(holders), now)
        contact = self._with_region(contact, holders, page.region)
        page.round, page.step, page.due_at = contact.then.round, contact.then.step, contact.due
        page.contacts += 1
        tx.add(
            PageContact(
                page=page.id,
                person=contact.person,
                because=contact.because,
                skipped="; ".join(contact.skipped),
                at=now,
            )
        )
        raiser = self._directory().person_by_slack(page.raised_by)
        await self._messages.contact(tx, page, self._person(contact.person), contact, raiser, now)

    def _with_region(self, contact: model.Contact, holders: dict[Target, Holder | None], region: str) -> model.Contact:
        """Who is paged for another region than their own reads so, and so does who asked."""
        holder = holders[contact.target] if contact.target else None
        wanted = self._directory().region(region)
        if contact.target is None or holder is None or wanted is None or holder.region == region:
            return contact
        as_what = "weekend shift" if holder.role == "weekend" else holder.role
        because = f"{as_what} of {holder.region_name}, since nobody is {contact.target} in {wanted.name} now"
        return replace(contact, because=because)

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


def duty(moment: Moment, region: str) -> dict[Target, str | None]:
    """The person ids of `holders`."""
    return _people(_holders(moment, region))


def _people(holders: dict[Target, Holder | None]) -> dict[Target, str | None]:
    return {target: holder.person if holder else None for target, holder in holders.items()}


def _holders(moment: Moment, region: str) -> dict[Target, Holder | None]:
    """Who holds each role for a page of `region`: at weekends the weekend shift is the primary.

    A region without anybody on duty is answered for by the one that leads; where it has no secondary (a weekend), by
    another region that is on duty, which is in its own daytime.
    """
    if moment.on_duty(region) is None and moment.lead is not None:
        region = moment.lead
    return {
        Target.PRIMARY: moment.on_duty(region),
        Target.SECONDARY: moment.holding(region, "secondary") or _elsewhere(moment, region),
        Target.MANAGER: moment.holding(region, "manager"),
    }


def _elsewhere(moment: Moment, region: str) -> Holder | None:
    return next((h for h in moment.holders if h.region != region and h.role in ("primary", "weekend")), None)


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
