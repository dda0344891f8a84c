"""The figures of paging from real rows, on both databases."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.config.file import Config
from bot.errors import Forbidden
from bot.paging.model import Alarm, Reason
from bot.paging.reports import Reports
from bot.spread import Spread
from bot.store.database import Database
from tests.fixtures_postgres import database_url, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built

__all__ = ["database_url", "postgres_server", "postgres_url"]

CAPELLA, ALTAIR, RIGEL = "U0CAPELLA", "U0ALTAIR", "U0RIGEL"
MINUTE, DAYS = timedelta(minutes=1), timedelta(days=30)


@pytest.fixture
async def office(config: Config, database_url: str) -> AsyncIterator[Office]:
    opened = Database.open(database_url)
    await opened.migrate()
    yield built(opened, ManualClock(TUESDAY), config)
    await opened.close()


def reports(office: Office) -> Reports:
    return Reports(office.db, office.clock, lambda: office.directory)


async def raised(office: Office, source: str) -> int:
    alarm = Alarm(source, Reason("a run hangs", "a run hangs", "asked for help"), "eu")
    page = (await office.paging.raise_page(office.actor(RIGEL), alarm)).page
    assert page.id
    return page.id


async def test_a_page_that_climbs_counts_for_each_who_was_called(office: Office) -> None:
    """Capella asks for help after three minutes, Altair answers four later; acknowledging again changes no figure."""
    page = await raised(office, "s1")
    office.clock.advance(3 * MINUTE)
    await office.paging.need_help(office.actor(CAPELLA), page, "click1", 0)
    office.clock.advance(4 * MINUTE)
    await office.paging.acknowledge(office.actor(ALTAIR), page)
    office.clock.advance(50 * MINUTE)
    await office.paging.resolve(office.actor(ALTAIR), page)
    found = await reports(office).report(office.actor(CAPELLA), DAYS)
    assert (found.pages, found.load.calls, found.unanswered) == (1, 2, 0)
    assert found.answer == Spread(1, 7 * MINUTE, 7 * MINUTE)
    people = {one.person: (one.load.calls, one.answer) for one in found.people}
    assert people == {"altair": (1, Spread(1, 4 * MINUTE, 4 * MINUTE)), "capella": (1, Spread(0, None, None))}
    assert [(one.region, one.pages) for one in found.regions] == [("eu", 1)]
    said = str(office.renderer.message("paging/report", report=found, names=office.directory.names_and_regions))
    assert "Altair: 1 call · 1 answered: half within 4 min, 9 in 10 within 4 min" in said
    assert "Capella: 1 call · none answered" in said
    assert "█ 2```" in said


async def test_what_ends_by_itself_has_no_answer_and_what_is_older_is_left_out(office: Office) -> None:
    await raised(office, "old")
    office.clock.advance(timedelta(days=8))
    await raised(office, "over")
    async with office.db.write() as tx:
        await office.paging.settle_source(tx, "over", "", office.clock.now())
    await raised(office, "open")
    found = await reports(office).report(office.actor(CAPELLA), timedelta(days=7))
    assert (found.pages, found.by_itself, found.unanswered, found.answer.many) == (2, 1, 1, 0)


async def test_a_time_without_pages_is_empty(office: Office) -> None:
    found = await reports(office).report(office.actor(CAPELLA), DAYS)
    assert (found.pages, found.load.calls, found.regions, found.people) == (0, 0, (), ())
    message = office.renderer.message("paging/report", report=found, names={})
    assert "No page was raised in this time." in str(message)


async def test_who_has_left_the_team_is_counted_by_the_clocks_of_the_region(office: Office) -> None:
    """They stand in the figures by their id."""
    await raised(office, "s1")
    before = (await reports(office).report(office.actor(ALTAIR), DAYS)).load
    people = tuple(p for p in office.directory.people if p.id != "capella")
    smaller = replace(office.directory, people=people)
    left = Reports(office.db, office.clock, lambda: smaller)
    found = await left.report(office.actor(ALTAIR), DAYS)
    assert [one.person for one in found.people] == ["capella"]
    assert found.load == before, "Capella lives in the zone of the region"


async def test_clients_see_no_figures(office: Office) -> None:
    with pytest.raises(Forbidden):
        await reports(office).report(office.actor("U0OPAL", "C0AURORA"), DAYS)
