"""Heartbeats on both databases: what could not be heard is nobody's silence, and what is silent is one page."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.alerts.beats import Heartbeat
from bot.alerts.heartbeats import Heartbeats
from bot.alerts.tables import HeartbeatRow
from bot.clock import ManualClock
from bot.config.file import Config
from bot.outbox.api import Outbox
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
MINUTE = timedelta(minutes=1)
BEAT = Heartbeat("backup", "Nightly backup", 10 * MINUTE, 2 * MINUTE, "eu", "s3cret-of-the-backup")


class Tower:
    """`replica` is one more process on the same database; `seconds` is real time, which moves with `wait`."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.config, self.clock, self.seconds = db, config, ManualClock(TUESDAY), 0.0
        self.wanted: tuple[Heartbeat, ...] = (BEAT,)
        self.beats = self.replica()

    def replica(self) -> Heartbeats:
        outbox, renderer, directory = Outbox(self.db, self.clock), Renderer(TEMPLATES), self.config.directory
        words = paging_messages.Messages(outbox, renderer)
        roster = Roster(self.db, self.clock, directory, self.config.rota)
        paging = Paging(self.db, self.clock, directory, roster, self.config.escalation, words)
        upkeep = Upkeep(directory, words)
        return Heartbeats(
            self.db, self.clock, lambda: self.wanted, paging, upkeep, renderer, outbox.wake, lambda: self.seconds
        )

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.seconds += by.total_seconds()

    async def pages(self) -> list[Page]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(Page).order_by(col(Page.id)))).all())

    async def ticking(self, minutes: int, *replicas: Heartbeats) -> None:
        for _ in range(2 * minutes):
            self.wait(MINUTE / 2)
            for one in replicas or (self.beats,):
                await one.tick()


@pytest.fixture
def tower(db: Database, config: Config) -> Tower:
    return Tower(db, config)


async def test_while_the_database_was_away_nothing_could_be_heard(tower: Tower) -> None:
    """Nobody looked for an hour, in a process that went on: the interval begins anew, and still ends."""
    await tower.beats.tick()
    await tower.beats.heard(BEAT)
    tower.wait(60 * MINUTE)
    await tower.beats.tick()
    assert await tower.pages() == []
    await tower.ticking(11)
    assert await tower.pages() == []
    await tower.ticking(1)
    assert len(await tower.pages()) == 1


async def test_what_another_replica_could_hear_is_a_silence(tower: Tower) -> None:
    """One that could not look gives no respite where the other did."""
    other = tower.replica()
    await tower.beats.tick()
    await other.tick()
    await tower.beats.heard(BEAT)
    await tower.ticking(11, other)
    await tower.beats.tick()
    await tower.ticking(1, other)
    assert len(await tower.pages()) == 1


async def test_of_many_looks_and_calls_at_once_a_silence_is_one_page(tower: Tower) -> None:
    replicas = [tower.replica() for _ in range(4)]
    for one in replicas:
        await one.tick()
    await tower.ticking(11, *replicas)
    tower.wait(MINUTE)
    await asyncio.gather(*(one.tick() for one in replicas))
    assert len(await tower.pages()) == 1
    await asyncio.gather(*(one.heard(BEAT) for one in replicas), *(one.tick() for one in replicas))
    assert [page.state for page in await tower.pages()] == ["resolved"]


async def test_what_comes_back_into_the_file_pages_again(tower: Tower) -> None:
    """Its first silence had the same name: it must not be taken for the one that is over."""
    await tower.beats.tick()
    await tower.ticking(13)
    tower.wanted = ()
    await tower.beats.tick()
    async with tower.db.read() as tx:
        assert (await tx.scalars(select(HeartbeatRow))).all() == []
    tower.wanted = (BEAT,)
    await tower.ticking(13)
    assert [page.state for page in await tower.pages()] == ["resolved", "open"]
