"""A handoff that nobody accepts pages the incoming region, once, and accepting it ends the page."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.handoff.tables import Handoff
from bot.handoff.unaccepted import Unaccepted
from bot.paging.tables import Page, PageContact
from tests.services.office import TUESDAY, Office

BOUNDARY = TUESDAY + timedelta(minutes=25)
"""The United States take the lead, with Rigel."""


@pytest.fixture
async def watch(office: Office) -> Unaccepted:
    within = timedelta(minutes=20)
    office.file.directory = replace(office.file.directory, accept_handoffs_within=within)
    async with office.db.write() as tx:
        facts = {"items": [{"request": 1}, {"request": 2}]}
        tx.add(
            Handoff(boundary=BOUNDARY, outgoing_region="eu", incoming_region="us", facts=facts, published_at=BOUNDARY)
        )
    return Unaccepted(office.db, office.clock, lambda: office.directory, office.paging)


async def at(office: Office, watch: Unaccepted, minutes: int) -> list[Page]:
    office.clock.jump(BOUNDARY + timedelta(minutes=minutes))
    await watch.tick()
    return await office.rows(select(Page))


async def test_the_incoming_region_is_paged_after_the_time_and_once(office: Office, watch: Unaccepted) -> None:
    assert await at(office, watch, 19) == []
    assert len(await at(office, watch, 20)) == 1
    [page] = await at(office, watch, 25)
    assert (page.region, page.title) == ("us", "Nobody in United States has accepted the handoff")
    assert "2 open requests wait for somebody" in page.body
    assert page.because == "nobody has accepted the handoff in 20 minutes"
    assert [c.person for c in await office.rows(select(PageContact))] == ["rigel"]


async def test_accepting_it_ends_the_page(office: Office, watch: Unaccepted) -> None:
    await at(office, watch, 20)
    async with office.db.write() as tx:
        (handoff,) = (await tx.scalars(select(Handoff))).all()
        handoff.accepted_at, handoff.accepted_by = office.clock.now(), "U0RIGEL"
    [page] = await at(office, watch, 21)
    assert (page.state, page.answered_by) == ("resolved", "U0RIGEL")


async def test_what_is_accepted_in_time_pages_nobody(office: Office, watch: Unaccepted) -> None:
    async with office.db.write() as tx:
        (handoff,) = (await tx.scalars(select(Handoff))).all()
        handoff.accepted_at, handoff.accepted_by = BOUNDARY, "U0RIGEL"
    assert await at(office, watch, 60) == []


async def test_without_the_option_and_long_after_nobody_is_paged(office: Office, watch: Unaccepted) -> None:
    assert await at(office, watch, 5 * 60) == []
    office.file.directory = replace(office.file.directory, accept_handoffs_within=timedelta())
    assert await at(office, watch, 30) == []
