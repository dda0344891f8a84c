"""Small writes share a commit; urgent ones go first; one that fails fails alone."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from bot.inbox.tables import Incoming
from bot.store import rows
from bot.store.database import Database
from bot.store.together import Together
from bot.store.turn import Turn


def _row(key: str) -> Incoming:
    return Incoming(key=key, kind="command", body={}, received_at=datetime(2026, 3, 28, tzinfo=UTC))


async def _write(tx: AsyncSession, keys: list[str]) -> list[bool]:
    if "!" in keys:
        raise RuntimeError("not this one")
    return await rows.insert_new_all(tx, [_row(key) for key in keys], lambda row: row.key)


async def test_one_that_fails_takes_nobody_with_it(db: Database) -> None:
    together = Together(db, _write)
    outcomes = await asyncio.gather(*(together.do(key) for key in "01234!"), return_exceptions=True)
    assert outcomes[:5] == [True] * 5
    assert isinstance(outcomes[5], RuntimeError)
    async with db.read() as tx:
        assert len((await tx.scalars(select(Incoming))).all()) == 5


async def test_a_caller_that_goes_away_harms_nobody(db: Database) -> None:
    together = Together(db, _write)
    gone = asyncio.create_task(together.do("gone"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await together.do("stays")
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_urgent_goes_first_and_the_cancelled_leave_the_queue() -> None:
    turn = Turn()
    order: list[str] = []

    async def take(name: str, urgent: bool) -> None:
        async with turn(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with turn():
        waiting = [
            asyncio.create_task(take(name, urgent))
            for name, urgent in (("a", False), ("gone", False), ("b", False), ("urgent", True))
        ]
        await asyncio.sleep(0)
        waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert order == ["urgent", "a", "b"]
    async with turn():
        pass


async def test_a_turn_that_comes_with_the_cancellation_is_passed_on() -> None:
    turn = Turn()

    async def take() -> None:
        async with turn():
            pass

    async with turn():
        first, second = asyncio.create_task(take()), asyncio.create_task(take())
        await asyncio.sleep(0)
    first.cancel()
    async with asyncio.timeout(5):
        await second
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_of_many_at_once_each_learns_whether_it_was_new(db: Database) -> None:
    """One that is there, and the second of two that are the same, are not."""
    together = Together(db, _write)
    assert await together.do("there")
    assert await asyncio.gather(*(together.do(key) for key in ("a", "there", "b", "a"))) == [True, False, True, False]
    async with db.read() as tx:
        assert {row.key for row in (await tx.scalars(select(Incoming))).all()} == {"there", "a", "b"}
