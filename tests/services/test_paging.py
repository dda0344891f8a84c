"""A page's climb on the clock: the first, the second, the last resort; and the silence after an answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from bot.errors import Conflict, Forbidden
from bot.paging.messages import plain
from bot.paging.model import Alarm, Reason, role
from bot.paging.tables import Page, PageContact
from bot.slack.render import Renderer
from tests.services.office import TEMPLATES, TUESDAY, Office

REASON = Reason("sev1 from Aurora: R-1", "all ranks hang", "sev1: training is down")
ALARM = Alarm("s1", REASON)
CAPELLA, ALTAIR, RIGEL = "U0CAPELLA", "U0ALTAIR", "U0RIGEL"
SATURDAY = datetime(2026, 11, 28, 18, 30, tzinfo=UTC)


async def raised(office: Office) -> Page:
    return (await office.paging.raise_page(office.actor(CAPELLA), ALARM)).page


async def contacted(office: Office) -> list[str]:
    return await office.rows(select(PageContact.person).order_by(PageContact.id))  # type: ignore[arg-type]


async def test_a_dm_and_one_way_outside_slack_leave_with_the_fact(office: Office) -> None:
    await raised(office)
    dm, phone = await office.sent("page/1/1/")
    assert (dm.user, dm.priority) == (CAPELLA, 0)
    assert (phone.contact_ref, phone.kind) == ("capella/sms", "contact")
    assert "json://" not in str(phone.content), "the URL is a secret and never a row"


async def test_what_was_typed_in_slack_is_read_everywhere_as_people_read_it(office: Office) -> None:
    """Outside Slack nobody looks up an id, and a gateway shows Slack's markup as it stands."""
    typed = "ask <@U0VEGA|vega>, <@U0OPAL|opal> or <@U0NOBODY> about <https://h.example/d/1|the board>: loss &gt; 9"
    read = "ask Vega, opal or somebody about the board (https://h.example/d/1): loss > 9"
    assert plain(office.directory, typed) == read


async def test_outside_slack_who_asked_for_a_page_is_a_name(office: Office) -> None:
    reason = replace(ALARM.reason, because="<@U0VEGA> asked for help")
    await office.paging.raise_page(office.actor(CAPELLA), replace(ALARM, reason=reason))
    dm, phone = await office.sent("page/1/1/")
    assert "<@U0VEGA>" in str(dm.content), "in Slack it is a mention"
    assert "You are paged as primary on duty (Vega asked for help)." in phone.content["body"]


async def test_an_alert_says_outside_slack_what_it_says(office: Office) -> None:
    """Nobody typed it in Slack: what looks like its markup is none."""
    reason = replace(ALARM.reason, title="loss <NaN> &lt; 3", body="see <http://evil.example|good>")
    async with office.db.write() as tx:
        await office.paging.raise_in(tx, replace(ALARM, reason=reason), TUESDAY)
    _, phone = await office.sent("page/1/1/")
    assert phone.content["title"] == "PAGE loss <NaN> &lt; 3"
    assert phone.content["body"].startswith("see <http://evil.example|good>\n")


async def test_it_escalates_when_nobody_answers_and_not_before(office: Office) -> None:
    await raised(office)
    office.clock.advance(timedelta(minutes=4, seconds=59))
    await office.paging.tick()
    assert await contacted(office) == ["capella"]
    office.clock.advance(timedelta(seconds=1))
    await office.paging.tick()
    await office.paging.tick()
    assert await contacted(office) == ["capella", "altair"]


async def test_a_clock_that_jumps_over_many_steps_takes_one_at_a_time(office: Office) -> None:
    """After an outage nobody gets a burst: each tick takes the one step that is due."""
    await raised(office)
    office.clock.advance(timedelta(hours=3))
    await office.paging.tick()
    assert len(await contacted(office)) == 2


async def test_an_answer_stops_everything_and_edits_what_was_sent(office: Office) -> None:
    await raised(office)
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    await office.paging.acknowledge(office.actor(ALTAIR), 1)
    office.clock.advance(timedelta(minutes=59))
    await office.paging.tick()
    assert await contacted(office) == ["capella", "altair"]
    states = {m.key: (m.state, m.version) for m in await office.sent("page/1/")}
    assert states["page/1/1/capella/sms"] == ("cancelled", 1)
    assert states["page/1/1/dm"][1] == 2


async def test_the_second_to_answer_is_told_who_was_first(office: Office) -> None:
    await raised(office)
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    with pytest.raises(Conflict, match=f"<@{CAPELLA}> has already answered"):
        await office.paging.acknowledge(office.actor(ALTAIR), 1)


async def test_a_client_cannot_page(office: Office) -> None:
    with pytest.raises(Forbidden):
        await office.paging.raise_page(office.actor("U0OPAL", "C0AURORA"), ALARM)


async def test_at_weekends_only_people_in_their_daytime_are_paged(office: Office) -> None:
    office.clock.jump(SATURDAY)
    await raised(office)
    office.clock.advance(timedelta(minutes=6))
    await office.paging.tick()
    zones = {p.id: p.zone for p in office.config.directory().people}
    for contact in await office.rows(select(PageContact)):
        if contact.person != office.config.escalation().policies[-1].last_resort:
            hour = contact.at.astimezone(ZoneInfo(zones[contact.person])).hour
            assert 9 <= hour < 18, f"{contact.person} is paged at {hour} o'clock"


async def test_who_raised_it_is_told_that_the_role_asked_for_was_passed_over(office: Office) -> None:
    office.clock.jump(SATURDAY)
    asked = replace(ALARM, asked=role("manager"))
    raised = await office.paging.raise_page(office.actor(CAPELLA), asked)
    answer = Renderer(TEMPLATES).message("paging/raised", raised=raised)
    assert "nobody is manager now" in raised.skipped
    assert "Passed over: " in str(answer.blocks)
    assert "nobody is manager now" in str(answer.blocks)


async def test_an_open_page_never_stops_looking_for_somebody(office: Office) -> None:
    """Through all rounds to the last resort, who is contacted again and again."""
    await raised(office)
    for _ in range(15):
        office.clock.advance(timedelta(minutes=10))
        await office.paging.tick()
    people = await contacted(office)
    assert len(people) == 16
    assert people[-1] == "sol"


async def test_a_roster_that_cannot_be_asked_pages_the_last_resort_and_says_where_to_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in the rota must not be the reason why nobody is woken."""

    def broken(rota: object, now: datetime) -> None:
        raise KeyError("nowhere")

    monkeypatch.setattr(office.roster, "moment_of", broken)
    page = (await office.paging.raise_page(office.actor(CAPELLA), Alarm("s1", REASON, "eu"))).page
    [contact] = await office.rows(select(PageContact))
    assert (contact.person, page.state) == ("sol", "open")
    assert "the roster could not be asked (H-" in contact.skipped


async def test_one_page_that_fails_does_not_hold_up_the_others(office: Office) -> None:
    """The first names somebody whom nobody knows any more, as a defect might."""
    await raised(office)
    await office.paging.raise_page(office.actor(CAPELLA), Alarm("s2", REASON))
    async with office.db.write() as tx:
        page = await tx.get(Page, 1)
        assert page
        page.asked, page.step = "nonsense", -1
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    contacts = await office.rows(select(PageContact))
    assert [c.person for c in contacts if c.page == 2] == ["capella", "altair"]


async def test_a_clock_that_steps_back_only_waits(office: Office) -> None:
    """Nothing is lost, nothing is sent twice; when the clock is there again the page climbs."""
    await raised(office)
    office.clock.jump(TUESDAY - timedelta(hours=2))
    await office.paging.tick()
    assert await contacted(office) == ["capella"]
    office.clock.jump(TUESDAY + timedelta(minutes=5))
    await office.paging.tick()
    assert await contacted(office) == ["capella", "altair"]


async def test_somebody_without_any_method_outside_slack_has_the_direct_message(office: Office) -> None:
    people = tuple(replace(p, contacts=()) for p in office.directory.people)
    office.file.directory = replace(office.file.directory, people=people)
    await raised(office)
    [only] = await office.sent("page/1/1/")
    assert (only.user, only.key) == (CAPELLA, "page/1/1/dm")
