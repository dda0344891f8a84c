"""The figures of paging, read from its rows when somebody asks. Nothing is changed here."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory
from bot.errors import UserError
from bot.paging.figures import Call, Figures, Paged, figures
from bot.paging.model import PageState, Verb
from bot.paging.tables import Page, PageContact, PageEvent
from bot.store.database import Database

USUAL, LONGEST = 30, 366
"""Days."""
_DAYS = re.compile(r"(\d{1,6})\s*(?:d|days?)?", re.IGNORECASE)
_WORDS = {"": USUAL, "week": 7, "month": 30, "year": 365}


def period(words: str) -> timedelta | None:
    """ "90", "7d", "14 days", "week"; nothing: the usual. None where it is no period.

    Raises `UserError` for one that is too short or too long.
    """
    said = words.strip().lower()
    number = _DAYS.fullmatch(said)
    days = int(number[1]) if number else _WORDS.get(said)
    if days is None:
        return None
    if not 1 <= days <= LONGEST:
        raise UserError(f"A report is of 1 to {LONGEST} days.", hint=f"Write a number of days, such as {USUAL}.")
    return timedelta(days=days)


class Reports:
    def __init__(self, db: Database, clock: Clock, directory: Callable[[], Directory]) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory

    async def report(self, who: Actor, length: timedelta) -> Figures:
        """Of the pages that were raised within the last `length`."""
        access.require(who, Right.ANSWER_PAGE)
        now = self._clock.now()
        async with self._db.read() as tx:
            pages = await self._pages(tx, now - length, now)
        return figures(now - length, now, pages, self._zone)

    async def _pages(self, tx: AsyncSession, start: datetime, end: datetime) -> list[Paged]:
        """One raised at this very instant is in it: who asks has just seen it."""
        within = (col(Page.created_at) >= start, col(Page.created_at) <= end)
        pages = (await tx.scalars(select(Page).where(*within).order_by(col(Page.id)))).all()
        calls: dict[int, list[Call]] = {}
        query = select(PageContact).join(Page, col(PageContact.page) == col(Page.id)).where(*within)
        for contact in (await tx.scalars(query.order_by(col(PageContact.id)))).all():
            calls.setdefault(contact.page, []).append(Call(contact.person, contact.at))
        first = await _first_answers(tx, within)
        return [self._paged(page, calls.get(page.id or 0, []), first.get(page.id or 0)) for page in pages]

    def _paged(self, page: Page, calls: list[Call], answer: PageEvent | None) -> Paged:
        over = page.state == PageState.RESOLVED.value
        if answer is None:
            return Paged(page.region, page.created_at, tuple(calls), over=over)
        person = self._directory().person_by_slack(answer.by)
        by = person.id if person else answer.by
        return Paged(page.region, page.created_at, tuple(calls), by, answer.at, over)

    def _zone(self, person: str, region: str) -> str:
        found = self._directory().person(person)
        return found.zone if found else self._directory().region_of(region).zone


async def _first_answers(tx: AsyncSession, within: Iterable[ColumnElement[bool]]) -> dict[int, PageEvent]:
    """Page → the first time that somebody, and not its cause's end, answered it."""
    answers = (Verb.ACKNOWLEDGE.value, Verb.RESOLVE.value)
    query = (
        select(PageEvent)
        .join(Page, col(PageEvent.page) == col(Page.id))
        .where(*within, col(PageEvent.what).in_(answers), col(PageEvent.by) != "")
        .order_by(col(PageEvent.id))
    )
    first: dict[int, PageEvent] = {}
    for event in (await tx.scalars(query)).all():
        first.setdefault(event.page, event)
    return first
