"""Answers to a page: help, not me, resolve; one winner of two at once, and never nobody."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.lifecycle import Verb as LifeVerb
from bot.desk.service import Place
from bot.errors import Conflict, Forbidden, UserError
from bot.paging.model import Alarm, Kind, Reason, Target
from bot.paging.pages import MOST, Pages
from bot.paging.tables import Page, PageContact, PageEvent
from bot.slack.render import Renderer
from bot.store.database import Database
from tests.fixtures_postgres import database_url, postgres_server, postgres_url
from tests.services.office import TEMPLATES, TUESDAY, Office, built

__all__ = ["database_url", "postgres_server", "postgres_url"]

ALARM = Alarm("s1", Reason("sev1 from Aurora: R-1", "all ranks hang", "sev1: training is down"))
CAPELLA, ALTAIR, CASTOR, RIGEL = "U0CAPELLA", "U0ALTAIR", "U0CASTOR", "U0RIGEL"


@pytest.fixture
async def office(config: Config, database_url: str) -> AsyncIterator[Office]:
    opened = Database.open(database_url)
    await opened.migrate()
    made = built(opened, ManualClock(TUESDAY), config)
    await made.paging.raise_page(made.actor(RIGEL), ALARM)
    yield made
    await opened.close()


async def contacted(office: Office) -> list[str]:
    return await office.rows(select(PageContact.person).order_by(PageContact.id))  # type: ignore[arg-type]


async def page(office: Office) -> Page:
    (found,) = await office.rows(select(Page))
    assert isinstance(found, Page)
    return found


async def dm(office: Office, number: int) -> str:
    [row] = [m for m in await office.sent(f"page/1/{number}/") if m.key.endswith("/dm")]
    return str(row.content)


async def test_help_takes_the_next_step_now_and_the_page_stays_open(office: Office) -> None:
    await office.paging.need_help(office.actor(CAPELLA), 1, "click1", 0)
    assert await contacted(office) == ["capella", "altair"]
    assert (await page(office)).state == "open"
    assert "you have asked for help" in await dm(office, 1)
    assert f"<@{ALTAIR}> is paged now" in await dm(office, 1)
    assert "page.acknowledge" in await dm(office, 1), "who asked for help may still take it"
    sms = {m.key: m.state for m in await office.sent("page/1/") if m.kind == "contact"}
    assert sms == {"page/1/1/capella/sms": "cancelled", "page/1/2/altair/sms": "pending"}


async def test_help_after_acknowledging_opens_the_page_again(office: Office) -> None:
    """Who is asked has to answer, or the next one is."""
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    await office.paging.need_help(office.actor(CAPELLA), 1, "click1")
    assert await contacted(office) == ["capella", "altair"]
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    assert await contacted(office) == ["capella", "altair", "castor"]


async def test_the_same_click_worked_twice_is_one(office: Office) -> None:
    for _ in range(2):
        await office.paging.need_help(office.actor(CAPELLA), 1, "click1", 0)
    assert await contacted(office) == ["capella", "altair"]


async def test_of_two_clicks_on_help_the_second_is_told_who_was_first(office: Office) -> None:
    await office.paging.need_help(office.actor(CAPELLA), 1, "click1", 0)
    with pytest.raises(Conflict, match=f"<@{CAPELLA}> asked for help meanwhile"):
        await office.paging.need_help(office.actor(ALTAIR), 1, "click2", 0)
    assert await contacted(office) == ["capella", "altair"]


async def test_not_me_goes_to_the_next_and_never_comes_back_but_as_the_last_resort(office: Office) -> None:
    await office.paging.pass_on(office.actor(CAPELLA), 1, "click1", 0)
    for _ in range(12):
        office.clock.advance(timedelta(minutes=10))
        await office.paging.tick()
    people = await contacted(office)
    assert people[:2] == ["capella", "altair"]
    assert people.count("capella") == 1
    assert people[-1] == "sol"
    skipped = await office.rows(select(PageContact.skipped))
    assert any("Capella has passed it on" in said for said in skipped)


async def test_not_me_to_somebody_pages_them_first(office: Office) -> None:
    await office.paging.pass_on(office.actor(CAPELLA), 1, "click1", 0, CASTOR)
    assert await contacted(office) == ["capella", "castor"]
    [event] = await office.rows(select(PageEvent))
    assert (event.what, event.by, event.detail) == ("not_me", CAPELLA, f"to <@{CASTOR}>")
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    assert len(await contacted(office)) == 3


async def test_to_somebody_who_is_none_of_the_team_is_refused_and_changes_nothing(office: Office) -> None:
    with pytest.raises(UserError, match="is not in the roster file"):
        await office.paging.pass_on(office.actor(CAPELLA), 1, "click1", 0, "U0OPAL")
    assert (await contacted(office), (await page(office)).version) == (["capella"], 0)


async def test_to_oneself_or_to_who_has_passed_it_on_is_refused_and_changes_nothing(office: Office) -> None:
    """No step would page them: castor, whom nobody named, would be paged instead."""
    await office.paging.pass_on(office.actor(CAPELLA), 1, "click1", 0)
    for to, why in ((CAPELLA, "Capella has passed it on."), (ALTAIR, "That is you.")):
        with pytest.raises(UserError, match=why) as refused:
            await office.paging.pass_on(office.actor(ALTAIR), 1, f"to {to}", 1, to)
        assert "somebody else" in refused.value.hint
    assert (await contacted(office), (await page(office)).version) == (["capella", "altair"], 1)
    await office.paging.pass_on(office.actor(ALTAIR), 1, "click2", 1, CASTOR)
    assert await contacted(office) == ["capella", "altair", "castor"]


async def test_resolved_is_over_for_everybody(office: Office) -> None:
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    await office.paging.resolve(office.actor(ALTAIR), 1)
    assert (await page(office)).state == "resolved"
    for verb in (office.paging.acknowledge, office.paging.resolve):
        with pytest.raises(Conflict, match=f"<@{ALTAIR}> has already answered"):
            await verb(office.actor(CAPELLA), 1)
    with pytest.raises(Conflict):
        await office.paging.need_help(office.actor(CAPELLA), 1, "click1")


async def test_an_acknowledged_page_is_passed_on_by_nobody_else(office: Office) -> None:
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    with pytest.raises(Conflict, match=f"<@{CAPELLA}> has already answered"):
        await office.paging.pass_on(office.actor(ALTAIR), 1, "click1")
    await office.paging.pass_on(office.actor(CAPELLA), 1, "click2")
    assert ((await page(office)).state, (await page(office)).answered_by) == ("open", "")


async def test_of_many_answers_at_once_one_wins(office: Office) -> None:
    """Whatever they are: one event by the winner, everybody else is told."""
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    answers = [office.paging.acknowledge(office.actor(who), 1) for who in (CAPELLA, ALTAIR, CASTOR)]
    done = await asyncio.gather(*answers, return_exceptions=True)
    assert sum(isinstance(one, Page) for one in done) == 1
    assert sum(isinstance(one, Conflict) for one in done) == 2
    [event] = await office.rows(select(PageEvent))
    assert event.by == (await page(office)).answered_by


async def test_who_acknowledged_and_gave_no_sign_is_asked_again_and_it_climbs_on(office: Office) -> None:
    """First who had it, with the reason; then whom the policy gives. Nobody forgets a page by acknowledging it."""
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    office.clock.advance(timedelta(minutes=59))
    await office.paging.tick()
    assert await contacted(office) == ["capella"]
    office.clock.advance(timedelta(minutes=1))
    await office.paging.tick()
    assert await contacted(office) == ["capella", "capella"]
    assert "who acknowledged it 60 min ago, without a sign since" in await dm(office, 2)
    story = [(e.what, e.detail) for e in (await Pages(office.db).show(office.actor(CAPELLA), 1)).entries]
    assert ("paged", "as who acknowledged it 60 min ago, without a sign since") in story
    assert ("gave no sign since, and is asked again", "") in story
    assert (await page(office)).state == "open"
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    assert len(await contacted(office)) == 3


async def test_who_answers_again_is_left_alone_for_as_long(office: Office) -> None:
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    office.clock.advance(timedelta(minutes=60))
    await office.paging.tick()
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    office.clock.advance(timedelta(minutes=59))
    await office.paging.tick()
    assert await contacted(office) == ["capella", "capella"]


async def test_a_resolved_page_asks_nobody(office: Office) -> None:
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    await office.paging.resolve(office.actor(CAPELLA), 1)
    office.clock.advance(timedelta(days=1))
    await office.paging.tick()
    assert await contacted(office) == ["capella"]


async def test_a_request_that_somebody_works_on_is_a_sign(office: Office) -> None:
    opened = await office.desk.open(office.actor("U0OPAL", "C0AURORA"), Place("C0AURORA"), "hangs", "sev1", "r1")
    (second,) = [one for one in await office.rows(select(Page)) if one.request == opened.id]
    await office.paging.acknowledge(office.actor(CAPELLA), second.id)
    office.clock.advance(timedelta(minutes=50))
    await office.moves.move(office.actor(CAPELLA), opened.id, LifeVerb.WAIT, "w1")
    office.clock.advance(timedelta(hours=3))
    await office.paging.resolve(office.actor(CAPELLA), 1)
    await office.paging.tick()
    assert [c.person for c in await office.rows(select(PageContact)) if c.page == second.id] == ["capella"]


async def test_a_person_who_sleeps_at_the_weekend_is_not_asked_for_by_hand(office: Office) -> None:
    """Refused before anything is raised, with their time: who asks can choose somebody who is awake."""
    office.clock.jump(datetime(2026, 11, 28, 18, 0, tzinfo=UTC))
    asked = Alarm("s2", ALARM.reason, asked=Target(Kind.PERSON, "mira"))
    with pytest.raises(UserError, match="Mira is not paged now: it is Sat 19:00 where Mira is"):
        await office.paging.raise_page(office.actor(RIGEL), asked)
    assert len(await office.rows(select(Page))) == 1


async def test_a_list_that_is_cut_says_of_how_many(office: Office) -> None:
    """The newest are shown; who counts what is open counts all of it."""
    for number in range(MOST + 4):
        await office.paging.raise_page(office.actor(RIGEL), Alarm(f"more{number}", ALARM.reason))
    found = await Pages(office.db).list(office.actor(CAPELLA))
    assert (len(found.lines), found.total) == (MOST, MOST + 5)
    assert (found.lines[0].id, found.lines[-1].id) == (MOST + 5, 6)
    shown = str(office.renderer.message("paging/list", found=found, command="/page").to_row())
    assert f"Pages that are not over* · {MOST + 5}, the newest {MOST} of them" in shown
    assert "5 older ones are not shown" in shown
    assert (await Pages(office.db).list(office.actor(CAPELLA), closed=True)).total == 0


async def test_the_story_of_a_page_in_the_order_in_which_it_happened(office: Office) -> None:
    """Who was paged as what, who passed it on to whom, who resolved it; a client sees none of it."""
    office.clock.advance(timedelta(minutes=1))
    await office.paging.pass_on(office.actor(CAPELLA), 1, "click1", 0, CASTOR)
    office.clock.advance(timedelta(minutes=1))
    await office.paging.acknowledge(office.actor(CASTOR), 1)
    pages = Pages(office.db)
    assert [line.id for line in (await pages.list(office.actor(CAPELLA))).lines] == [1]
    await office.paging.resolve(office.actor(CASTOR), 1)
    assert (await pages.list(office.actor(CAPELLA))).lines == ()
    assert [line.state for line in (await pages.list(office.actor(CAPELLA), closed=True)).lines] == ["resolved"]
    story = await pages.show(office.actor(CAPELLA), 1)
    assert [(entry.what, entry.by) for entry in story.entries] == [
        ("raised", RIGEL),
        ("paged", "capella"),
        ("passed it on", CAPELLA),
        ("paged", "castor"),
        ("acknowledged", CASTOR),
        ("resolved", CASTOR),
    ]
    with pytest.raises(Forbidden):
        await pages.show(office.actor("U0OPAL", "C0AURORA"), 1)
    with pytest.raises(UserError, match="There is no page P-77"):
        await pages.show(office.actor(CAPELLA), 77)


async def test_who_has_left_the_roster_file_stands_in_the_story_by_their_id(office: Office) -> None:
    """A mention of an id that is none of Slack's would be shown as it is typed."""
    story = await Pages(office.db).show(office.actor(CAPELLA), 1)
    shown = str(Renderer(TEMPLATES).message("paging/show", story=story, names={}).blocks)
    assert "paged capella (no longer in the roster file)" in shown
    assert f"<@{RIGEL}> raised" in shown
