"""Promises of an update: made, kept, moved, broken; they outlive handovers, outages and a second replica."""

import asyncio
import json
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.said import Said
from bot.desk.service import Place
from bot.desk.tables import Promise, Request, RequestEvent
from bot.errors import Conflict, Forbidden, UserError
from bot.paging.tables import Page
from tests.services.office import Office

OPAL, CAPELLA, ALTAIR, RIGEL, SPICA = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "U0RIGEL", "U0SPICA"
AURORA = "C0AURORA"
HOUR = timedelta(hours=1)


@pytest.fixture
async def request_(office: Office) -> Request:
    place = Place(AURORA, "100.1", "100.1")
    request = await office.desk.open(office.actor(OPAL, AURORA), place, "sev3 slow", "", "s")
    await office.posted("request/1/card/0", "200.1")
    return request


async def promise(office: Office, after: timedelta = HOUR, words: str = "", source: str = "form1") -> None:
    await office.deadlines.promise(office.actor(CAPELLA), 1, office.clock.now() + after, words, source)


async def said(office: Office, prefix: str) -> str:
    return json.dumps([row.content for row in await office.sent(prefix)], ensure_ascii=False)


async def states(office: Office) -> list[str]:
    return list(await office.rows(select(Promise.state).order_by(Promise.id)))  # type: ignore[arg-type]


async def later(office: Office, by: timedelta) -> None:
    office.clock.advance(by)
    await office.deadlines.tick()
    await office.deadlines.tick()


async def pages(office: Office) -> list[str]:
    return [page.source for page in await office.rows(select(Page)) if "escalated" in page.source]


async def test_the_client_reads_when_it_hears_next_in_its_own_zone(office: Office, request_: Request) -> None:
    """Slack shows the instant to each reader; a form that is sent twice is one promise. It is a first response."""
    for _ in range(2):
        await promise(office, words="We look at the storage")
    (made,) = await office.rows(select(Promise))
    (row,) = await office.sent("request/1/promise/1")
    assert (row.for_client, row.channel) == ("aurora", AURORA)
    assert f"<!date^{int(made.due_at.timestamp())}^" in json.dumps(row.content)
    assert "We look at the storage" in json.dumps(row.content)
    (request,) = await office.rows(select(Request))
    assert (request.state, request.acknowledged_at) == ("acknowledged", made.made_at)
    assert "update promised by" in await said(office, "request/1/card/0")


async def test_the_owner_is_reminded_before_and_the_channel_reads_after(office: Office, request_: Request) -> None:
    await promise(office)
    await later(office, timedelta(minutes=49))
    assert not await office.sent("request/1/promise/1/due")
    await later(office, timedelta(minutes=1))
    (reminder,) = await office.sent("request/1/promise/1/due")
    assert reminder.user == request_.owner
    await later(office, timedelta(minutes=10))
    (broken,) = await office.sent("request/1/promise/1/broken")
    assert broken.channel == "C0TRIAGEEU"
    assert await pages(office) == []
    await later(office, timedelta(minutes=15))
    assert len(await pages(office)) == 1
    assert "broken" in await said(office, "request/1/card/0")
    assert await states(office) == ["broken"]


async def test_who_writes_to_the_client_keeps_it(office: Office, request_: Request) -> None:
    await promise(office)
    await office.conversation.reply(office.actor(ALTAIR), 1, "It was the storage", "reply1")
    assert await states(office) == ["kept"]
    await later(office, 3 * HOUR)
    assert not await office.sent("request/1/promise/1/due")
    assert "promise kept" in await office.rows(select(RequestEvent.what))


async def test_what_was_broken_stays_so_but_nags_no_more(office: Office, request_: Request) -> None:
    await promise(office)
    await later(office, HOUR + timedelta(minutes=5))
    await office.conversation.reply(office.actor(CAPELLA), 1, "Sorry, it took longer", "reply1")
    await later(office, HOUR)
    assert await states(office) == ["broken"]
    assert await pages(office) == []


async def test_a_late_word_before_the_clock_has_looked_is_late_all_the_same(office: Office, request_: Request) -> None:
    await promise(office)
    office.clock.advance(HOUR + timedelta(minutes=1))
    await office.conversation.reply(office.actor(CAPELLA), 1, "Sorry", "reply1")
    assert await states(office) == ["broken"]


async def test_another_time_takes_its_place_and_with_words_it_was_kept(office: Office, request_: Request) -> None:
    """A promise that is only moved is neither kept nor broken."""
    await promise(office)
    await promise(office, 2 * HOUR, source="form2")
    await promise(office, 3 * HOUR, "It is the storage", source="form3")
    assert await states(office) == ["moved", "kept", "open"]
    await later(office, 2 * HOUR + timedelta(minutes=30))
    assert len(await office.sent("request/1/promise/")) == 3, "only what was promised last counts"


async def test_it_goes_with_the_request_and_the_next_owner_is_told(office: Office, request_: Request) -> None:
    """Given away, handed to a region, handed over at the boundary: the clock of the promise goes on."""
    await promise(office, 3 * HOUR)
    wish = Wish(person=SPICA)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.REASSIGN, "click", wish=wish)
    assert f"<@{SPICA}>" in await said(office, "request/1/inherits/")
    async with office.db.write() as tx:
        await office.desk.hand_over(tx, [1], "us", RIGEL, office.clock.now())
    heirs = await office.sent("request/1/inherits/")
    assert len(heirs) == 2
    assert heirs[-1].channel == "C0TRIAGEUS"
    assert f"<@{RIGEL}>" in json.dumps(heirs[-1].content)
    await later(office, 3 * HOUR - timedelta(minutes=10))
    (reminder,) = await office.sent("request/1/promise/1/due")
    assert reminder.user == RIGEL


async def test_merged_it_goes_on_with_the_other(office: Office, request_: Request) -> None:
    await office.desk.open(office.actor(OPAL, AURORA), Place(AURORA), "sev3 also slow", "", "s2")
    await promise(office)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.MERGE, "click", wish=Wish(into=2))
    (made,) = await office.rows(select(Promise))
    assert (made.request, made.state) == (2, "open")


async def test_resolved_in_time_it_is_kept(office: Office, request_: Request) -> None:
    await promise(office)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.RESOLVE, "click")
    assert await states(office) == ["kept"]


async def test_after_an_outage_it_is_told_once_and_the_grace_is_given(office: Office, request_: Request) -> None:
    """No reminder of what is over, and nobody is paged before they could have written."""
    await promise(office)
    await later(office, 10 * HOUR)
    assert not await office.sent("request/1/promise/1/due")
    assert len(await office.sent("request/1/promise/1/broken")) == 1
    assert await pages(office) == []
    await later(office, timedelta(minutes=15))
    assert len(await pages(office)) == 1


async def test_two_replicas_do_it_once(office: Office, request_: Request) -> None:
    """Both have seen that it is due, and take it one after the other."""
    await promise(office)
    office.clock.advance(HOUR)
    async with asyncio.TaskGroup() as both:
        for _ in range(2):
            both.create_task(office.deadlines.tick())
    assert len(await office.sent("request/1/promise/1/broken")) == 1
    assert (await office.rows(select(RequestEvent.what))).count("promise broken") == 1


async def test_said_in_the_clients_thread_it_is_asked_about_in_the_teams(office: Office, request_: Request) -> None:
    """Nothing is promised until an engineer says so; a client's own words never are one."""
    words = "Looking into it. I'll update you at 18:30"
    await office.conversation.hear(office.actor(OPAL, AURORA), Said(AURORA, "100.2", "100.1", words))
    assert not await office.sent("request/1/promise/asked/")
    await office.conversation.hear(office.actor(CAPELLA, AURORA), Said(AURORA, "100.3", "100.1", words))
    (asked,) = await office.sent("request/1/promise/asked/")
    assert asked.channel == "C0TRIAGEEU"
    assert await states(office) == []
    row = int(asked.key.rsplit("/", 1)[1])
    due = office.clock.now().replace(hour=17, minute=30)
    for _ in range(2):
        await office.deadlines.confirm(office.actor(CAPELLA), 1, row, due)
    assert await states(office) == ["open"]
    assert "says" in await said(office, "request/1/promise/asked/")


async def test_no_promise_was_meant(office: Office, request_: Request) -> None:
    words = "!client I'll update you at 18:30"
    await office.conversation.hear(office.actor(CAPELLA, "C0TRIAGEEU"), Said("C0TRIAGEEU", "200.2", "200.1", words))
    (asked,) = await office.sent("request/1/promise/asked/")
    await office.deadlines.confirm(office.actor(CAPELLA), 1, int(asked.key.rsplit("/", 1)[1]), None)
    assert await states(office) == []
    assert "No update was promised" in await said(office, "request/1/promise/asked/")


async def test_the_client_heard_in_another_way(office: Office, request_: Request) -> None:
    await promise(office)
    await office.deadlines.done(office.actor(CAPELLA), 1)
    assert await states(office) == ["kept"]
    with pytest.raises(Conflict, match="settled already"):
        await office.deadlines.done(office.actor(ALTAIR), 1)


@pytest.mark.parametrize("hours", [-1, 0, 15 * 24])
async def test_a_time_that_has_passed_is_no_promise(office: Office, request_: Request, hours: int) -> None:
    with pytest.raises(UserError, match="future"):
        await promise(office, timedelta(hours=hours))
    assert await states(office) == []


async def test_only_the_team_promises_and_only_what_is_open(office: Office, request_: Request) -> None:
    with pytest.raises(Forbidden):
        await office.deadlines.promise(office.actor(OPAL, AURORA), 1, office.clock.now() + HOUR, "", "x")
    await office.moves.move(office.actor(CAPELLA), 1, Verb.RESOLVE, "click")
    with pytest.raises(Conflict, match="resolved"):
        await promise(office)
