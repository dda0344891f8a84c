"""Two replicas on one PostgreSQL, one of which is killed; and the database itself, which is started anew."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.fixtures_postgres import server
from tests.wire.kills.replicas import Replicas
from tests.wire.kills.victim import CAPELLA, EUROPE, Kills

pytestmark = [pytest.mark.wire, pytest.mark.postgres, pytest.mark.timeout(600)]
MOST = 20
"""Pages until one is worked by the replica that is to be killed; each has an even chance of it."""


@pytest.mark.parametrize("step", ["outbox.leased", "outbox.sent_not_recorded", "page.stepping", "listener.begun"])
async def test_of_two_replicas_one_is_killed_and_the_other_goes_on(tmp_path: Path, step: str) -> None:
    """What the dead one held is delivered by the other within seconds, once, though nobody starts it anew.

    So is what it had acknowledged and not begun, or begun and not committed: nothing is raised yet then.
    """
    with server() as database:
        async with Kills(tmp_path, database.fresh_database()) as kills:
            other = kills.another(armed=False)
            await other.start()
            try:
                kills.arm(step)
                dead, markers = False, []
                while not dead and len(markers) < MOST:
                    markers.append(f"replica-{len(markers)}-end")
                    await kills.hands.command(CAPELLA, EUROPE, "/page", f"eu {markers[-1]}")
                    await asyncio.wait([asyncio.create_task(_ended(kills))], timeout=2)
                    dead = kills.bot.process is not None and kills.bot.process.returncode == -signal.SIGKILL
                assert dead, "the armed replica never came to the step"
                kills.disarm()
                for marker in markers:
                    await kills.contacts(marker, 1)
                await kills.settled()
                for marker in markers:
                    await kills.once_and_reached(marker)
            finally:
                await other.kill()


async def test_what_the_dead_one_was_to_escalate_or_had_been_told_the_other_does(tmp_path: Path) -> None:
    with server() as database:
        async with Replicas(tmp_path, database.fresh_database()) as kills:
            for what, step in (
                *(("escalate", step) for step in ("page.stepping", "outbox.leased", "outbox.sent_not_recorded")),
                *(("acknowledge", step) for step in ("listener.begun", "page.answered")),
            ):
                await kills.one(what, step)
            assert all(late < 10 for late, _ in kills.late), kills.late


async def test_the_database_is_started_anew_while_pages_are_raised(tmp_path: Path) -> None:
    """Without asking anybody to leave: what was acknowledged to Slack is worked, what was raised is delivered once."""
    with server({}) as database:
        async with Kills(tmp_path, database.fresh_database()) as kills:
            await kills.raised("before-end")
            markers = [f"around-{number}-end" for number in range(6)]
            restarting = asyncio.create_task(asyncio.to_thread(database.restart))
            raised = []
            for marker in markers:
                said = await kills.hands.command(CAPELLA, EUROPE, "/page", f"eu {marker}")
                raised += [marker] if said["acked"] else []
                await asyncio.sleep(0.1)
            await restarting
            await kills.raised("after-end")
            for marker in raised:
                await kills.contacts(marker, 1)
            await kills.settled()
            for marker in ("before-end", *raised, "after-end"):
                await kills.once_and_reached(marker)


async def _ended(kills: Kills) -> None:
    assert kills.bot.process is not None
    await kills.bot.process.wait()
