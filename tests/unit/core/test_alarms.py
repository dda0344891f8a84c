"""What rings, and how it comes to an end."""

import asyncio

from schedules.alarms import Alarms


async def test_a_ring_at_work_ends_before_the_alarms_do() -> None:
    """It may be in the middle of a transaction."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def ring() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.set()

    alarms = Alarms()
    alarms.every(0.01, "ring", ring)
    alarms.start()
    await begun.wait()
    await alarms.stop()
    assert ended.is_set()


async def test_a_ring_that_does_not_end_is_cut_off() -> None:
    """What waits for ever must not hold up the end of the process."""
    begun, cut_off = asyncio.Event(), asyncio.Event()

    async def ring() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut_off.set()
            raise

    alarms = Alarms()
    alarms.every(0.01, "ring", ring)
    alarms.start()
    await begun.wait()
    await alarms.stop(seconds=0.01)
    await cut_off.wait()


async def test_after_the_stop_nothing_rings() -> None:
    rings, begun = [], asyncio.Event()

    async def ring() -> None:
        rings.append(1)
        begun.set()

    alarms = Alarms()
    alarms.every(0.01, "ring", ring)
    alarms.start()
    await begun.wait()
    await alarms.stop()
    before = len(rings)
    await asyncio.sleep(0.05)
    assert len(rings) == before
