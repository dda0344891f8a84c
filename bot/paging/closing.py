"""Ends, in services that keep incidents of their own, what a page triggered there: else it rings on when it is over."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory.model import Person
from bot.outbox import pagerduty
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging.model import PageState
from bot.paging.tables import Page

ACTIONS = {PageState.ACKNOWLEDGED: "acknowledge", PageState.RESOLVED: "resolve"}


async def close(tx: AsyncSession, outbox: Outbox, page: Page, contacted: Sequence[Person | None]) -> None:
    """To be called once what has not left is cancelled: what is not, has been triggered or may have been."""
    action = ACTIONS[PageState(page.state)]
    for number, person in enumerate(contacted, start=1):
        for method in person.contacts if person else ():
            triggered = f"page/{page.id}/{number}/{method.ref}"
            if pagerduty.is_one(method.url) and await _may_be_there(tx, triggered):
                event = {"action": action, "ends": triggered}
                await outbox.notify(tx, f"{triggered}/{action}", method.ref, f"PAGE {page.title}", "", event=event)


async def _may_be_there(tx: AsyncSession, key: str) -> bool:
    row = OutgoingMessage
    return (
        await tx.scalars(select(row.id).where(col(row.key) == key, col(row.state) != "cancelled"))
    ).first() is not None
