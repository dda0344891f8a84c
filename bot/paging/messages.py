"""What a page says: a DM with buttons, and the same outside Slack, where Do Not Disturb cannot silence it."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.directory.model import Directory, Person
from bot.outbox.api import Destination, Outbox, Priority
from bot.paging import closing
from bot.paging.model import DONE, Contact, Found, Verb
from bot.paging.tables import Page, PageContact
from bot.slack import text
from bot.slack.render import Renderer

LinkFor = Callable[[AsyncSession, str, Person, str, datetime], Awaitable[str]]
"""What stands for the link by which (about, person, contact) answers: `bot.links.service.Links.make`."""
VOICE = frozenset({"phone", "pagerduty", "opsgenie"})
"""Kinds of contact methods in which a link is of no use: it is read aloud, or the service has its own."""
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|([^>]*))?>")


def plain(directory: Directory, typed: str) -> str:
    """What somebody typed in Slack as people read it. A mention is the name that the roster file has, or Slack gave."""

    def name(mention: re.Match[str]) -> str:
        person = directory.person_by_slack(mention[1])
        return person.name if person else mention[2] or "somebody"

    return text.plain(_MENTION.sub(name, typed))


async def no_link(tx: AsyncSession, about: str, person: Person, contact: str, now: datetime) -> str:
    return ""


class Messages:
    """`link` makes the link in what goes to phones and mailboxes."""

    def __init__(self, outbox: Outbox, renderer: Renderer, link: LinkFor = no_link) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._link = link

    def wake(self) -> None:
        self._outbox.wake()

    async def contact(
        self,
        tx: AsyncSession,
        page: Page,
        person: Person,
        found: Found,
        contact: Contact,
        why: str,
        now: datetime,
    ) -> None:
        """One person: a DM, and each contact method of theirs after its own delay. Each contact has its own key.

        What has not left when somebody answers is cancelled.

        `why` is the page's own, as it reads where a mention is none.
        """
        key = f"page/{page.id}/{page.contacts}"
        others = [one for one in contact.found if one.person != person.id]
        dm = self._renderer.message(
            "paging/page",
            page=page,
            person=person,
            because=found.because,
            others=len(others),
            skipped=contact.skipped,
            until=contact.due,
            silent_until=None,
        )
        await self._outbox.post(
            tx, f"{key}/dm", Destination(user=person.slack), dm, priority=Priority.PAGE, due=now + person.dm_after
        )
        for method in person.contacts:
            link = "" if method.kind in VOICE else await self._link(tx, f"page/{page.id}", person, method.ref, now)
            body = self._renderer.text("paging/outside", page=page, because=found.because, why=why, link=link)
            title, due = f"PAGE {page.title}", now + method.after
            await self._outbox.notify(tx, f"{key}/{method.ref}", method.ref, title, body, due=due)

    async def silent(
        self, tx: AsyncSession, page: Page, number: int, contact: PageContact, person: Person, others: int
    ) -> None:
        """The direct message says that it made no sound, and what does instead."""
        dm = self._renderer.message(
            "paging/page",
            page=page,
            person=person,
            because=contact.because,
            others=others,
            skipped=[step for step in contact.skipped.split("; ") if step],
            until=page.due_at,
            silent_until=contact.silent_until,
        )
        await self._outbox.update(tx, f"page/{page.id}/{number}/dm", dm)

    async def further(
        self, tx: AsyncSession, page: Page, contacts: Mapping[int, Person | None], because: str, source: str
    ) -> None:
        """Under the DMs of those contacts, where the button is; what is left of it stops with the page."""
        made = self._renderer.message("paging/further", page=page, because=because)
        for number, person in sorted(contacts.items(), key=lambda one: one[0]):
            to = Destination(thread_of=f"page/{page.id}/{number}/dm")
            await self._outbox.post(tx, f"page/{page.id}/{number}/further/{source}", to, made, priority=Priority.PAGE)
            if person is not None:
                note = f"Now also {self._renderer.named(because)}."
                await closing.write_under(tx, self._outbox, page, number, person, note, source)

    async def went_on(
        self, tx: AsyncSession, page: Page, contacted: Sequence[Person | None], before: int, by: str, verb: Verb
    ) -> None:
        """Those who were contacted `before` read that the next one is paged, and why; all may still answer.

        Who did it is reached already: what was still to come outside Slack does not, and what rings there stops.
        """
        next_ones = [person for person in contacted[before:] if person is not None]
        for number, person in enumerate(contacted[:before], start=1):
            if person is None:
                continue
            if person.slack == by:
                await self._outbox.cancel(tx, f"page/{page.id}/{number}/{person.id}/")
                if action := closing.OWN.get(verb):
                    note = f"{person.name} {DONE[verb]} in Heliograph."
                    await closing.end(tx, self._outbox, page, number, person, action, note)
            made = self._renderer.message(
                "paging/went_on", page=page, person=person, by=by, verb=verb.value, next_ones=next_ones
            )
            await self._outbox.update(tx, f"page/{page.id}/{number}/dm", made)

    async def revised(
        self, tx: AsyncSession, page: Page, contacts: Sequence[tuple[PageContact, Person | None]]
    ) -> None:
        """What an open page says has changed: the DMs say so, whether they are out or not."""
        for number, (contact, person) in enumerate(contacts, start=1):
            if person is None:
                continue
            skipped = [step for step in contact.skipped.split("; ") if step]
            dm = self._renderer.message(
                "paging/page",
                page=page,
                person=person,
                because=contact.because,
                others=0,
                skipped=skipped,
                until=page.due_at,
                silent_until=contact.silent_until,
            )
            await self._outbox.update(tx, f"page/{page.id}/{number}/dm", dm)

    async def answered(
        self,
        tx: AsyncSession,
        page: Page,
        contacted: Sequence[Person | None],
        now: datetime,
        *,
        by_itself: bool = False,
    ) -> None:
        """Stops what has not left yet, and takes the buttons off what has. None: no longer in the roster file.

        `by_itself`: nobody resolved it, what it was about has ended.
        """
        await self._outbox.cancel(tx, f"page/{page.id}/")
        await closing.close(tx, self._outbox, page, contacted)
        for number, person in enumerate(contacted, start=1):
            if person is None:
                continue
            done = self._renderer.message("paging/answered", page=page, person=person, now=now, by_itself=by_itself)
            await self._outbox.update(tx, f"page/{page.id}/{number}/dm", done)
