"""A region, a person, a client that the roster file no longer has, while requests of theirs are open."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.lifecycle import Verb
from bot.desk.listing import Asked, Which
from bot.desk.model import Wish
from bot.desk.service import Place
from bot.desk.tables import Promise, Request
from bot.errors import UserError
from bot.paging.tables import Page
from bot.store.database import Database
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
OPAL, CAPELLA, ALTAIR, EUROPE = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "C0TRIAGEEU"
AURORA, CIRRUS = "C0AURORA", "C0CIRRUS"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def office(db: Database, config: Config) -> Office:
    return built(db, ManualClock(TUESDAY), config)


async def opened(office: Office, source: str = "s1", channel: str = AURORA) -> None:
    await office.desk.open(office.actor(OPAL, channel), Place(channel), "sev2 slow", "", source)


def without(office: Office, *, region: str = "", person: str = "", client: str = "") -> None:
    directory = office.file.directory
    office.file.directory = replace(
        directory,
        regions=tuple(r for r in directory.regions if r.id != region),
        people=tuple(p for p in directory.people if p.slack != person),
        clients=tuple(c for c in directory.clients if c.id != client),
    )


async def test_a_region_that_is_gone_is_still_worked_on(office: Office) -> None:
    """Called otherwise in the file, say: its targets are kept, and it moves, to another region too."""
    await opened(office)
    without(office, region="eu")
    office.clock.advance(HOUR)
    await office.deadlines.tick()
    (page,) = await office.rows(select(Page))
    assert page.source == "request/1/breach/first_response"
    capella = office.actor(CAPELLA)
    await office.moves.move(capella, 1, Verb.ACKNOWLEDGE, "a")
    assert (await office.lists.page(capella, Asked(Which.ALL))).total == 1
    await office.moves.move(capella, 1, Verb.HAND, "h", wish=Wish(region="us"))
    (request,) = await office.rows(select(Request))
    assert (request.state, request.region) == ("acknowledged", "us")


async def test_what_the_clock_cannot_do_holds_up_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """One request that breaks whatever is said of it; the others are told and woken all the same."""
    for number in (1, 2):
        await opened(office, f"s{number}")
        await office.deadlines.promise(office.actor(CAPELLA), number, TUESDAY + HOUR, "", f"p{number}")
        await office.moves.move(
            office.actor(CAPELLA), number, Verb.SNOOZE, f"z{number}", wish=Wish(until=TUESDAY + HOUR)
        )
    drawn = office.moves._messages.redrawn

    async def broken(tx: object, request: Request, now: object) -> None:
        if request.id == 1:
            raise LookupError("a defect")
        await drawn(tx, request, now)  # type: ignore[arg-type]

    monkeypatch.setattr(office.moves._messages, "redrawn", broken)
    office.clock.advance(2 * HOUR)
    await office.deadlines.tick()
    states = {p.request: p.state for p in await office.rows(select(Promise))}
    assert states == {1: "open", 2: "broken"}
    await office.moves.tick()
    assert {r.id: r.snoozed for r in await office.rows(select(Request))} == {1: True, 2: False}


async def test_who_left_is_not_reminded_the_region_is(office: Office) -> None:
    await opened(office)
    await office.deadlines.promise(office.actor(CAPELLA), 1, TUESDAY + HOUR, "", "p")
    without(office, person=CAPELLA)
    office.clock.advance(HOUR - 8 * MINUTE)
    await office.deadlines.tick()
    (row,) = await office.sent("request/1/promise/1/due")
    assert (row.user, row.channel) == (None, EUROPE)
    await office.moves.move(office.actor(ALTAIR), 1, Verb.ASSIGN, "a")
    assert (await office.rows(select(Request)))[0].owner == ALTAIR


async def test_a_client_that_is_gone_is_told_nothing_and_its_requests_can_be_ended(office: Office) -> None:
    """Whatever is done with them, by people or by the clock."""
    await opened(office)
    await opened(office, "s2")
    before = {row.key for row in await office.sent("request/") if row.for_client}
    without(office, client="aurora")
    capella = office.actor(CAPELLA)
    office.clock.advance(3 * HOUR)
    for tick in (office.deadlines.tick, office.moves.tick, office.reports.tick, office.knowledge.tick):
        await tick()
    for verb, wish in (
        (Verb.ACKNOWLEDGE, Wish()),
        (Verb.ESCALATE, Wish(reason="alone")),
        (Verb.HAND, Wish(region="us")),
        (Verb.MERGE, Wish(into=2)),
    ):
        await office.moves.move(capella, 1, verb, verb, wish=wish)
    with pytest.raises(UserError, match="Nothing was sent"):
        await office.conversation.reply(capella, 2, "hello", "x")
    with pytest.raises(UserError, match="Nothing was promised"):
        await office.deadlines.promise(capella, 2, office.clock.now() + HOUR, "", "x")
    await office.moves.move(capella, 2, Verb.RESOLVE, "r", wish=Wish(to_client="hello"))
    assert {row.key for row in await office.sent("request/") if row.for_client} == before
    report = await office.reports.report(capella, timedelta(days=7))
    assert {miss.client for miss in report.missed} == {"aurora"}


async def test_a_long_timeline_is_a_form_that_slack_takes(office: Office) -> None:
    """Reasons as long as a form takes them: 250 kB are the most that a view may be."""
    await opened(office)
    for number in range(92):
        wish = Wish(reason="<&>" * 900)
        await office.moves.move(office.actor(CAPELLA), 1, Verb.ESCALATE, f"e{number}", wish=wish)
    request, events = await office.moves.timeline(office.actor(CAPELLA), 1)
    view = office.renderer.view("desk/timeline", request=request, events=events[-90:], left_out=len(events) - 90)
    assert len(json.dumps(view)) < 250_000
    assert len(view["blocks"]) == 92
