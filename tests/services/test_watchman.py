"""The watchman on both databases: what it puts right, what it says once, and when it says that all is not well."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk import messages as desk_messages
from bot.desk.service import Desk
from bot.diagnose.service import Diagnose
from bot.directory import access
from bot.directory.model import Role
from bot.fleet.service import Fleet
from bot.handoff import messages as handoff_messages
from bot.handoff.service import Handoffs
from bot.handoff.tables import Handoff
from bot.outbox.api import Destination, Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging import messages as paging_messages
from bot.paging.model import Alarm, Reason, Target
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.paging.unreached import Unreached
from bot.roster.service import Roster
from bot.slack.render import Message, Renderer
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
        says = desk_messages.Messages(self.outbox, renderer, directory)
        desk = Desk(db, self.clock, directory, roster, self.paging, says)
        diagnose = Diagnose(Fleet(directory().clusters, self.clock), self.clock)
        told = handoff_messages.Messages(self.outbox, renderer, directory)
        self.handoffs = Handoffs(db, self.clock, directory, roster, desk, diagnose, told)
        self.escalation = config.escalation()
        self.pulse = Pulse(lambda: self.time)
        channel = config.directory().admin_channel
        self.watchman = Watchman(
            db,
            self.clock,
            self.paging,
            self.handoffs,
            self.outbox,
            renderer,
            self.pulse,
            lambda: channel,
            lambda: self.escalation,
            self.seconds,
        )

        self.unreached = Unreached(db, self.clock, directory, self.outbox, renderer)
        self.capella = access.actor(directory(), "U0CAPELLA", "", {Role.ENGINEER: frozenset({"U0CAPELLA"})})

    def seconds(self) -> float:
        return self.time

    async def handed_over(self, boundary: datetime, outgoing: str, incoming: str) -> None:
        async with self.db.write() as tx:
            facts = {"items": []}
            tx.add(
                Handoff(
                    boundary=boundary,
                    outgoing_region=outgoing,
                    incoming_region=incoming,
                    facts=facts,
                    published_at=boundary,
                )
            )

    async def handoffs_made(self) -> list[Handoff]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(Handoff).order_by(col(Handoff.boundary)))).all())

    async def paged(self) -> None:
        async with self.db.write() as tx:
            await self.paging.raise_in(tx, Alarm("s1", Reason("all ranks hang", "body", "why"), "eu"), self.clock.now())

    async def raised(self, tx: AsyncSession, asked: Target) -> None:
        reason = Reason("all ranks hang", "body", "why")
        await self.paging.raise_in(tx, Alarm("s1", reason, "eu", asked=asked), self.clock.now())

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


async def test_after_a_clock_was_set_back_a_page_waits_no_longer_than_its_policy(tower: Tower) -> None:
    """By an hour: its next step would be an hour late. The wait begins anew, and the admins read why, once."""
    await tower.paged()
    await tower.change(state="done", sent_version=1)
    tower.clock.advance(timedelta(hours=-1))
    for _ in range(3):
        assert await tower.watchman.look() == []
    async with tower.db.read() as tx:
        page = (await tx.scalars(select(Page))).one()
    assert page.due_at == tower.clock.now() + timedelta(minutes=10), "the longest wait of the policy"
    assert await tower.told() == [
        "P-1 would wait longer than its policy says, as after a clock that was set back or an edit that shortens its "
        "waits. It has been put right."
    ]
    tower.clock.advance(timedelta(minutes=10))
    await tower.paging.tick()
    async with tower.db.read() as tx:
        assert (await tx.scalars(select(Page))).one().contacts == 2


async def test_after_a_clock_was_set_back_an_acknowledged_page_asks_again_as_soon_as_ever(tower: Tower) -> None:
    await tower.paged()
    await tower.paging.acknowledge(tower.capella, 1)
    tower.clock.advance(timedelta(days=-1))
    for _ in range(2):
        await tower.watchman.look()
    async with tower.db.read() as tx:
        assert (await tx.scalars(select(Page))).one().due_at == tower.clock.now() + timedelta(minutes=60)


async def test_where_the_file_asks_nobody_again_an_acknowledged_page_is_left_alone(
    tower: Tower, config: Config
) -> None:
    """It was acknowledged when the file still asked again; the edit is no clock that was set back."""
    await tower.paged()
    await tower.paging.acknowledge(tower.capella, 1)
    tower.escalation = replace(config.escalation(), ask_again=timedelta())
    assert [await tower.watchman.look() for _ in range(3)] == [[], [], []]
    assert await tower.told() == []


async def test_after_a_clock_was_set_back_what_waits_leaves_at_once(tower: Tower) -> None:
    """Messages that were written "in the future" and had not left; a notice for tomorrow keeps its time."""
    await tower.paged()
    tomorrow = tower.clock.now() + timedelta(days=1)
    async with tower.db.write() as tx:
        message = Message("later", [])
        await tower.outbox.post(tx, "notice", Destination(user="U0VEGA"), message, due=tomorrow)
    tower.clock.advance(timedelta(hours=-1))
    for _ in range(2):
        assert await tower.watchman.look() == []
    async with tower.db.read() as tx:
        due = {row.key: row.due_at for row in (await tx.scalars(select(OutgoingMessage))).all()}
    assert due.pop("notice") == tomorrow
    assert {key for key, at in due.items() if at > tower.clock.now()} == set()
    assert {key.rpartition("/")[2] for key in due if key.startswith("page/")} == {"dm", "sms"}


async def test_a_clock_that_is_right_and_replicas_that_differ_a_little_are_left_alone(tower: Tower) -> None:
    await tower.paged()
    tower.clock.advance(timedelta(seconds=-5))
    assert [await tower.watchman.look() for _ in range(3)] == [[], [], []]
    assert await tower.told() == []


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


BOUNDARY = TUESDAY + timedelta(minutes=25)
"""Of Europe and the United States, at 16:30."""


async def test_a_boundary_without_a_handoff_is_made_up_and_told_once(tower: Tower) -> None:
    await tower.handed_over(BOUNDARY - timedelta(hours=9), "in", "eu")
    tower.clock.jump(BOUNDARY + timedelta(minutes=2))
    assert await tower.watchman.look() == []
    assert len(await tower.handoffs_made()) == 1, "only suspected: its own tick may be at it"
    for _ in range(3):
        assert await tower.watchman.look() == []
    made = await tower.handoffs_made()
    assert [(one.boundary, one.outgoing_region, one.incoming_region) for one in made][1:] == [(BOUNDARY, "eu", "us")]
    assert await tower.told() == [
        "The lead went over at 16:30 UTC and no handoff was published. It has been put right."
    ]


@pytest.mark.parametrize(
    ("last", "incoming", "minutes"),
    [
        (None, "", 10),
        (BOUNDARY, "us", 10),
        (BOUNDARY - timedelta(minutes=30), "us", 10),
        (BOUNDARY - timedelta(hours=9), "eu", 1),
    ],
    ids=["before the first of all", "it is there", "its boundary was moved", "a moment ago"],
)
async def test_no_handoff_is_made_up_where_none_is_missing(
    tower: Tower, last: datetime | None, incoming: str, minutes: int
) -> None:
    if last is not None:
        await tower.handed_over(last, "eu", incoming)
    before = len(await tower.handoffs_made())
    tower.clock.jump(BOUNDARY + timedelta(minutes=minutes))
    for _ in range(3):
        assert await tower.watchman.look() == []
    assert len(await tower.handoffs_made()) == before
    assert await tower.told() == []
