"""Shifts at the wire: what people are told, an edit of the file under a running bot, and user groups beside a page."""

import asyncio
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import manifest
from bot.config.schema import Commands
from bot.roster.tables import RosterEdition
from bot.store import claims
from sandbox.slack.hands import Hands
from sandbox.tour import words
from sandbox.world import Bot, World
from tests.wire.bot.live import EXAMPLE, PEOPLE, TUESDAY, Live

pytestmark = pytest.mark.wire
OPAL, CAPELLA, ALTAIR, RIGEL, CASTOR = "U0OPAL", "U0CAPELLA", "U0ALTAIR", "U0RIGEL", "U0CASTOR"
ADMIN, AURORA, EUROPE = "C0ADMIN", "C0AURORA", "C0TRIAGEEU"
ENDING = datetime(2026, 11, 24, 17, 25, tzinfo=UTC)
"""Five minutes before Europe's shift ends, at 18:30 in Berlin."""
EU_PRIMARY = "people: [mira, capella, altair]"


async def looked(live: Live, job: str = "shift notices") -> None:
    async def once() -> bool:
        async with live.parts.db.read() as tx:
            return await claims.looked(tx, job) is not None

    await live.until(once, "the first look")


async def members(hands: Hands, group: str) -> set[str]:
    for found in (await hands.state(CAPELLA))["groups"]:
        if found["id"] == group:
            return set(found["users"])
    return set()


async def test_whoever_ends_is_told_who_goes_on_and_what_is_open(tmp_path: Path) -> None:
    async with Live(tmp_path, start=ENDING) as live:
        await looked(live)
        live.advance(minutes=5, seconds=2)
        said = words(await live.sees(CAPELLA, await live.dm(CAPELLA), "Your shift is over"))
        assert "primary in Europe, 08:00–18:30 CET" in said
        assert f"United States leads now: <@{RIGEL}>" in said
        await live.stop()
        await live.start()
        live.advance(seconds=30)
        await looked(live)
        assert await live.count(CAPELLA, await live.dm(CAPELLA), "Your shift is over") == 1


async def test_an_edit_of_the_file_counts_without_a_restart_and_tells_whom_it_moves(tmp_path: Path) -> None:
    file = tmp_path / "heliograph.yaml"
    file.write_text(EXAMPLE.read_text())
    async with Live(tmp_path, roster=file) as live:
        wrong = EXAMPLE.read_text().replace("last_resort: sol", "last_resort: nobody")
        file.write_text(wrong)
        refused = words(await live.sees("U0SOL", ADMIN, "is refused"))
        assert "there is no person" in refused
        right = EXAMPLE.read_text().replace(EU_PRIMARY, "people: [mira, castor, altair]")
        file.write_text(right)
        await live.sees(CASTOR, await live.dm(CASTOR), "You gain")
        await live.sees(CAPELLA, await live.dm(CAPELLA), "You no longer have")
        await live.hands.command(CAPELLA, EUROPE, "/oncall", "")
        await live.sees(CAPELLA, EUROPE, f"<@{CASTOR}> is on duty")
        assert len(await live.rows(RosterEdition)) == 2


async def test_sighup_reads_the_file_at_once(tmp_path: Path) -> None:
    """As `kill -HUP` does it, on the process that people run."""
    made = manifest.manifest(Commands().model_dump())
    file = tmp_path / "heliograph.yaml"
    file.write_text(EXAMPLE.read_text())
    async with World(made, clock_start=TUESDAY, rate=1.0, nodes_per_site=4, folder=tmp_path) as world:
        bot = Bot(world.environment(PEOPLE), tmp_path, ("run", "--config", str(file)))
        try:
            await bot.start()
            assert bot.process is not None
            async with Hands(world.slack.url) as hands:

                async def read() -> bool:
                    return "roster file read again" in bot.log.read_text()

                os.kill(bot.process.pid, signal.SIGHUP)
                await hands.wait_for(read, "a look at the file", 20.0)
            assert bot.process.returncode is None
        finally:
            await bot.stop()


async def test_the_groups_hold_who_is_on_duty_and_follow_an_override(live: Live) -> None:
    async def holds(who: set[str]) -> bool:
        return await members(live.hands, "S0SUPPORTEU") == who

    await live.until(lambda: holds({CAPELLA, ALTAIR}), "Europe's group")
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "override <@U0MIRA> 1h")
    await live.until(lambda: holds({"U0MIRA", ALTAIR}), "the group after the override")


async def test_grafana_oncall_945_a_page_goes_out_while_groups_are_limited_for_minutes(tmp_path: Path) -> None:
    """Every call of `usergroups.*` answers 429, for two minutes each; the page is there within a second or two."""
    async with Live(tmp_path) as live:
        for method in ("usergroups.list", "usergroups.users.update", "usergroups.enable"):
            await live.hands.fault(method, "rate_limited", times=1000, retry_after=120)
        await live.stop()
        await live.start()
        await live.sees("U0SOL", ADMIN, "without usergroups")
        loop = asyncio.get_running_loop()
        began = loop.time()
        await live.hands.command(OPAL, AURORA, "/request", "sev1 everything stopped")
        await live.sees(CAPELLA, await live.dm(CAPELLA), "you are paged as")
        assert loop.time() - began < 5, "nothing waits for the groups"
        assert len(await live.hands.calls("usergroups.list")) <= 2
        assert await live.count("U0SOL", ADMIN, "without usergroups") == 1


async def test_a_workspace_that_lets_no_app_change_groups_is_one_warning(live: Live) -> None:
    await live.hands.call("POST", "settings", group_updates=False)
    await live.stop()
    await live.start()
    await live.hands.command(CAPELLA, EUROPE, "/oncall", "override <@U0MIRA> 1h")
    said = words(await live.sees("U0SOL", ADMIN, "permission_denied"))
    assert "S0SUPPORT" in said
    live.world.clock.advance(timedelta(minutes=1))
    assert await live.count("U0SOL", ADMIN, "permission_denied") <= 4, "once for each group"
