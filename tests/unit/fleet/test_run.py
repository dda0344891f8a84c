"""The fleet in an event loop: it answers a change at once, and a jump of the clock soon."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from sandbox.fleet import meta
from tests.unit.fleet.worlds import JOBS, World


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not what():  # noqa: ASYNC110 - the fleet tells nobody when it is done
            await asyncio.sleep(0.01)


async def test_a_change_is_seen_without_waiting_for_a_tick(world: World) -> None:
    name = world.running(queued=False)
    space = world.job(name)["metadata"]["namespace"]
    async with world.fleet:
        world.store.mutate(JOBS, name, space, lambda d: d["spec"].update(suspend=True))
        await asyncio.sleep(0)
        assert meta.is_true(world.job(name), "Suspended")


async def test_a_jump_of_the_clock_is_lived_through(world: World) -> None:
    lines = len(world.log(world.rank("llama-405b-pretrain")))
    async with world.fleet:
        world.clock.advance(timedelta(hours=1))
        await until(lambda: len(world.log(world.rank("llama-405b-pretrain"))) > lines)


async def test_after_the_block_nothing_moves(world: World) -> None:
    async with world.fleet:
        pass
    name = world.running(queued=False)
    space = world.job(name)["metadata"]["namespace"]
    world.store.mutate(JOBS, name, space, lambda d: d["spec"].update(suspend=True))
    world.clock.advance(timedelta(hours=1))
    await asyncio.sleep(0.3)
    assert not meta.is_true(world.job(name), "Suspended")
