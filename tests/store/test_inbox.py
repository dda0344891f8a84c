"""What arrives: once, kept until it is worked, without tokens, not for long."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.inbox.service import GIVE_UP_AFTER, KEPT, Inbox
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
