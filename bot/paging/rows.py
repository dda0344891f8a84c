"""Reading and making the rows of pages, for the services that work on them."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory.access import Actor
from bot.directory.model import Directory
from bot.errors import Conflict, UserError
from bot.paging import model
from bot.paging.model import PageState, Verb
from bot.paging.tables import Page, PageContact, PageEvent


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


def row(page: Page, found: model.Found, contact: model.Contact, now: datetime) -> PageContact:
    assert page.id is not None
    skipped = "; ".join(contact.skipped)
    return PageContact(page=page.id, person=found.person, because=found.because, skipped=skipped, at=now)


async def due(tx: AsyncSession, now: datetime) -> list[int]:
    """Pages whose next step, or asking again, is due; the oldest first."""
    waiting = (col(Page.state) != PageState.RESOLVED.value, col(Page.due_at) <= now)
    found = await tx.scalars(select(Page.id).where(*waiting).order_by(col(Page.due_at)))
    return [id for id in found.all() if id is not None]


async def locked(tx: AsyncSession, page_id: int) -> Page:
    page = await tx.get(Page, page_id, with_for_update=True)
    if page is None:
        raise UserError(f"There is no page P-{page_id}.", hint="Look in the channel for a newer one.")
    return page


async def contacted(tx: AsyncSession, page: Page, directory: Directory) -> frozenset[str]:
    """Whom the page need not contact anew after its rounds.

    Who was reached by nothing is tried again once between two contacts of the last resort: a gateway may work again.
    """
    contacts = await tx.scalars(
        select(PageContact).where(col(PageContact.page) == page.id).order_by(col(PageContact.id))
    )
    unreached = (col(PageEvent.page) == page.id, col(PageEvent.what) == Verb.UNREACHED.value)
    events = await tx.scalars(select(PageEvent).where(*unreached).order_by(col(PageEvent.id)))
    refused = {event.by: event.at for event in events.all()}
    people: dict[str, datetime] = {}
    again: set[str] = set()
    for contact in contacts.all():
        people[contact.person] = contact.at
        again.discard(contact.person)
        if contact.because == model.LAST_RESORT:
            again = {id for id, at in people.items() if _refused(directory, refused, id, at)}
    return frozenset(people) - again


def _refused(directory: Directory, refused: dict[str, datetime], id: str, at: datetime) -> bool:
    """Every way to them was, since they were contacted `at`."""
    person = directory.person(id)
    return refused.get(person.slack if person else id, datetime.min.replace(tzinfo=UTC)) >= at


async def last(tx: AsyncSession, page: Page) -> PageEvent:
    events = select(PageEvent).where(col(PageEvent.page) == page.id).order_by(col(PageEvent.id).desc())
    return (await tx.scalars(events.limit(1))).one()


def after(page: Page, verb: Verb, who: Actor) -> PageState:
    """The state that the verb leads to. Raises `Conflict` where somebody was first, or it is over."""
    state = PageState(page.state)
    after = model.moved(state, verb, own=page.answered_by == who.slack)
    if after is not None:
        return after
    if state is PageState.RESOLVED and page.answered_by == who.slack:
        raise Conflict("You have resolved this page already.", hint="If it is not over, raise a new one.")
    if not page.answered_by:
        raise Conflict("This page is over: what it was about has ended by itself.", hint="You can rest.")
    raise Conflict(f"<@{page.answered_by}> has already answered this page.", hint="You can rest.")
