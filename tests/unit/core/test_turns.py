"""How many listeners work at the same time: eight, one in a rush, and nobody waits behind one that hangs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.rush import LULL, Rush
from handlers.turns import AT_ONCE, IN_A_RUSH, QUICK, Turns


class Office:
    """Listeners that work until they are let go, a clock set by hand, and a door that is busy or not."""

    def __init__(self) -> None:
        self.now = 100.0
        self.rush = False
        self.turns = Turns(lambda: self.rush, lambda: self.now)
        self.at_work: list[int] = []
        self.most = 0
        self._ends: dict[int, asyncio.Event] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def come(self, *numbers: int, first: bool = False) -> None:
        for number in numbers:
            self._ends[number] = asyncio.Event()
            self._tasks[number] = asyncio.create_task(self._listen(number, first))
            await asyncio.sleep(0)
        await self.settle()

    async def _listen(self, number: int, first: bool) -> None:
        async with self.turns(first=first):
            self.at_work.append(number)
            try:
                await self._ends[number].wait()
            finally:
                self.at_work.remove(number)

    async def end(self, *numbers: int) -> None:
        for number in numbers:
            self._ends[number].set()
        await self.settle()

    async def cancel(self, number: int) -> None:
        self._tasks[number].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._tasks[number]
        await self.settle()

    async def until(self, *numbers: int) -> None:
        """The turns look by themselves whether the rush is over."""
        async with asyncio.timeout(5):
            while self.at_work != list(numbers):  # noqa: ASYNC110 the timer is what is waited for
                await asyncio.sleep(0)

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def close(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    made = Office()
    yield made
    await made.close()


async def test_a_few_work_at_the_same_time_and_the_others_in_their_order(office: Office) -> None:
    await office.come(*range(AT_ONCE + 3))
    assert office.at_work == list(range(AT_ONCE))
    await office.end(0, 4)
    assert office.at_work == [1, 2, 3, 5, 6, 7, AT_ONCE, AT_ONCE + 1]


async def test_in_a_rush_there_is_one_and_after_it_as_many_as_ever(office: Office) -> None:
    office.rush = True
    await office.come(1, 2, 3)
    assert office.at_work == [1][:IN_A_RUSH]
    await office.end(1)
    assert office.at_work == [2]
    office.rush = False
    await office.until(2, 3)


async def test_one_that_takes_long_does_not_hold_up_the_rush(office: Office) -> None:
    """A listener that waits for Slack's answer costs the loop nothing."""
    office.rush = True
    await office.come(1, 2)
    assert office.at_work == [1]
    office.now += QUICK
    await office.until(1, 2)


async def test_hanging_listeners_are_never_more_than_the_few(office: Office) -> None:
    await office.come(*range(AT_ONCE))
    office.rush = True
    office.now += 100 * QUICK
    await office.come(99)
    assert 99 not in office.at_work
    await office.end(3)
    assert 99 in office.at_work


async def test_what_is_about_a_page_goes_before_all_that_wait(office: Office) -> None:
    """Who acknowledges a page does not wait for a thousand requests that came before."""
    office.rush = True
    await office.come(1, 2, 3)
    await office.come(10, 11, first=True)
    await office.end(1)
    assert office.at_work == [10]
    await office.end(10)
    assert office.at_work == [11]
    await office.end(11)
    assert office.at_work == [2]


async def test_one_that_is_cancelled_gives_its_turn_on(office: Office) -> None:
    """Whether it works or still waits: no turn is lost, and none is given to somebody who has gone."""
    office.rush = True
    await office.come(1, 2, 3)
    await office.cancel(2)
    await office.cancel(1)
    assert office.at_work == [3]


async def test_one_that_is_cancelled_at_the_moment_of_its_turn_gives_it_on(office: Office) -> None:
    office.rush = True
    await office.come(1, 2, 3)
    office._ends[1].set()
    await asyncio.sleep(0)  # 1 ends, and 2 gets its turn, but has not run yet
    await office.cancel(2)
    await office.until(3)


def test_a_rush_is_over_when_nobody_came_for_a_while() -> None:
    now = [0.0]
    rush = Rush(lambda: now[0])
    assert not rush()
    rush.came()
    now[0] = LULL / 2
    assert rush()
    now[0] = LULL
    assert not rush()
