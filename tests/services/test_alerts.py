"""Alerts on both databases: together they page once, and all of a storm is remembered."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.alerts.model import Alert, Rules
from bot.alerts.service import KEPT, Alerts
from bot.alerts.tables import AlertRow
from bot.clock import ManualClock
from bot.config.file import Config
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging import messages as paging_messages
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.paging.upkeep import Upkeep
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TEMPLATES, TUESDAY

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
ALERT = Alert("a1", True, TUESDAY, {"alertname": "GpuOffBus", "severity": "critical"}, {})


class Tower:
    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.clock, directory = db, ManualClock(TUESDAY), config.directory
        outbox, renderer = Outbox(db, self.clock), Renderer(TEMPLATES)
        words = paging_messages.Messages(outbox, renderer)
        roster = Roster(db, self.clock, directory, config.rota)
        paging = Paging(db, self.clock, directory, roster, config.escalation, words)
        upkeep = Upkeep(directory, words)
        self.rules = Rules()
        self.alerts = Alerts(db, self.clock, directory, lambda: self.rules, paging, upkeep, renderer, outbox.wake)

    async def pages(self) -> list[Page]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(Page).order_by(col(Page.id)))).all())


@pytest.fixture
def tower(db: Database, config: Config) -> Tower:
    return Tower(db, config)


def many(number: int) -> list[Alert]:
    return [replace(ALERT, fingerprint=f"n{n}") for n in range(number)]


async def test_several_alertmanagers_at_the_same_moment_page_once(tower: Tower) -> None:
    await asyncio.gather(*(tower.alerts.receive([ALERT]) for _ in range(8)))
    assert len(await tower.pages()) == 1


async def test_a_storm_told_in_parts_at_once_is_one_page(tower: Tower) -> None:
    await asyncio.gather(*(tower.alerts.receive(many(1200)[start : start + 400]) for start in (0, 400, 800)))
    (page,) = await tower.pages()
    assert page.title == "Storm of alerts, 1200 firing: GpuOffBus (1200)"


async def test_what_alertmanager_cut_off_counts_for_the_storm_and_is_said(tower: Tower) -> None:
    await tower.alerts.receive(many(2), withheld=40)
    (page,) = await tower.pages()
    assert "withheld 40 more" in page.body


async def test_what_was_cut_off_and_is_in_no_storm_pages_somebody_to_look_there(tower: Tower) -> None:
    """The new ones may be just those that were cut off: what came is known already, or too few for a storm."""
    await tower.alerts.receive([ALERT])
    for _ in range(2):
        await tower.alerts.receive([ALERT], withheld=3)
    assert [page.title for page in await tower.pages()] == [
        "GpuOffBus",
        "Alertmanager withheld 3 alerts",
    ]
    await tower.alerts.receive([], withheld=1)
    assert len(await tower.pages()) == 2, "once an hour"


async def test_the_count_of_a_storm_follows_what_is_cut_off(tower: Tower) -> None:
    await tower.alerts.receive(many(6))
    await tower.alerts.receive(many(6), withheld=90)
    (page,) = await tower.pages()
    assert "withheld 90 more" in page.body


def of_namespace(client: str, number: int) -> list[Alert]:
    labels = {"alertname": "NodeDown", "namespace": f"{client}-train"}
    return [replace(ALERT, fingerprint=f"{client}{n}", labels=labels) for n in range(number)]


async def test_a_storm_of_each_client_if_the_file_says_so(tower: Tower) -> None:
    """Aurora's storm does not swallow the one alert of Borealis, and each says whose it is."""
    tower.rules = Rules(per_client=True)
    await tower.alerts.receive([*of_namespace("aurora", 6), *of_namespace("borealis", 1), *many(6)])
    await tower.alerts.receive(of_namespace("aurora", 8))
    pages = {(page.client, page.title) for page in await tower.pages()}
    assert pages == {
        ("aurora", "Storm of alerts of Aurora, 8 firing: NodeDown (8)"),
        ("borealis", "NodeDown"),
        ("", "Storm of alerts, 6 firing: GpuOffBus (6)"),
    }
    await tower.alerts.receive([replace(one, firing=False) for one in of_namespace("aurora", 8)])
    assert {(page.client, page.state) for page in await tower.pages()} == {
        ("aurora", "resolved"),
        ("borealis", "open"),
        ("", "open"),
    }


async def test_the_size_and_the_window_of_a_storm_are_the_files(tower: Tower) -> None:
    tower.rules = Rules(storm=3, window=timedelta(minutes=2))
    for number in range(4):
        await tower.alerts.receive(many(4)[number : number + 1])
    assert len(await tower.pages()) == 3
    tower.clock.advance(timedelta(minutes=3))
    await tower.alerts.receive([replace(ALERT, fingerprint="late")])
    assert (await tower.pages())[-1].title.startswith("Storm"), "nobody has answered it: what is new joins it"
    assert len(await tower.pages()) == 3


async def test_the_end_of_an_alert_cancels_what_has_not_left(tower: Tower) -> None:
    """Nobody's phone rings about what is over."""
    await tower.alerts.receive([ALERT])
    await tower.alerts.receive([replace(ALERT, firing=False)])
    async with tower.db.read() as tx:
        rows = list((await tx.scalars(select(OutgoingMessage))).all())
    assert rows
    assert {row.state for row in rows} == {"cancelled"}


async def test_an_end_that_nobody_knows_the_beginning_of_is_nothing(tower: Tower) -> None:
    assert await tower.alerts.receive([replace(ALERT, firing=False)]) == []
    assert await tower.pages() == []


async def test_what_cannot_be_read_pages_once_an_hour(tower: Tower) -> None:
    for minutes in (0, 20, 60):
        tower.clock.advance(timedelta(minutes=minutes))
        await tower.alerts.unreadable("It is too long.", "H-000001")
    assert ["H-000001" in page.body for page in await tower.pages()] == [True, True]


async def test_alerts_that_ended_a_month_ago_are_forgotten(tower: Tower) -> None:
    await tower.alerts.receive([ALERT, replace(ALERT, fingerprint="a2")])
    await tower.alerts.receive([replace(ALERT, firing=False)])
    tower.clock.advance(KEPT + timedelta(seconds=1))
    await tower.alerts.prune()
    async with tower.db.read() as tx:
        assert [row.fingerprint for row in (await tx.scalars(select(AlertRow))).all()] == ["a2"]
