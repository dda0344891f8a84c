"""A page's climb on the clock: the first, the second, the last resort; and the silence after an answer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from bot.errors import Conflict, Forbidden
from bot.paging.model import Alarm, Reason
from bot.paging.tables import Page, PageContact
from tests.services.office import Office

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


async def test_an_open_page_never_stops_looking_for_somebody(office: Office) -> None:
    """Through all rounds to the last resort, who is contacted again and again."""
    await raised(office)
    for _ in range(15):
        office.clock.advance(timedelta(minutes=10))
        await office.paging.tick()
    people = await contacted(office)
    assert len(people) == 16
    assert people[-1] == "sol"
