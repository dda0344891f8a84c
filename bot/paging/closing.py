"""Ends, in services that keep incidents of their own, what a page triggered there: else it rings on when it is over."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory.model import Person
from bot.outbox import incidents
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging.model import PageState, Verb
from bot.paging.tables import Page

ACTIONS = {PageState.ACKNOWLEDGED: "acknowledge", PageState.RESOLVED: "resolve"}
OWN = {Verb.HELP: "acknowledge", Verb.NOT_ME: "resolve"}
"""What becomes of the incident of who did that: who needs help is reached, and what is passed on is theirs no more."""


async def close(tx: AsyncSession, outbox: Outbox, page: Page, contacted: Sequence[Person | None]) -> None:
    """To be called once what has not left is cancelled: the rest has been triggered, or may have been."""
    action, by = ACTIONS[PageState(page.state)], _name(contacted, page.answered_by)
    note = f"{by} has {page.state} it in Heliograph." if by else "It is over."
    for number, person in enumerate(contacted, start=1):
        if person is not None:
            await end(tx, outbox, page, number, person, action, note)


async def end(
    tx: AsyncSession, outbox: Outbox, page: Page, number: int, person: Person, action: str, note: str
) -> None:
    """The incidents of one contact of the page: `acknowledge` or `resolve`; what is resolved stays so."""
    for method in person.contacts:
        triggered = f"page/{page.id}/{number}/{method.ref}"
        if not incidents.keeps(method.url) or not await _may_be_there(tx, triggered):
            continue
        if await _may_be_there(tx, f"{triggered}/resolve"):
            continue
        event = {"action": action, "ends": triggered, "note": note}
        await outbox.notify(tx, f"{triggered}/{action}", method.ref, f"PAGE {page.title}", "", event=event)


async def write_under(
    tx: AsyncSession, outbox: Outbox, page: Page, number: int, person: Person, note: str, source: str
) -> None:
    """`note` under the incidents of one contact, where the service has a place for it. The same `source` is once."""
    for method in person.contacts:
        triggered = f"page/{page.id}/{number}/{method.ref}"
        if incidents.takes_notes(method.url) and await _may_be_there(tx, triggered):
            event = {"action": "note", "ends": triggered, "note": note}
            await outbox.notify(tx, f"{triggered}/note/{source}", method.ref, f"PAGE {page.title}", "", event=event)


def _name(contacted: Sequence[Person | None], slack: str) -> str:
    return next((person.name for person in contacted if person is not None and person.slack == slack), "")


async def _may_be_there(tx: AsyncSession, key: str) -> bool:
    """It was sent, is on its way, or was tried once: an answer that was lost tells nothing."""
    row = OutgoingMessage
    sent = (col(row.state) != "cancelled") | col(row.first_attempt_at).is_not(None)
    return (await tx.scalars(select(row.id).where(col(row.key) == key, sent))).first() is not None
