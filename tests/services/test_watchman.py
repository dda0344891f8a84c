"""The watchman on both databases: what it puts right, what it says once, and when it says that all is not well."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging import messages as paging_messages
from bot.paging.model import Alarm, Reason
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database
from bot.watchman.pulse import Pulse
from bot.watchman.service import LEASE_DEAD, TICK_LATE, Kind, Watchman
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.office import TEMPLATES, TUESDAY

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]


class Tower:
    """A watchman over paging and an outbox that nobody rings and nobody sends."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.clock, self.time, directory = db, ManualClock(TUESDAY), 0.0, config.directory
        self.outbox, renderer = Outbox(db, self.clock), Renderer(TEMPLATES)
        words = paging_messages.Messages(self.outbox, renderer)
        roster = Roster(db, self.clock, directory, config.rota)
        self.paging = Paging(db, self.clock, directory, roster, config.escalation, words)
        self.pulse = Pulse(lambda: self.time)
        channel = config.directory().admin_channel
        self.watchman = Watchman(
            db, self.clock, self.paging, self.outbox, renderer, self.pulse, lambda: channel, lambda: self.time
        )

    async def paged(self) -> None:
        async with self.db.write() as tx:
            await self.paging.raise_in(tx, Alarm("s1", Reason("all ranks hang", "body", "why"), "eu"), self.clock.now())

    async def told(self) -> list[str]:
        async with self.db.read() as tx:
            rows = (await tx.scalars(select(OutgoingMessage).where(col(OutgoingMessage.key).startswith("watch")))).all()
        return [str(row.content["text"]) for row in rows]

    async def change(self, **values: object) -> None:
        async with self.db.write() as tx:
            await tx.execute(update(OutgoingMessage).values(**values))


@pytest.fixture
def tower(db: Database, config: Config) -> Tower:
    return Tower(db, config)


async def test_nothing_is_found_where_all_is_well(tower: Tower) -> None:
    await tower.paged()
    assert [await tower.watchman.look() for _ in range(3)] == [[], [], []]
    assert await tower.told() == []


async def test_an_overdue_step_is_taken_and_told_once(tower: Tower) -> None:
    """At the second look: at the first, paging itself may be about to do it."""
    await tower.paged()
    await tower.change(state="done", sent_version=1)
    tower.clock.advance(timedelta(minutes=6, seconds=1))
    assert await tower.watchman.look() == []
    async with tower.db.read() as tx:
        assert (await tx.scalars(select(Page))).one().contacts == 1
    assert await tower.watchman.look() == []
    async with tower.db.read() as tx:
        assert (await tx.scalars(select(Page))).one().contacts == 2
    assert await tower.watchman.look() == []
    (said,) = await tower.told()
    assert said == "The next step of P-1 was overdue. It has been put right."


async def test_what_a_dead_sender_held_is_freed_and_looked_for_before_it_is_sent_again(tower: Tower) -> None:
    await tower.paged()
    await tower.change(state="leased", lease_owner="the dead one", lease_number=1)
    await tower.watchman.look()
    tower.time = LEASE_DEAD
    for _ in range(2):
        assert await tower.watchman.look() == []
    async with tower.db.read() as tx:
        rows = (await tx.scalars(select(OutgoingMessage).where(col(OutgoingMessage.key).startswith("page/")))).all()
    assert rows
    assert {(row.state, row.ambiguous) for row in rows} == {("pending", True)}


async def test_a_page_that_does_not_leave_is_a_trouble_until_it_has_left(tower: Tower) -> None:
    await tower.paged()
    tower.clock.advance(timedelta(minutes=5))
    await tower.watchman.look()
    for _ in range(2):
        assert {one.kind for one in await tower.watchman.look()} == {Kind.UNSENT}
    assert all("could not be put right" in said for said in await tower.told())
    before = len(await tower.told())
    await tower.watchman.look()
    assert len(await tower.told()) == before, "each once"
    await tower.change(state="done", sent_version=1)
    assert await tower.watchman.look() == []


async def test_a_tick_that_fails_or_hangs_is_a_trouble(tower: Tower) -> None:
    async def broken() -> None:
        raise RuntimeError

    async def sound() -> None:
        pass

    ticks = [tower.pulse.around("broken", broken), tower.pulse.around("sound", sound)]
    tower.time = TICK_LATE
    with pytest.raises(RuntimeError):
        await ticks[0]()
    await ticks[1]()
    await tower.watchman.look()
    assert [(one.kind, one.subject) for one in await tower.watchman.look()] == [(Kind.TICK, "broken")]


async def test_a_database_that_cannot_be_asked_is_a_trouble_at_once(tower: Tower) -> None:
    async with tower.db.write() as tx:
        await tx.execute(text("ALTER TABLE page RENAME TO away"))
    assert [one.kind for one in await tower.watchman.look()] == [Kind.DATABASE]
    async with tower.db.write() as tx:
        await tx.execute(text("ALTER TABLE away RENAME TO page"))
    assert await tower.watchman.look() == []
