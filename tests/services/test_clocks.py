"""Response targets by the clock: warned, paged once, paused, never begun anew; and the figures of the week."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.service import Place
from bot.desk.tables import Request, ResponseClock
from bot.directory.model import Goal, Reports
from bot.paging.tables import Page
from bot.store.database import Database
from tests.fixtures_postgres import postgres_server, postgres_url
from tests.services.office import Office, built

__all__ = ["postgres_server", "postgres_url"]

OPAL, AGATE, CAPELLA, RIGEL, SPICA = "U0OPAL", "U0AGATE", "U0CAPELLA", "U0RIGEL", "U0SPICA"
AURORA, BOREALIS = "C0AURORA", "C0BOREALIS"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def opened(office: Office, text: str = "sev2 slow", source: str = "s1") -> Request:
    return await office.desk.open(office.actor(OPAL, AURORA), Place(AURORA), text, "", source)


async def move(office: Office, verb: Verb, request: int = 1, by: str = CAPELLA, **wish: Any) -> None:
    await office.moves.move(office.actor(by), request, verb, f"{verb}{office.clock.now()}", wish=Wish(**wish))


async def later(office: Office, by: timedelta) -> None:
    """Two looks, as two replicas have: what is due is done by one."""
    office.clock.advance(by)
    async with asyncio.TaskGroup() as both:
        for _ in range(2):
            both.create_task(office.deadlines.tick())


async def breaches(office: Office) -> list[str]:
    sources = await office.rows(select(Page.source).order_by(Page.id))  # type: ignore[arg-type]
    return [source.partition("breach/")[2] for source in sources if "/breach/" in source]


async def clock(office: Office, kind: str) -> ResponseClock:
    rows = await office.rows(select(ResponseClock).where(ResponseClock.kind == kind))
    found: ResponseClock = max(rows, key=lambda c: c.round)
    return found


async def card(office: Office) -> str:
    return json.dumps((await office.sent("request/1/card/"))[-1].content, ensure_ascii=False)


def goal(office: Office, **goals: Goal) -> None:
    """What is agreed with Aurora."""
    directory = office.file.directory
    clients = tuple(replace(c, goals={**c.goals, **goals}) if c.id == "aurora" else c for c in directory.clients)
    office.file.directory = replace(directory, clients=clients)


async def test_warned_at_three_quarters_and_paged_at_the_end(office: Office) -> None:
    """sev2 is to be answered within the hour."""
    await opened(office)
    await later(office, 44 * MINUTE)
    assert not await office.sent("request/1/near/")
    await later(office, MINUTE)
    (warning,) = await office.sent("request/1/near/")
    assert warning.user == CAPELLA
    assert ":hourglass_flowing_sand:" in await card(office)
    await later(office, 14 * MINUTE)
    assert await breaches(office) == []
    await later(office, MINUTE)
    assert await breaches(office) == ["first_response"]
    await later(office, 5 * HOUR)
    assert await breaches(office) == ["first_response"]
    assert "first response late since" in await card(office)


async def test_while_a_page_about_it_is_open_nobody_is_paged_a_second_time(office: Office) -> None:
    """sev1 pages when it comes. That nobody has answered in time is told to its people, once, under their pages."""
    await opened(office, "sev1 all ranks are down")
    await office.paging.tick()
    await later(office, 16 * MINUTE)
    await later(office, MINUTE)
    (page,) = await office.rows(select(Page))
    assert (page.source, page.state) == ("request/1", "open")
    assert page.because == ("sev1: training is down; a late first response: it was due 2026-11-24 16:20 UTC"), (
        "who is contacted next reads both"
    )
    told = await office.sent("page/1/1/further/")
    assert [(row.thread_of, row.state) for row in told] == [("page/1/1/dm", "pending")]
    assert "Now also a late first response" in told[0].content["text"]
    assert (await clock(office, "first_response")).breached_at is not None
    await move(office, Verb.ACKNOWLEDGE)
    (told,) = await office.sent("page/1/1/further/")
    assert told.state == "cancelled", "once it is answered it needs no telling"


async def test_in_time_nobody_is_paged(office: Office) -> None:
    await opened(office)
    office.clock.advance(59 * MINUTE)
    await move(office, Verb.ACKNOWLEDGE)
    await later(office, HOUR)
    assert await breaches(office) == []
    assert (await clock(office, "first_response")).used_seconds == 59 * 60


async def test_too_late_before_the_clock_has_looked_is_missed_without_a_page(office: Office) -> None:
    await opened(office)
    office.clock.advance(61 * MINUTE)
    await move(office, Verb.ACKNOWLEDGE)
    first = await clock(office, "first_response")
    assert first.breached_at == first.started_at + HOUR
    await later(office, MINUTE)
    assert await breaches(office) == []


async def test_a_handover_begins_nothing_anew(office: Office) -> None:
    """Given away, handed to a region, handed over at the boundary."""
    request = await opened(office)
    office.clock.advance(20 * MINUTE)
    await move(office, Verb.REASSIGN, person=SPICA)
    office.clock.advance(20 * MINUTE)
    await move(office, Verb.HAND, region="us")
    async with office.db.write() as tx:
        await office.desk.hand_over(tx, [1], "au", "U0CANOPUS", office.clock.now())
    assert (await clock(office, "first_response")).due_at == request.created_at + HOUR
    await later(office, 20 * MINUTE)
    assert await breaches(office) == ["first_response"]


async def test_while_the_client_is_waited_for_nothing_counts(office: Office) -> None:
    await opened(office)
    office.clock.advance(10 * MINUTE)
    await move(office, Verb.WAIT, to_client="Which checkpoint?")
    await later(office, 100 * HOUR)
    resolution = await clock(office, "resolution")
    assert (resolution.used_seconds, resolution.due_at) == (600, None)
    assert await breaches(office) == []
    assert "not counted" in await card(office)
    await move(office, Verb.ASSIGN)
    assert (await clock(office, "resolution")).due_at == office.clock.now() + 24 * HOUR - 10 * MINUTE


async def test_asleep_everything_counts(office: Office) -> None:
    """The client did not ask for that."""
    await opened(office)
    await move(office, Verb.ACKNOWLEDGE)
    before = (await clock(office, "resolution")).due_at
    await move(office, Verb.SNOOZE, until=office.clock.now() + 5 * HOUR)
    assert (await clock(office, "resolution")).due_at == before


async def test_each_word_to_the_client_begins_the_time_until_the_next(office: Office) -> None:
    """sev2: an update every four hours. A page for want of one is over when the client has heard."""
    await opened(office)
    await move(office, Verb.ACKNOWLEDGE)
    await later(office, 3 * HOUR)
    await office.conversation.reply(office.actor(CAPELLA), 1, "It is the storage", "r1")
    await later(office, 4 * HOUR - MINUTE)
    assert await breaches(office) == []
    await later(office, MINUTE)
    assert await breaches(office) == ["next_update/2"]
    await office.conversation.reply(office.actor(CAPELLA), 1, "Still the storage", "r2")
    (page,) = await office.rows(select(Page))
    assert page.state != "open"
    await later(office, 4 * HOUR)
    assert await breaches(office) == ["next_update/2", "next_update/3"]


async def test_what_comes_back_goes_on_where_it_was(office: Office) -> None:
    await opened(office)
    office.clock.advance(2 * HOUR)
    await move(office, Verb.RESOLVE)
    await later(office, 40 * HOUR)
    await office.moves.move(office.actor(OPAL, AURORA), 1, Verb.REOPEN, "back")
    assert (await clock(office, "resolution")).due_at == office.clock.now() + 22 * HOUR


async def test_worse_after_all_what_was_used_counts(office: Office) -> None:
    request = await opened(office)
    office.clock.advance(5 * MINUTE)
    await office.desk.severity(office.actor(CAPELLA), 1, "sev1", "click")
    assert (await clock(office, "first_response")).due_at == request.created_at + 15 * MINUTE


async def test_in_support_hours_the_weekend_does_not_count(office: Office) -> None:
    """The regions together work from Monday 08:00 in Sydney to Friday 18:00 in the United States."""
    office.clock.advance(datetime(2026, 11, 28, 12, tzinfo=UTC) - office.clock.now())
    await opened(office, "sev3 slow")
    (request,) = await office.rows(select(Request))
    assert request.first_response_due == datetime(2026, 11, 30, 1, tzinfo=UTC)
    await later(office, 36 * HOUR)
    assert await breaches(office) == []


async def test_without_a_target_it_is_measured_and_nobody_is_paged(office: Office) -> None:
    goal(office, sev2=Goal())
    await opened(office)
    await later(office, 100 * HOUR)
    assert await breaches(office) == []
    await move(office, Verb.RESOLVE)
    assert (await clock(office, "resolution")).used_seconds == 100 * 3600


async def test_a_request_from_before_there_were_clocks_gets_them_and_pages_nobody(office: Office) -> None:
    await opened(office)
    async with office.db.write() as tx:
        for row in (await tx.scalars(select(ResponseClock))).all():
            await tx.delete(row)
    await later(office, 30 * HOUR)
    await later(office, MINUTE)
    assert await breaches(office) == []
    assert (await clock(office, "resolution")).breached_at is not None


@pytest.fixture(params=["sqlite", "postgresql"])
async def week(request: pytest.FixtureRequest, tmp_path: Path, config: Config) -> Any:
    """An office that can be left and come back to: (now) → an office on the same database."""
    postgres = request.param == "postgresql"
    url = request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{tmp_path}/week.sqlite3"
    made: list[Database] = []

    async def open_(now: datetime) -> Office:
        for db in made:
            await db.close()
        made[:] = [Database.open(url)]
        await made[0].migrate()
        return built(made[0], ManualClock(now), config)

    yield open_
    for db in made:
        await db.close()


async def test_a_week_of_restarts_tells_each_thing_once_and_counts_it_right(week: Any) -> None:
    """From Wednesday before Thanksgiving; every four hours the bot is another one. Then the leads read the week."""
    start = datetime(2026, 11, 25, 8, tzinfo=UTC)
    office = await week(start)
    for number in (1, 2, 3):
        await opened(office, "sev2 slow", f"s{number}")
    office.clock.advance(10 * MINUTE)
    await move(office, Verb.ACKNOWLEDGE, 1)
    office.clock.advance(20 * MINUTE)
    await move(office, Verb.ACKNOWLEDGE, 2)
    office.clock.advance(30 * MINUTE)
    await office.deadlines.promise(office.actor(CAPELLA), 1, start + 3 * HOUR, "", "p1")
    await office.deadlines.promise(office.actor(CAPELLA), 2, start + 3 * HOUR, "", "p2")
    office.clock.advance(HOUR)
    await move(office, Verb.RESOLVE, 2)
    at = start + 4 * HOUR
    while at < datetime(2026, 11, 30, 9, 30, tzinfo=UTC):
        office = await week(at)
        await later(office, timedelta())
        await office.reports.tick()
        at += 4 * HOUR
    office = await week(datetime(2026, 11, 30, 9, 30, tzinfo=UTC))
    for _ in range(2):
        await office.reports.tick()
    late = [c for c in await office.rows(select(ResponseClock)) if c.breached_at is not None]
    assert sorted(c.kind for c in late) == ["first_response", "next_update", "resolution", "resolution"]
    pages = await office.rows(select(Page))
    assert sorted(page.request for page in pages) == [1, 3], "nobody answered, so one page each is open all the time"
    for page in pages:
        under = await office.sent(f"page/{page.id}/1/further/")
        assert (
            len({row.key for row in under})
            == len(under)
            == sum(c.request == page.request for c in late)
            - (page.source == f"request/{page.request}/breach/first_response")
        )
    assert len(await office.sent("request/1/promise/1/broken")) == 1
    (told,) = await office.sent("report/")
    assert (told.key, told.channel) == ("report/2026-11-30/leads", office.directory.handoff_channel)
    words = json.dumps(told.content, ensure_ascii=False)
    assert "*sev2* · 3 opened" in words
    assert "First response: half within 10 min, 9 in 10 within 30 min _(of 2)_" in words
    assert "Resolution: half within 2 h, 9 in 10 within 2 h _(of 1)_" in words
    assert "4 targets missed" in words
    assert "1 kept, 1 broken" in words


async def test_a_clients_report_has_only_its_own(office: Office) -> None:
    """Aurora wants one; what Borealis asked is in the leads' only. It goes through the door."""
    directory = office.file.directory
    clients = tuple(replace(c, weekly_report=c.id == "aurora") for c in directory.clients)
    office.file.directory = replace(directory, clients=clients, reports=Reports(zone="Europe/Berlin"))
    await opened(office)
    await office.desk.open(office.actor(AGATE, BOREALIS), Place(BOREALIS), "sev1 marker", "", "s2")
    office.clock.advance(datetime(2026, 11, 30, 8, tzinfo=UTC) - office.clock.now())
    await office.reports.tick()
    leads, theirs = sorted(await office.sent("report/"), key=lambda row: row.for_client or "")
    assert (theirs.channel, theirs.for_client) == (AURORA, "aurora")
    assert "sev1" in json.dumps(leads.content)
    assert "sev1" not in json.dumps(theirs.content)
    assert "First response: none" in json.dumps(theirs.content)


async def test_where_nothing_was_ever_asked_nothing_is_reported(office: Office) -> None:
    office.clock.advance(timedelta(days=9))
    await office.reports.tick()
    assert not await office.sent("report/")
