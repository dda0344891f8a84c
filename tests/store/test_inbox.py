"""What arrives: once, kept until it is worked, without tokens, not for long."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from bot.clock import ManualClock
from bot.inbox.service import GIVE_UP_AFTER, GONE_FOR, KEPT, Inbox
from bot.inbox.tables import Incoming
from bot.store.database import Database


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 28, 12, tzinfo=UTC))


@pytest.fixture
def inbox(db: Database, clock: ManualClock) -> Inbox:
    return Inbox(db, clock)


async def test_a_redelivery_is_told_apart_also_at_the_same_moment(inbox: Inbox) -> None:
    """Two sockets, one envelope delivered on both: one of them works it."""
    new = await asyncio.gather(*(inbox.receive("event/Ev1", "event_callback", {}) for _ in range(5)))
    assert sorted(new) == [False, False, False, False, True]


async def test_what_was_not_finished_comes_again_at_start_and_what_was_does_not(
    inbox: Inbox, clock: ManualClock
) -> None:
    for key in ("a", "b", "c"):
        await inbox.receive(key, "command", {"text": key})
        clock.advance(timedelta(seconds=1))
    await inbox.done("a")
    await inbox.failed("b", "H-1: went wrong")
    left = await inbox.unfinished()
    assert [(row.key, row.body) for row in left] == [("c", {"text": "c"})]
    assert await inbox.unfinished(before=clock.now() - timedelta(minutes=1)) == []


async def test_what_ends_the_process_each_time_is_given_up(inbox: Inbox) -> None:
    """An envelope that kills the process must not keep it from starting for ever."""
    await inbox.receive("poison", "command", {})
    for _ in range(GIVE_UP_AFTER):
        assert len(await inbox.unfinished()) == 1
    assert await inbox.unfinished() == []


class Replicas:
    """Three processes on one database; `living` are those whose sessions stand."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self.living, self.time = {"a", "b", "c"}, 0.0
        self.a, self.b, self.c = (Inbox(db, clock, name, self.gone, self.seconds) for name in "abc")

    async def gone(self, tx: AsyncSession, owners: Collection[str]) -> set[str]:
        return set(owners) - self.living

    def seconds(self) -> float:
        return self.time


@pytest.fixture
def replicas(db: Database, clock: ManualClock) -> Replicas:
    return Replicas(db, clock)


async def test_what_a_replica_that_died_left_is_taken_up_once_by_one_that_lives(replicas: Replicas) -> None:
    """After seconds in which it stayed gone, and never what those that live are working on."""
    await replicas.a.receive("of a", "command", {"text": "help"})
    await replicas.b.receive("of b", "command", {})
    assert await replicas.b.orphans() == []
    replicas.living = {"b", "c"}
    assert await replicas.b.orphans() == []
    assert await replicas.c.orphans() == []
    replicas.time = GONE_FOR
    both = await asyncio.gather(replicas.b.orphans(), replicas.c.orphans())
    assert sorted([(row.key, row.body) for row in rows] for rows in both) == [[], [("of a", {"text": "help"})]]
    replicas.time = 3 * GONE_FOR
    assert [await replica.orphans() for replica in (replicas.b, replicas.c)] == [[], []]
    await replicas.b.done("of a")
    replicas.living = {"c"}
    await replicas.c.orphans()
    replicas.time = 5 * GONE_FOR
    assert [row.key for row in await replicas.c.orphans()] == ["of b"], "b had worked what it took from a"


async def test_a_replica_that_was_only_out_of_sight_keeps_its_own(replicas: Replicas) -> None:
    """As when the database is started anew: for a moment nobody's session stands."""
    await replicas.a.receive("of a", "command", {})
    replicas.living = {"b"}
    await replicas.b.orphans()
    replicas.living, replicas.time = {"a", "b"}, GONE_FOR
    assert await replicas.b.orphans() == []
    replicas.living = {"b"}
    assert await replicas.b.orphans() == [], "counted anew"


async def test_a_replica_that_starts_leaves_alone_what_another_is_working_on(replicas: Replicas) -> None:
    await replicas.a.receive("of a", "command", {})
    await replicas.b.receive("of b", "command", {})
    replicas.living = {"a", "c"}
    assert [row.key for row in await replicas.c.unfinished()] == ["of b"]


async def test_what_kills_each_replica_that_takes_it_up_is_given_up(replicas: Replicas) -> None:
    await replicas.a.receive("poison", "command", {})
    taken = 0
    for turn, (one, living) in enumerate(
        ((replicas.b, {"b"}), (replicas.c, {"c"}), *((replicas.b, {"b"}), (replicas.c, {"c"})))
    ):
        replicas.living = living
        await one.orphans()
        replicas.time = (turn + 1) * 2 * GONE_FOR
        taken += len(await one.orphans())
    assert taken == GIVE_UP_AFTER


async def test_tokens_do_not_become_rows(inbox: Inbox, db: Database) -> None:
    body = {"token": "s3cret", "event": {"bot_access_token": "s3cret", "text": "hello"}, "list": [{"token": "s3cret"}]}
    await inbox.receive("a", "event_callback", body)
    async with db.read() as tx:
        row = (await tx.scalars(select(Incoming))).one()
    assert row.body == {"event": {"text": "hello"}, "list": [{}]}


async def test_rows_go_after_a_day(inbox: Inbox, clock: ManualClock) -> None:
    await inbox.receive("old", "command", {})
    clock.advance(KEPT - timedelta(hours=1))
    await inbox.receive("new", "command", {})
    assert await inbox.prune(clock.now()) == 0
    clock.advance(timedelta(hours=2))
    assert await inbox.prune(clock.now()) == 1
    assert await inbox.receive("new", "command", {}) is False
