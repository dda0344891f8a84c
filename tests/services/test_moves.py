"""A request on its way: given away, asked about, asleep, part of another, back again. By people and by the clock."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.service import Place
from bot.desk.tables import Request, RequestEvent
from bot.errors import Conflict, Forbidden, UserError
from bot.paging.tables import Page, PageContact
from tests.services.office import Office

OPAL, AGATE, CAPELLA, ALTAIR, SPICA, RIGEL = "U0OPAL", "U0AGATE", "U0CAPELLA", "U0ALTAIR", "U0SPICA", "U0RIGEL"
AURORA, CIRRUS = "C0AURORA", "C0CIRRUS"


async def opened(office: Office, source: str = "s1", channel: str = AURORA, job: str = "") -> Request:
    request = await office.desk.open(office.actor(OPAL, channel), Place(channel), "sev2 loss is NaN", "", source)
    if job:
        async with office.db.write() as tx:
            row = await tx.get(Request, request.id)
            assert row is not None
            row.cluster, row.namespace, row.job = "sol", "aurora-train", job
    return request


async def move(office: Office, verb: Verb, by: str = CAPELLA, **wish: Any) -> Request:
    number = len(await office.rows(select(RequestEvent)))
    return await office.moves.move(office.actor(by), 1, verb, f"click{number}", wish=Wish(**wish))


async def told(office: Office) -> str:
    return json.dumps([row.content for row in await office.sent("request/1/told/")], ensure_ascii=False)


async def test_given_to_somebody_of_another_region_the_card_moves_there(office: Office) -> None:
    await opened(office)
    request = await move(office, Verb.REASSIGN, person=SPICA, reason="knows the dataset")
    assert (request.owner, request.region) == (SPICA, "in")
    before, after = await office.sent("request/1/card/")
    assert "went to" in json.dumps(before.content)
    assert after.channel == "C0TRIAGEIN"
    assert f"<@{SPICA}> in India" in await told(office)


async def test_only_the_team_can_have_a_request(office: Office) -> None:
    await opened(office)
    with pytest.raises(UserError, match="Only somebody of the team"):
        await move(office, Verb.REASSIGN, person=OPAL)


async def test_handed_to_a_region_who_is_on_duty_there_has_it(office: Office) -> None:
    """The United States are on duty since 16:00; at night the owner stays, and the region's channel has the card."""
    await opened(office)
    request = await move(office, Verb.HAND, region="us")
    assert (request.owner, request.region) == (RIGEL, "us")
    request = await move(office, Verb.HAND, region="au")
    assert (request.owner, request.region) == (RIGEL, "au")


async def test_a_region_that_does_not_exist_names_those_that_do(office: Office) -> None:
    await opened(office)
    with pytest.raises(UserError) as refused:
        await move(office, Verb.HAND, region="mars")
    assert "au, in, eu, us" in refused.value.hint


async def test_asking_the_client_waits_for_the_client(office: Office) -> None:
    """The question goes to their thread; their answer, or anything the team does, ends the waiting."""
    await opened(office)
    request = await move(office, Verb.WAIT, to_client="Which checkpoint did you start from?")
    assert request.state == "waiting_on_client"
    assert "Which checkpoint did you start from?" in await told(office)


async def test_getting_help_pages_the_second_and_keeps_the_owner(office: Office) -> None:
    await opened(office)
    await move(office, Verb.ASSIGN)
    request = await move(office, Verb.ESCALATE, reason="cannot reach the storage team")
    (page,) = await office.rows(select(Page))
    (contact,) = await office.rows(select(PageContact))
    assert request.owner == CAPELLA
    assert contact.person == "altair", "the primary has it already"
    assert "cannot reach the storage team" in page.because


async def test_more_calls_for_help_are_told_under_the_page_that_is_open(office: Office) -> None:
    """A page per call would ring the same people; once it was answered the next call pages again."""
    await opened(office)
    await move(office, Verb.ASSIGN)
    for number in (1, 2):
        wish = Wish(reason=f"storage {number}")
        await office.moves.move(office.actor(CAPELLA), 1, Verb.ESCALATE, f"e{number}", wish=wish)
    (page,) = await office.rows(select(Page))
    (told,) = await office.sent(f"page/{page.id}/1/further/")
    assert "storage 2" in told.content["text"]
    assert "storage 1" in page.because
    assert "storage 2" in page.because, "who is contacted next reads both"
    await office.paging.acknowledge(office.actor("U0ALTAIR"), page.id)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.ESCALATE, "e3", wish=Wish(reason="storage 3"))
    assert [p.state for p in await office.rows(select(Page).order_by(Page.id))] == ["acknowledged", "open"]  # type: ignore[arg-type]


async def test_a_call_for_help_is_a_page_of_its_own_beside_the_clocks(office: Office) -> None:
    """That one is over when the client has heard; who called for help still needs it."""
    await opened(office)
    await office.deadlines.promise(office.actor(CAPELLA), 1, office.clock.now() + timedelta(hours=1), "", "p")
    office.clock.advance(timedelta(hours=1))
    await office.deadlines.tick()
    office.clock.advance(timedelta(hours=1))
    await office.deadlines.tick()
    await office.moves.move(office.actor(CAPELLA), 1, Verb.ESCALATE, "e", wish=Wish(reason="storage"))
    await office.conversation.reply(office.actor(CAPELLA), 1, "It is the storage", "r")
    clocks, mine = await office.rows(select(Page).order_by(Page.id))  # type: ignore[arg-type]
    assert (clocks.raised_by, clocks.state) == ("", "acknowledged")
    assert (mine.raised_by, mine.state) == (CAPELLA, "open")


async def test_a_snooze_ends_at_its_time(office: Office) -> None:
    await opened(office)
    await move(office, Verb.ACKNOWLEDGE)
    until = office.clock.now() + timedelta(hours=4)
    assert (await move(office, Verb.SNOOZE, until=until)).snoozed
    office.clock.advance(timedelta(hours=3, minutes=59))
    await office.moves.tick()
    assert (await office.rows(select(Request)))[0].snoozed
    office.clock.advance(timedelta(minutes=1))
    await office.moves.tick()
    (request,) = await office.rows(select(Request))
    assert (request.snoozed, request.snoozed_until, request.state) == (False, None, "acknowledged")


async def test_a_snooze_for_a_job_ends_when_its_state_changes(office: Office) -> None:
    """A cluster that cannot be read for a while has not changed anything."""
    await opened(office, job="llm")
    await move(office, Verb.ACKNOWLEDGE)
    which = ("sol", "aurora-train", "llm")
    office.jobs[which] = "suspended"
    await move(office, Verb.SNOOZE, for_job=True)
    for state, asleep in (("suspended", True), (None, True), ("running", False)):
        office.jobs.pop(which)
        office.jobs |= {which: state} if state else {}
        await office.moves.tick()
        assert (await office.rows(select(Request)))[0].snoozed is asleep
        office.jobs.setdefault(which, "suspended")


@pytest.mark.parametrize("hours", [-1, 0, 15 * 24])
async def test_a_snooze_that_has_ended_or_never_does_is_refused(office: Office, hours: int) -> None:
    await opened(office)
    await move(office, Verb.ACKNOWLEDGE)
    with pytest.raises(UserError, match="ends in the future"):
        await move(office, Verb.SNOOZE, until=office.clock.now() + timedelta(hours=hours))


async def test_without_a_job_there_is_nothing_to_wait_for(office: Office) -> None:
    await opened(office)
    await move(office, Verb.ACKNOWLEDGE)
    with pytest.raises(UserError, match="No job is known"):
        await move(office, Verb.SNOOZE, for_job=True)


async def test_merged_into_another_of_the_same_client(office: Office) -> None:
    await opened(office)
    await opened(office, "s2")
    request = await move(office, Verb.MERGE, into=2)
    assert (request.state, request.merged_into) == ("closed", 2)
    assert "R-2" in await told(office)


async def test_who_wrote_in_a_thread_that_was_merged_hears_the_outcome_there(office: Office) -> None:
    """Of the request that goes on, through however many; each time once, and once where two share a thread."""
    for number, thread in enumerate(("", "5.1", "5.1", ""), start=1):
        place = Place(AURORA, thread)
        await office.desk.open(office.actor(OPAL, AURORA), place, f"sev3 slow {number}", "", f"s{number}")
    await office.moves.move(office.actor(CAPELLA), 1, Verb.MERGE, "m1", wish=Wish(into=2))
    await office.moves.move(office.actor(CAPELLA), 2, Verb.MERGE, "m2", wish=Wish(into=4))
    await office.moves.move(office.actor(CAPELLA), 3, Verb.MERGE, "m3", wish=Wish(into=4))
    resolve = Wish(to_client="It was the switch", cause="internal", fix="internal")
    await office.moves.move(office.actor(CAPELLA), 4, Verb.RESOLVE, "r", wish=resolve)
    told = [row for row in await office.sent("request/") if "/outcome/" in row.key]
    assert [(row.thread_of or row.thread_ts, row.for_client) for row in told] == [
        ("request/1/root", "aurora"),
        ("5.1", "aurora"),
    ]
    for row in told:
        said = json.dumps(row.content)
        assert "It was the switch" in said
        assert "internal" not in said
    await office.moves.move(office.actor(OPAL, AURORA), 4, Verb.REOPEN, "back")
    await office.moves.move(office.actor(CAPELLA), 4, Verb.RESOLVE, "r2")
    assert len(await office.sent("request/1/outcome/")) == 3


async def test_never_into_another_clients(office: Office) -> None:
    """A client would read of another's request in its own thread."""
    await opened(office)
    await opened(office, "s2", CIRRUS)
    for into in (2, 1, 99):
        with pytest.raises(UserError, match="same client"):
            await move(office, Verb.MERGE, into=into)


async def test_the_client_says_that_it_is_back(office: Office) -> None:
    """Their own people may, another client's may not; who had it goes on if on duty."""
    await opened(office)
    await move(office, Verb.ASSIGN, by=ALTAIR)
    await move(office, Verb.RESOLVE)
    with pytest.raises(Forbidden, match="this client"):
        await office.moves.move(office.actor(AGATE, CIRRUS), 1, Verb.REOPEN, "theirs")
    request = await office.moves.move(office.actor(OPAL, AURORA), 1, Verb.REOPEN, "ours")
    assert (request.state, request.owner, request.resolved_at) == ("in_progress", ALTAIR, None)


async def test_what_comes_back_at_night_goes_to_who_leads_then(office: Office) -> None:
    await opened(office)
    await move(office, Verb.RESOLVE)
    office.clock.advance(timedelta(hours=6))
    request = await office.moves.move(office.actor(OPAL, AURORA), 1, Verb.REOPEN, "back")
    assert (request.owner, request.region) == ("U0ACHERNAR", "au")


async def test_what_nobody_comes_back_to_is_closed(office: Office) -> None:
    await opened(office)
    await move(office, Verb.RESOLVE)
    office.clock.advance(timedelta(days=3))
    await office.moves.tick()
    await office.moves.tick()
    (request,) = await office.rows(select(Request))
    events = await office.rows(select(RequestEvent.what))
    assert (request.state, request.last_by, events) == ("closed", "", ["opened", "resolved", "closed"])


async def test_of_two_who_looked_at_the_same_card_one_wins(office: Office) -> None:
    await opened(office)
    await office.moves.move(office.actor(CAPELLA), 1, Verb.HAND, "a", seen=0, wish=Wish(region="us"))
    with pytest.raises(Conflict, match=f"<@{CAPELLA}> was first"):
        await office.moves.move(office.actor(ALTAIR), 1, Verb.HAND, "b", seen=0, wish=Wish(region="in"))


async def test_the_timeline_has_everything_and_is_the_teams(office: Office) -> None:
    await opened(office)
    await move(office, Verb.ASSIGN)
    await move(office, Verb.RESOLVE, cause="bad learning rate")
    _, events = await office.moves.timeline(office.actor(CAPELLA), 1)
    assert [e.what for e in events] == ["opened", "taken", "resolved"]
    assert events[-1].detail == "bad learning rate"
    with pytest.raises(Forbidden):
        await office.moves.timeline(office.actor(OPAL, AURORA), 1)
