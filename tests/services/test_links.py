"""Links on both databases: one answer each, also of many at once; and whose rights count."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.directory.model import Directory, Role
from bot.errors import Temporary
from bot.links import model
from bot.links.service import Found, Links
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging import messages as paging_messages
from bot.paging.by_link import ByLink, Standing, Verb
from bot.paging.model import Alarm, Reason
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TEMPLATES, TUESDAY

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
REASON = Reason("sev1 from Aurora: R-1", "all ranks hang", "sev1: training is down")


class Desk:
    """Paging and its links, with a directory and groups that can be changed."""

    def __init__(self, db: Database, config: Config, url: str = "https://bot.example.com") -> None:
        self.db, self.clock, self.config = db, ManualClock(TUESDAY), config
        self.directory: Directory = config.directory()
        self.groups: dict[Role, frozenset[str]] | Exception = {Role.ENGINEER: frozenset({"U0CAPELLA", "U0ALTAIR"})}
        self.renderer = Renderer(TEMPLATES)
        self.paging, self.links, self.by_link = self.process("xoxb-1", url)

    def process(self, secret: str, url: str) -> tuple[Paging, Links, ByLink]:
        directory, outbox = lambda: self.directory, Outbox(self.db, self.clock)
        roster = Roster(self.db, self.clock, directory, self.config.rota)
        links = Links(self.db, self.clock, directory, lambda: timedelta(hours=12), secret, url)
        messages = paging_messages.Messages(outbox, self.renderer, links.make)
        paging = Paging(self.db, self.clock, directory, roster, self.config.escalation, messages)
        return paging, links, ByLink(self.db, self.clock, directory, paging, links, self._groups)

    async def _groups(self) -> dict[Role, frozenset[str]]:
        if isinstance(self.groups, Exception):
            raise self.groups
        return self.groups

    async def raised(self) -> str:
        """The token that Capella's phone gets."""
        async with self.db.write() as tx:
            await self.paging.raise_in(tx, Alarm("s1", REASON, "eu", "U0RIGEL"), self.clock.now())
        return self.sent(await self.body(), self.links)

    async def body(self) -> str:
        async with self.db.read() as tx:
            rows = select(OutgoingMessage).where(col(OutgoingMessage.kind) == "contact")
            return str((await tx.scalars(rows)).one().content["body"])

    @staticmethod
    def sent(body: str, links: Links) -> str:
        return links.written("capella/sms", body).strip().rpartition(model.PATH)[2]

    async def page(self) -> Page:
        async with self.db.read() as tx:
            return (await tx.scalars(select(Page))).one()


@pytest.fixture
def desk(db: Database, config: Config) -> Desk:
    return Desk(db, config)


async def test_of_many_posts_at_once_one_did_it(desk: Desk) -> None:
    """A double tap, or a network that sends again: one answer, and all see the same."""
    token = await desk.raised()
    answers = await asyncio.gather(*(desk.by_link.act(token, Verb.ACKNOWLEDGE) for _ in range(8)))
    assert sum(did for _, did in answers) == 1
    assert {shown.standing for shown, _ in answers} == {Standing.ANSWERED}
    assert (await desk.page()).answered_by == "U0CAPELLA"


async def test_of_all_buttons_at_once_the_page_is_answered_and_the_link_used_once(desk: Desk) -> None:
    """However they fall: one used the link up, nobody is paged twice for it, and the page has its humans."""
    token = await desk.raised()
    answers = await asyncio.gather(*(desk.by_link.act(token, verb) for verb in (*Verb, *Verb)))
    assert sum(did for _, did in answers) == 1
    page = await desk.page()
    assert page.contacts <= 2
    assert (page.state, page.due_at is None) in (("open", False), ("acknowledged", False), ("resolved", True))


async def test_a_link_that_was_used_on_a_page_that_is_open_says_so(desk: Desk) -> None:
    """As when an acknowledged page asks again: the newest message has a new link."""
    token = await desk.raised()
    link = await desk.links.open(token)
    assert isinstance(link, Found)
    assert await desk.links.spend(link, "acknowledge")
    shown, did = await desk.by_link.act(token, Verb.ACKNOWLEDGE)
    assert (shown.standing, did, (await desk.page()).state) == (Standing.USED, False, "open")


async def test_who_has_lost_the_right_cannot_answer(desk: Desk) -> None:
    """The rights are those of now, not those of when the message was sent."""
    token = await desk.raised()
    desk.groups = {Role.ENGINEER: frozenset({"U0ALTAIR"})}
    shown, did = await desk.by_link.act(token, Verb.ACKNOWLEDGE)
    assert (shown.standing, did) == (Standing.FORBIDDEN, False)
    assert "engineer" in shown.sentence
    assert (await desk.page()).state == "open"


async def test_while_slack_is_away_the_roster_file_says_who_may(desk: Desk) -> None:
    token = await desk.raised()
    desk.groups = Temporary("Slack does not answer.")
    _, did = await desk.by_link.act(token, Verb.ACKNOWLEDGE)
    assert did


async def test_who_left_the_roster_file_has_no_link_any_more(desk: Desk) -> None:
    token = await desk.raised()
    before = desk.directory
    desk.directory = replace(before, people=tuple(p for p in before.people if p.id != "capella"))
    assert (await desk.by_link.look(token)).standing is Standing.UNKNOWN
    desk.directory = replace(
        before, people=tuple(replace(p, slack="U0NEW") if p.id == "capella" else p for p in before.people)
    )
    assert (await desk.by_link.look(token)).standing is Standing.UNKNOWN, "the same id, another person"


async def test_a_new_secret_keeps_the_links_that_are_out_and_those_still_to_be_sent(desk: Desk) -> None:
    token, body = await desk.raised(), await desk.body()
    _, links, by_link = desk.process("xoxb-2", "https://bot.example.com")
    assert (await by_link.look(token)).standing is Standing.OPEN
    late = desk.sent(body, links)
    assert late != token
    assert (await by_link.look(late)).standing is Standing.OPEN
    assert (await desk.by_link.look(late)).standing is Standing.UNKNOWN


async def test_without_an_address_there_is_no_link_and_the_page_goes_out(db: Database, config: Config) -> None:
    desk = Desk(db, config, url="")
    await desk.raised()
    assert "Acknowledge in Slack, or the next one is paged." in await desk.body()
    assert "⟦" not in await desk.body()


async def test_links_are_forgotten_a_month_after_their_end(desk: Desk) -> None:
    token = await desk.raised()
    desk.clock.advance(timedelta(days=30))
    await desk.links.prune()
    assert await desk.links.open(token) is not None
    desk.clock.advance(timedelta(days=1))
    await desk.links.prune()
    assert await desk.links.open(token) is None
