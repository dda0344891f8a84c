"""Answering a page by the link in an SMS, a mail or a push message: looking changes nothing, acting is once.

A message's preview opens its links, mail gateways open them again, so `look` only reads. `act` does what the button in
Slack does, as the person to whom the message was sent, with the rights that person has now.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor
from bot.directory.model import Directory, Person, Role
from bot.errors import BotError, Conflict, Forbidden, UserError
from bot.links.service import Found, Links
from bot.paging import messages
from bot.paging.model import PageState
from bot.paging.model import Verb as Verbs
from bot.paging.service import Paging
from bot.paging.tables import Page, PageContact, PageEvent
from bot.store.database import Database

Groups = Callable[[], Awaitable[dict[Role, frozenset[str]]]]
"""The members of each role's user group, as Slack says now or said last."""
GROUPS_SECONDS = 2.0
"""A page is answered also while Slack does not answer; then the roster file says who has which role."""

HEADING = 240
"""Characters that are still read as one."""
log = structlog.get_logger()


class Verb(StrEnum):
    """What can be done with a link."""

    ACKNOWLEDGE = "acknowledge"
    HELP = "help"
    NOT_ME = "not_me"
    RESOLVE = "resolve"


class Standing(StrEnum):
    """What somebody with a link is shown."""

    OPEN = "open"
    ANSWERED = "answered"
    HELPED = "helped"
    """They asked for help with it, and nobody has answered since."""
    PASSED = "passed"
    """They said with it that it is not theirs, and nobody has answered since."""
    EXPIRED = "expired"
    USED = "used"
    UNKNOWN = "unknown"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Shown:
    """A page as one person sees it. Without a `page` the link is none of ours, and nothing is said of any."""

    standing: Standing
    now: datetime
    page: Page | None = None
    person: Person | None = None
    title: str = ""
    body: str = ""
    why: str = ""
    """Why it pages somebody at all; with `title` and `body` as people read them, names for mentions."""
    because: str = ""
    """Why this person was contacted."""
    answered_by: Person | None = None
    by_itself: bool = False
    """It is over without anybody having resolved it; who acknowledged it did that."""
    link: Found | None = None
    sentence: str = ""
    """Why it was refused."""


class ByLink:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        paging: Paging,
        links: Links,
        groups: Groups,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._paging = paging
        self._links = links
        self._groups = groups

    async def look(self, token: str) -> Shown:
        """Changes nothing, however often and by whomever it is asked."""
        link = await self._links.open(token)
        return await self._shown(link) if link else Shown(Standing.UNKNOWN, self._clock.now())

    async def act(self, token: str, verb: Verb) -> tuple[Shown, bool]:
        """→ how it stands now, and whether it was this that did it. A replay does nothing."""
        before = await self.look(token)
        if before.standing is not Standing.OPEN or before.link is None or before.page is None:
            return before, False
        assert before.page.id is not None
        try:
            await self._do(verb, await self._actor(before.link.person), before.page.id, before.link)
        except Conflict:
            return await self.look(token), False
        except Forbidden as error:
            return Shown(Standing.FORBIDDEN, before.now, person=before.person, sentence=str(error)), False
        first = await self._links.spend(before.link, verb.value)
        return await self.look(token), first

    async def _do(self, verb: Verb, who: Actor, page: int, link: Found) -> None:
        """The second of two taps finds the event of the first, whichever of its buttons they were."""
        source = f"link/{link.id}"
        if verb is Verb.HELP:
            await self._paging.need_help(who, page, source)
        elif verb is Verb.NOT_ME:
            await self._paging.pass_on(who, page, source)
        elif verb is Verb.RESOLVE:
            await self._paging.resolve(who, page)
        else:
            await self._paging.acknowledge(who, page)

    async def _actor(self, person: Person) -> Actor:
        try:
            async with asyncio.timeout(GROUPS_SECONDS):
                groups = await self._groups()
        except (BotError, TimeoutError) as error:
            log.warning("rights by the roster file: Slack does not say who is in which group", error=str(error))
            groups = {person.role: frozenset({person.slack})}
        return access.actor(self._directory(), person.slack, "", groups)

    async def _shown(self, link: Found) -> Shown:
        now = self._clock.now()
        number = _page_number(link.about)
        async with self._db.read() as tx:
            page = await tx.get(Page, number)
            mine = (col(PageContact.page) == number, col(PageContact.person) == link.person.id)
            contact = (
                await tx.scalars(select(PageContact).where(*mine).order_by(col(PageContact.id).desc()).limit(1))
            ).first()
            over = (col(PageEvent.page) == number, col(PageEvent.what) == Verbs.END.value)
            ended = (await tx.scalars(select(PageEvent.id).where(*over))).first() is not None
        if page is None:
            return Shown(Standing.UNKNOWN, now)
        title, body = _once(page.title, page.body)
        told = {"title": title, "body": body, "why": messages.plain(self._directory(), page.because)}
        because = contact.because if contact else ""
        answered_by = self._directory().person_by_slack(page.answered_by) if page.answered_by else None
        standing = _standing(page, link, now)
        return Shown(
            standing,
            now,
            page,
            link.person,
            because=because,
            answered_by=answered_by,
            by_itself=ended or not page.answered_by,
            link=link,
            **told,
        )


LEFT_OPEN = {Verb.HELP.value: Standing.HELPED, Verb.NOT_ME.value: Standing.PASSED}
"""What a link was used for that leaves its page open."""


def _standing(page: Page, link: Found, now: datetime) -> Standing:
    """What has become of the page goes before what has become of the link."""
    if PageState(page.state) is not PageState.OPEN:
        return Standing.ANSWERED
    if link.used_at is not None:
        return LEFT_OPEN.get(link.used_for, Standing.USED)
    return Standing.EXPIRED if link.expired(now) else Standing.OPEN


def _once(title: str, body: str) -> tuple[str, str]:
    """What was asked for by hand is title and body at once; a title that was cut is the body's beginning."""
    begun = title.removesuffix("…").rstrip()
    if title.endswith("…") and body.startswith(begun) and len(body) <= HEADING:
        return body, ""
    return title, "" if body == title else body


def _page_number(about: str) -> int:
    kind, _, number = about.partition("/")
    if kind != "page" or not number.isdecimal():
        raise UserError(f"This link is about {about}, and not about a page.", hint="Open the newest message.")
    return int(number)
