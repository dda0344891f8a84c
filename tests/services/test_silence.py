"""Do Not Disturb: it makes what reaches people outside Slack go at once; not to know changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.errors import Temporary
from bot.outbox.tables import OutgoingMessage
from bot.paging.messages import Messages
from bot.paging.model import Alarm, Reason
from bot.paging.pages import Pages
from bot.paging.silence import AGAIN, ASK_FOR, REFUSED, Silence
from bot.paging.tables import PageContact
from bot.slack.errors import RateLimited, SlackRefused
from bot.store.database import Database
from tests.fixtures_postgres import database_url, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built

__all__ = ["database_url", "postgres_server", "postgres_url"]

ALARM = Alarm("s1", Reason("all ranks hang", "all ranks hang", "<@U0RIGEL> asked for help"))
CAPELLA = "U0CAPELLA"
EVENING = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


class Slack:
    """What `dnd.info` says. `wrong`: raised instead."""

    def __init__(self) -> None:
        self.until: datetime | None = None
        self.wrong: Exception | None = None
        self.asked: list[str] = []
        self.time = 0.0

    async def silent_until(self, user: str) -> datetime | None:
        self.asked.append(user)
        if self.wrong is not None:
            raise self.wrong
        return self.until


@pytest.fixture
def slack() -> Slack:
    return Slack()


@pytest.fixture
async def office(config: Config, database_url: str) -> AsyncIterator[Office]:
    """Capella's text message comes after three minutes."""
    opened = Database.open(database_url)
    await opened.migrate()
    made = built(opened, ManualClock(TUESDAY), config)
    late = [
        replace(p, contacts=tuple(replace(c, after=timedelta(minutes=3)) for c in p.contacts))
        for p in made.file.directory.people
    ]
    made.file.directory = replace(made.file.directory, people=tuple(late))
    await made.paging.raise_page(made.actor("U0RIGEL"), ALARM)
    yield made
    await opened.close()


@pytest.fixture
def silence(office: Office, slack: Slack) -> Silence:
    words = Messages(office.outbox, office.renderer)
    return Silence(
        office.db, office.clock, lambda: office.directory, office.outbox, words, slack.silent_until, lambda: slack.time
    )


async def sms(office: Office) -> datetime:
    [row] = await office.sent("page/1/1/capella/sms")
    return row.due_at


async def dm(office: Office) -> OutgoingMessage:
    [row] = await office.sent("page/1/1/dm")
    return row


async def test_who_has_it_on_is_reached_outside_slack_at_once_and_reads_so(
    office: Office, silence: Silence, slack: Slack
) -> None:
    slack.until = EVENING
    await silence.tick()
    assert await sms(office) == TUESDAY
    said = str((await dm(office)).content)
    assert "Do Not Disturb is on until" in said
    assert "What reaches you outside Slack goes out at once" in said
    assert "page.acknowledge" in said
    story = await Pages(office.db).show(office.actor(CAPELLA), 1)
    assert [(e.what, e.by) for e in story.entries][-1] == ("has Do Not Disturb on in Slack", "capella")


async def test_who_has_it_off_waits_as_the_file_says_and_is_asked_once(
    office: Office, silence: Silence, slack: Slack
) -> None:
    for _ in range(3):
        await silence.tick()
    assert (await sms(office), (await dm(office)).version) == (TUESDAY + timedelta(minutes=3), 1)
    assert slack.asked == [CAPELLA]


@pytest.mark.parametrize(
    ("wrong", "rest"),
    [
        (Temporary("away"), AGAIN),
        (TimeoutError(), AGAIN),
        (RateLimited("dnd.info", 30, TUESDAY), 30.0),
        (SlackRefused("missing_scope", "dnd.info"), REFUSED),
    ],
)
async def test_not_to_know_changes_nothing_and_is_asked_again_later(
    office: Office, silence: Silence, slack: Slack, wrong: Exception, rest: float
) -> None:
    """Slack's wish to be left alone is obeyed; once it answers, what still waits goes."""
    slack.wrong, slack.until = wrong, EVENING
    await silence.tick()
    slack.time = rest - 0.1
    await silence.tick()
    assert slack.asked == [CAPELLA]
    assert (await sms(office), (await dm(office)).version) == (TUESDAY + timedelta(minutes=3), 1)
    slack.time, slack.wrong = rest, None
    await silence.tick()
    assert await sms(office) == TUESDAY


async def test_whom_slack_does_not_show_is_not_asked_about_again(
    office: Office, silence: Silence, slack: Slack
) -> None:
    slack.wrong = SlackRefused("user_not_found", "dnd.info")
    for _ in range(2):
        await silence.tick()
    assert slack.asked == [CAPELLA]
    assert await sms(office) == TUESDAY + timedelta(minutes=3)


async def test_of_an_answered_page_nobody_is_asked(office: Office, silence: Silence, slack: Slack) -> None:
    slack.until = EVENING
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    await silence.tick()
    assert slack.asked == []
    assert "acknowledged" in str((await dm(office)).content)


async def test_an_answer_that_comes_while_slack_is_asked_counts_more(
    office: Office, silence: Silence, slack: Slack
) -> None:
    """Nothing is sent that was stopped, and the direct message keeps what the answer made of it."""
    slack.until = EVENING

    async def meanwhile(user: str) -> datetime | None:
        await office.paging.acknowledge(office.actor(CAPELLA), 1)
        return EVENING

    silence._silent_until = meanwhile
    await silence.tick()
    [row] = await office.sent("page/1/1/capella/sms")
    assert row.state == "cancelled"
    assert "Do Not Disturb" not in str((await dm(office)).content)


async def test_who_asked_for_help_keeps_the_message_that_says_so(
    office: Office, silence: Silence, slack: Slack
) -> None:
    slack.until = EVENING
    await office.paging.need_help(office.actor(CAPELLA), 1, "c1", 0)
    await silence.tick()
    assert "you have asked for help" in str((await dm(office)).content)
    [second] = await office.sent("page/1/2/altair/sms")
    assert second.due_at == TUESDAY, "who is paged next has it on too"


async def test_after_a_while_it_is_of_no_use_any_more(office: Office, silence: Silence, slack: Slack) -> None:
    slack.wrong = Temporary("away")
    office.clock.advance(ASK_FOR)
    await silence.tick()
    assert slack.asked == []
    assert [c.silence_asked_at for c in await office.rows(select(PageContact))] == [None]


async def test_without_any_other_way_the_page_says_so(office: Office, silence: Silence, slack: Slack) -> None:
    slack.until = EVENING
    people = tuple(replace(p, contacts=()) for p in office.file.directory.people)
    office.file.directory = replace(office.file.directory, people=people)
    await silence.tick()
    assert "You have no contact method outside Slack" in str((await dm(office)).content)
