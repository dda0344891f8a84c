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


async def test_one_that_fails_takes_nobody_with_it(db: Database) -> None:
    together = Together(db)

    async def fail(tx: AsyncSession) -> bool:
        raise RuntimeError("only I")

    good = [together.do(lambda tx, key=str(n): rows.insert_new(tx, _row(key))) for n in range(5)]
    outcomes = await asyncio.gather(*good, together.do(fail), return_exceptions=True)
    assert outcomes[:5] == [True] * 5
    assert isinstance(outcomes[5], RuntimeError)
    async with db.read() as tx:
        assert len((await tx.scalars(select(Incoming))).all()) == 5


async def test_a_caller_that_goes_away_harms_nobody(db: Database) -> None:
    together = Together(db)
    gone = asyncio.create_task(together.do(lambda tx: rows.insert_new(tx, _row("gone"))))
    await asyncio.sleep(0)
    gone.cancel()
    assert await together.do(lambda tx: rows.insert_new(tx, _row("stays")))
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
