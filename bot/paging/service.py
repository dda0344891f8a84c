"""Pages: raised with the fact they are about, climbed by the clock, stopped by the first who answers.

What is due is a row (`Page.due_at <= now`), so a restart, a second replica or a clock that jumped changes nothing:
each tick claims what is due under a lock and takes exactly one step.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Person
from bot.errors import BotError, Conflict, UserError
from bot.outbox import faults
from bot.paging import model, rows
from bot.paging.messages import Messages, plain
from bot.paging.model import About, Alarm, PageState, Verb
from bot.paging.reach import BY_NAME, Reach
from bot.paging.tables import Page, PageContact, PageEvent
from bot.roster.service import Roster
from bot.store import ids
from bot.store.database import Database

log = structlog.get_logger()
CaredFor = Callable[[AsyncSession, int, str, datetime], Awaitable[bool]]
"""(transaction, request id, Slack id of who acknowledged, since when) → whether there was a sign, or none is due."""
Acknowledged = Callable[[AsyncSession, int, str, datetime], Awaitable[None]]
"""Told (transaction, request id, Slack id, now) when the page about a request was acknowledged."""


@dataclass(frozen=True)
class Raised:
    """Who was paged first (Slack id), and as what; `skipped` says in sentences who was passed over."""

    page: Page
    slack: str
    because: str
    skipped: str = ""


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
        self._cared_for: CaredFor | None = None

    def on_acknowledged(self, listener: Acknowledged) -> None:
        """The desk listens, which stands above paging and so cannot be called by it."""
        self._acknowledged = listener

    def on_silence(self, cared_for: CaredFor) -> None:
        """The desk knows what has happened to the request of a page."""
        self._cared_for = cared_for

    async def raise_page(self, who: Actor, alarm: Alarm) -> Raised:
        """What somebody raises by hand, in their name. Raises `UserError` for a person who is not paged now."""
        access.require(who, Right.RAISE_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            if alarm.asked is not None and alarm.asked.kind is model.Kind.PERSON:
                person = self._directory().person(alarm.asked.name)
                await self._checked(tx, person.slack if person else alarm.asked.name, now)
            page = await self.raise_in(tx, replace(alarm, by=who.slack), now)
            contacts = select(PageContact).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
            first = (await tx.scalars(contacts.limit(1))).one()
        faults.reach("page.raised")
        self._messages.wake()
        return Raised(page, self._person(first.person).slack, first.because, first.skipped)

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
            due = await rows.due(tx, now)
        for page_id in due:
            try:
                await self._climb(page_id, now)
            except BotError as error:
                log.warning("page put off", page=page_id, error=str(error))
            except Exception:
                log.exception("page failed", page=page_id, reference=ids.reference(f"page/{page_id}/{now}"))
        if due:
            self._messages.wake()

    async def acknowledge(self, who: Actor, page_id: int) -> Page:
        """Stops the page on every channel. Raises `Conflict` when somebody else answered before."""
        access.require(who, Right.ANSWER_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            page = await rows.locked(tx, page_id)
            if page.answered_by == who.slack:
                return page
            await self._answer(tx, page, who.slack, rows.after(page, Verb.ACKNOWLEDGE, who), now)
            if pause := self._escalation().ask_again:
                page.due_at = now + pause
            if page.request is not None and self._acknowledged is not None:
                await self._acknowledged(tx, page.request, who.slack, now)
            faults.reach("page.answering")
        faults.reach("page.answered")
        self._messages.wake()
        return page

    async def resolve(self, who: Actor, page_id: int) -> Page:
        """It is over, acknowledged before or not. Raises `Conflict` when it was already."""
        access.require(who, Right.ANSWER_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            page = await rows.locked(tx, page_id)
            await self._answer(tx, page, who.slack, rows.after(page, Verb.RESOLVE, who), now)
        self._messages.wake()
        return page

    async def need_help(self, who: Actor, page_id: int, source: str, seen: int | None = None) -> Page:
        """The next step is taken now, without waiting; somebody else has to answer. `seen`: the version clicked."""
        return await self._on(who, page_id, Verb.HELP, source, seen)

    async def pass_on(self, who: Actor, page_id: int, source: str, seen: int | None = None, to: str = "") -> Page:
        """It is not theirs: the page goes to `to` (a Slack id), or to the next step, now, and to them no more.

        Raises `UserError` where `to` is nobody who can be paged now, is `who`, or has passed it on before.
        """
        return await self._on(who, page_id, Verb.NOT_ME, source, seen, to)

    async def _on(self, who: Actor, page_id: int, verb: Verb, source: str, seen: int | None, to: str = "") -> Page:
        access.require(who, Right.ANSWER_PAGE)
        now = self._clock.now()
        async with self._db.write() as tx:
            page = await rows.locked(tx, page_id)
            if (await tx.scalars(select(PageEvent.id).where(col(PageEvent.source) == source))).first() is not None:
                return page
            state = rows.after(page, verb, who)
            if seen is not None and seen != page.version:
                last = await rows.last(tx, page)
                raise Conflict(f"<@{last.by}> {model.DONE[Verb(last.what)]} meanwhile.", hint="Look at the page again.")
            if to:
                wanted = await self._checked(tx, to, now)
                await self._not_passed_on(tx, page, wanted, who)
                page.asked, page.round, page.step = str(wanted), 0, model.ASKED_FOR
            page.state, page.answered_by, page.answered_at = state.value, "", None
            await self._note(tx, page, verb, who.slack, now, source, f"to <@{to}>" if to else "")
            before = page.contacts
            await self._step(tx, page, now, asked_for_help=who.slack if verb is Verb.HELP else "")
            await self._messages.went_on(tx, page, await self._contacted(tx, page), before, who.slack, verb)
        self._messages.wake()
        return page

    async def _checked(self, tx: AsyncSession, slack: str, now: datetime) -> model.Target:
        """Raises `UserError` where they cannot be paged now."""
        person = self._directory().person_by_slack(slack)
        if person is None:
            raise UserError(f"<@{slack}> is not in the roster file.", hint="Page one of the team, or who is on duty.")
        rota = await self._roster.rota_as_it_stands(tx)
        reach = Reach(self._roster.moment_of(rota, now), rota, self._directory(), "")
        if why := reach.why_not(person):
            raise UserError(f"{person.name} is not paged now: {why}.", hint="Page somebody else, or who is on duty.")
        return model.Target(model.Kind.PERSON, person.id)

    async def _not_passed_on(self, tx: AsyncSession, page: Page, wanted: model.Target, who: Actor) -> None:
        """Raises `UserError` for who passes the page on, or did before: no step would page them."""
        hint = "Pass it to somebody else, or press Not me: the next step is taken."
        person = self._directory().person(wanted.name)
        if person is not None and person.slack == who.slack:
            raise UserError("That is you.", hint=hint)
        if why := (await self._left_out(tx, page, "")).get(wanted.name):
            raise UserError(f"{why}.", hint=hint)

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
            unsettled = page.state == PageState.OPEN or (resolved and page.state == PageState.ACKNOWLEDGED)
            if unsettled and only(page):
                await self._answer(tx, page, by, PageState.RESOLVED if resolved else PageState.ACKNOWLEDGED, now)

    async def stands(self, tx: AsyncSession, source: str) -> bool | None:
        """Whether the page of that source is still to be answered; None where there is none."""
        state = (await tx.scalars(select(Page.state).where(col(Page.source) == source))).first()
        return None if state is None else state == PageState.OPEN

    async def settle_source(self, tx: AsyncSession, source: str, by: str, now: datetime) -> None:
        """What the page of that source was about is done."""
        page = (await tx.scalars(select(Page).where(col(Page.source) == source).with_for_update())).first()
        if page is not None and page.state != PageState.RESOLVED:
            await self._answer(tx, page, by, PageState.RESOLVED, now)

    def wake(self) -> None:
        """After the commit of what was raised or settled in another's transaction."""
        self._messages.wake()

    async def further(
        self,
        tx: AsyncSession,
        request: int,
        because: str,
        source: str,
        *,
        only: Callable[[Page], bool] = lambda page: True,
    ) -> bool:
        """Where a page about `request` is still open, its people are told why it presses even more: one page is enough.

        Whoever it contacts later reads that too. → whether there was one. The caller sees to it that it is done once.
        """
        query = select(Page).where(col(Page.request) == request, col(Page.state) == PageState.OPEN.value)
        pages = (await tx.scalars(query.order_by(col(Page.id).desc()).with_for_update())).all()
        page = next(filter(only, pages), None)
        if page is None:
            return False
        page.because = f"{page.because}; {because}"
        contacted = select(PageContact.person).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
        newest = {person: number for number, person in enumerate((await tx.scalars(contacted)).all(), start=1)}
        contacts = {number: self._directory().person(person) for person, number in newest.items()}
        await self._messages.further(tx, page, contacts, because, source)
        return True

    async def _climb(self, page_id: int, now: datetime) -> None:
        async with self._db.write() as tx:
            page = await rows.locked(tx, page_id)
            if page.due_at is None or page.due_at > now:
                return
            if PageState(page.state) is PageState.OPEN:
                await self._step(tx, page, now)
            else:
                await self._ask_again(tx, page, now)
        faults.reach("page.stepped")

    async def _ask_again(self, tx: AsyncSession, page: Page, now: datetime) -> None:
        """Who acknowledged it, and then whom the policy gives, unless something has happened to it meanwhile."""
        pause, by = self._escalation().ask_again, page.answered_by
        state = model.moved(PageState(page.state), Verb.ASK_AGAIN, own=False)
        if state is None or not pause:
            page.due_at = None
            return
        if await self._sign_of(tx, page, now - pause):
            page.due_at = now + pause
            return
        person = self._directory().person_by_slack(by)
        page.asked, page.round, page.step = (
            str(model.Target(model.Kind.PERSON, person.id)) if person else "",
            0,
            model.ASKED_FOR,
        )
        minutes = int((now - page.answered_at).total_seconds() // 60) if page.answered_at else 0
        page.state, page.answered_by, page.answered_at = state.value, "", None
        await self._note(tx, page, Verb.ASK_AGAIN, by, now)
        before = page.contacts
        await self._step(tx, page, now, because=f"who acknowledged it {minutes} min ago, without a sign since")
        await self._messages.went_on(tx, page, await self._contacted(tx, page), before, by, Verb.ASK_AGAIN)

    async def _sign_of(self, tx: AsyncSession, page: Page, since: datetime) -> bool:
        if page.request is None or self._cared_for is None:
            return False
        return await self._cared_for(tx, page.request, page.answered_by, since)

    async def _step(
        self, tx: AsyncSession, page: Page, now: datetime, asked_for_help: str = "", because: str = ""
    ) -> None:
        """Contacts whom the next step gives; the conditions are those of the policy as the file has it now.

        Who passed the page on is not paged by a step any more, nor, by this one, who asked for help. `because` is why
        somebody who is asked for by name is.
        """
        about, at = self._about(page), model.Position(page.round, page.step)
        policy = self._escalation().of(about, now, page.policy)
        left_out = await self._left_out(tx, page, asked_for_help)
        rota = await self._roster.rota_as_it_stands(tx)
        try:
            reach = Reach(self._roster.moment_of(rota, now), rota, self._directory(), page.region)
            find = model.without(reach.find, left_out)
            last_round = at.round + 1 >= policy.repeat
            contacted = await rows.contacted(tx, page, self._directory()) if last_round else None
            contact = model.climb(policy, at, find, about, now, model.target(page.asked), contacted)
        except (ValueError, LookupError, TypeError, ArithmeticError):
            reference = ids.reference(f"page/{page.id}/{now}")
            log.exception("nobody could be found by the roster: the last resort is paged", reference=reference)
            contact = model.last_resort(policy, at, now, f"the roster could not be asked ({reference})")
        page.round, page.step, page.due_at = contact.then.round, contact.then.step, contact.due
        why = plain(self._directory(), page.because)
        for found in contact.found:
            page.contacts += 1
            named = replace(found, because=because) if because and found.because == BY_NAME else found
            tx.add(rows.row(page, named, contact, now))
            await self._messages.contact(tx, page, self._person(found.person), named, contact, why, now)
        await tx.flush()
        faults.reach("page.stepping")

    async def _left_out(self, tx: AsyncSession, page: Page, asked_for_help: str) -> dict[str, str]:
        """Person → why this step passes them over."""
        passed = (col(PageEvent.page) == page.id, col(PageEvent.what) == Verb.NOT_ME.value)
        why = dict.fromkeys((await tx.scalars(select(PageEvent.by).where(*passed))).all(), "has passed it on")
        if asked_for_help:
            why[asked_for_help] = "has asked for help"
        people = [(self._directory().person_by_slack(slack), said) for slack, said in why.items()]
        return {person.id: f"{person.name} {said}" for person, said in people if person is not None}

    def _about(self, page: Page) -> About:
        region = self._directory().region(page.region)
        return About(region.zone if region else "UTC", page.severity, page.client)

    async def _answer(self, tx: AsyncSession, page: Page, by: str, state: PageState, now: datetime) -> None:
        page.state, page.answered_by, page.answered_at, page.due_at = state.value, by, now, None
        verb = Verb.RESOLVE if state is PageState.RESOLVED else Verb.ACKNOWLEDGE
        await self._note(tx, page, verb, by, now)
        await self._messages.answered(tx, page, await self._contacted(tx, page), now)

    async def _note(
        self,
        tx: AsyncSession,
        page: Page,
        verb: Verb,
        by: str,
        now: datetime,
        source: str | None = None,
        detail: str = "",
    ) -> None:
        assert page.id is not None
        page.version += 1
        tx.add(PageEvent(page=page.id, at=now, by=by, what=verb.value, detail=detail, source=source))
        await tx.flush()

    async def _contacted(self, tx: AsyncSession, page: Page) -> list[Person | None]:
        """In the order of the contacts; None: no longer in the roster file."""
        query = select(PageContact.person).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
        return [self._directory().person(id) for id in (await tx.scalars(query)).all()]

    def _person(self, id: str) -> Person:
        person = self._directory().person(id)
        if person is None:
            raise LookupError(f"the escalation policy names {id}, whom the roster does not know")
        return person
