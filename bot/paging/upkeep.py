"""Pages whose cause speaks for itself: what they say is kept up to date, and they end when it has ended.

Nobody answered such a page, so `answered_by` stays empty; who had acknowledged it keeps the credit, and is not said to
have resolved it.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory.model import Directory, Person
from bot.paging import model
from bot.paging.messages import Messages
from bot.paging.model import PageState, Verb
from bot.paging.tables import Page, PageContact, PageEvent


class Upkeep:
    def __init__(self, directory: Callable[[], Directory], messages: Messages) -> None:
        self._directory = directory
        self._messages = messages

    async def revise(self, tx: AsyncSession, page_id: int, title: str, body: str) -> None:
        """What it says now; in the direct messages that are out too, while it is open."""
        page = await tx.get_one(Page, page_id, with_for_update=True)
        if PageState(page.state) is PageState.RESOLVED or (page.title, page.body) == (title, body):
            return
        page.title, page.body = title, body
        if PageState(page.state) is PageState.OPEN:
            contacts = await self._contacts(tx, page_id)
            await self._messages.revised(tx, page, [(row, self._person(row)) for row in contacts])

    async def end(self, tx: AsyncSession, page_id: int, now: datetime, why: str = "") -> bool:
        """Stops the page on every channel. `why` stands in its story. → whether it had not ended before."""
        page = await tx.get_one(Page, page_id, with_for_update=True)
        state = model.moved(PageState(page.state), Verb.END, own=False)
        if state is None:
            return False
        page.state, page.due_at = state.value, None
        page.answered_at = page.answered_at or now
        page.version += 1
        tx.add(PageEvent(page=page_id, at=now, by="", what=Verb.END.value, detail=why))
        contacts = await self._contacts(tx, page_id)
        await self._messages.answered(tx, page, [self._person(row) for row in contacts], now, by_itself=True)
        return True

    async def _contacts(self, tx: AsyncSession, page_id: int) -> list[PageContact]:
        query = select(PageContact).where(col(PageContact.page) == page_id).order_by(col(PageContact.id))
        return list((await tx.scalars(query)).all())

    def _person(self, row: PageContact) -> Person | None:
        return self._directory().person(row.person)
