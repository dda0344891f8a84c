"""Looking at pages: those that are open, and all that happened to one. Nothing is changed here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory import access
from bot.directory.access import Actor, Right
from bot.errors import UserError
from bot.paging.model import PageState, Verb
from bot.paging.tables import Page, PageContact, PageEvent
from bot.store.database import Database

MOST = 20
_ID = re.compile(r"(?:p-)?(\d{1,9})", re.IGNORECASE)
WORDS = {
    "acknowledge": "acknowledged",
    "help": "asked for help",
    "not_me": "passed it on",
    "resolve": "resolved",
    "ask_again": "gave no sign since, and is asked again",
    "unreached": "could not be reached by any way: the next step is taken now",
    "end": "over by itself",
}
"""What an event is called in a timeline, after the name of who did it."""
SILENT = "has Do Not Disturb on in Slack"


@dataclass(frozen=True)
class Line:
    """A page in a list. People are Slack ids; `due_at` is when the next one is paged, or the same is asked again."""

    id: int
    title: str
    state: str
    region: str
    severity: str
    client: str
    raised_by: str
    raised_at: datetime
    due_at: datetime | None
    answered_by: str
    answered_at: datetime | None
    contacts: int
    by_itself: bool = False
    """It ended with what it was about: nobody resolved it, whoever had acknowledged it."""


@dataclass(frozen=True)
class Entry:
    """`by` did `what`, or was paged."""

    at: datetime
    what: str
    by: str
    detail: str = ""


@dataclass(frozen=True)
class Story:
    line: Line
    body: str
    because: str
    policy: str
    request: int | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Listed:
    """The newest `MOST` of `total`."""

    lines: tuple[Line, ...]
    closed: bool
    total: int


def is_id(word: str) -> bool:
    """Whether it can be nothing else: "12" alone may be what is wrong."""
    return word.lower().startswith("p-") and _ID.fullmatch(word) is not None


def known_id(word: str) -> int:
    """Raises `UserError` for what cannot be a page's id."""
    found = _ID.fullmatch(word.strip())
    if found is None:
        raise UserError(f"“{word[:40]}” is no page.", hint="Write its number, such as P-12.")
    return int(found[1])


class Pages:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def list(self, who: Actor, *, closed: bool = False) -> Listed:
        """Those that nobody has resolved, or those that somebody has; the newest first."""
        access.require(who, Right.ANSWER_PAGE)
        resolved = col(Page.state) == PageState.RESOLVED.value
        wanted = resolved if closed else ~resolved
        query = select(Page).where(wanted).order_by(col(Page.id).desc()).limit(MOST)
        async with self._db.read() as tx:
            total = (await tx.scalars(select(func.count()).select_from(Page).where(wanted))).one()
            found = (await tx.scalars(query)).all()
            ended = await _by_themselves(tx, [page.id for page in found])
        return Listed(tuple(_line(page, page.id in ended) for page in found), closed, total)

    async def show(self, who: Actor, number: int) -> Story:
        """Raises `UserError` where there is none."""
        access.require(who, Right.ANSWER_PAGE)
        async with self._db.read() as tx:
            page = await tx.get(Page, number)
            if page is None:
                raise UserError(f"There is no page P-{number}.", hint="The newest ones are in `/page list`.")
            contacts = select(PageContact).where(col(PageContact.page) == number).order_by(col(PageContact.id))
            events = select(PageEvent).where(col(PageEvent.page) == number).order_by(col(PageEvent.id))
            entries = _entries(page, (await tx.scalars(contacts)).all(), (await tx.scalars(events)).all())
            ended = await _by_themselves(tx, [number])
        return Story(_line(page, number in ended), page.body, page.because, page.policy, page.request, entries)


def _entries(page: Page, contacts: Sequence[PageContact], events: Sequence[PageEvent]) -> tuple[Entry, ...]:
    """In the order in which it happened: at one instant what somebody did goes before whom that paged."""
    made = [(page.created_at, 0, Entry(page.created_at, "raised", page.raised_by, page.because))]
    made += [(e.at, 1, Entry(e.at, WORDS.get(e.what, e.what), e.by, e.detail)) for e in events]
    for contact in contacts:
        if contact.silent_until is not None and contact.silence_asked_at is not None:
            at = contact.silence_asked_at
            made.append((at, 3, Entry(at, SILENT, contact.person, "what reaches them outside Slack goes at once")))
        detail = f"as {contact.because}" + (f" ({contact.skipped})" if contact.skipped else "")
        made.append((contact.at, 2, Entry(contact.at, "paged", contact.person, detail)))
    return tuple(entry for _, _, entry in sorted(made, key=lambda one: one[:2]))


async def _by_themselves(tx: AsyncSession, pages: Sequence[int | None]) -> set[int]:
    ended = (col(PageEvent.page).in_(pages), col(PageEvent.what) == Verb.END.value)
    return set((await tx.scalars(select(PageEvent.page).where(*ended))).all())


def _line(page: Page, by_itself: bool) -> Line:
    assert page.id is not None
    return Line(
        id=page.id,
        title=page.title,
        state=page.state,
        region=page.region,
        severity=page.severity,
        client=page.client,
        raised_by=page.raised_by,
        raised_at=page.created_at,
        due_at=page.due_at,
        answered_by=page.answered_by,
        answered_at=page.answered_at,
        contacts=page.contacts,
        by_itself=by_itself or (page.state == PageState.RESOLVED and not page.answered_by),
    )
