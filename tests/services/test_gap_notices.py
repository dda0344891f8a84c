"""A gap is told once when it is seen and once when it begins; what closes it is the end of the matter."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import templates
from bot.clock import ManualClock
from bot.config.file import Config
from bot.roster.tables import TimeOffRow
from bot.shifts.tables import GapNotice
from bot.slack.render import Renderer
from bot.store.database import Database
from schedules.rota import resolve
from tests.services.test_shift_notices import HOUR, local
from tests.services.ward import Ward

MONDAY = datetime(2026, 3, 23, 6, tzinfo=UTC)
MINUTES = timedelta(minutes=10)


@pytest.fixture
async def ward(tmp_path: Path, config: Config) -> AsyncIterator[Ward]:
    db = Database.open(f"sqlite:///{tmp_path}/test.sqlite3")
    await db.migrate()
    yield Ward(config, db, ManualClock(MONDAY), Renderer(Path(templates.__file__).parent))
    await db.close()


def away(ward: Ward, start: datetime, end: datetime) -> TimeOffRow:
    """Whoever is Europe's primary at `start` is away."""
    shifts = resolve.at(ward.rota, start).shifts
    who = next(s.person for s in shifts if (s.region, s.role) == ("eu", "primary"))
    return TimeOffRow(source=f"off-{start}", person=who, start=start, end=end, made_at=MONDAY, made_by="U0")


async def test_grafana_oncall_1553_a_gap_is_not_repeated_every_ten_minutes(ward: Ward) -> None:
    await ward.tick(MONDAY)
    await ward.add(away(ward, local(3, 25, 8), local(3, 26, 19)))
    await ward.run(MONDAY + HOUR, local(3, 27, 0), MINUTES)
    (seen,) = await ward.sent("gap/seen/")
    assert seen.channel == "C0TRIAGEEU"
    assert "2 gaps in Europe" in str(seen.content)
    assert "Wed 25 Mar 08:00 – Wed 18:30 CET" in str(seen.content)
    begun = await ward.sent("gap/begins/")
    assert [m.channel for m in begun] == ["C0TRIAGEEU", "C0ADMIN"] * 2
    assert [r.began_at.hour for r in await ward.rows(GapNotice)] == [7, 7]


async def test_a_gap_that_somebody_closes_is_not_told_when_it_would_have_begun(ward: Ward) -> None:
    row = away(ward, local(3, 25, 8), local(3, 25, 19))
    await ward.tick(MONDAY)
    await ward.add(row)
    await ward.tick(MONDAY + HOUR)
    async with ward.db.write() as tx:
        found = await tx.get(TimeOffRow, row.id)
        assert found is not None
        found.cancelled_at = found.start
        await ward.roster.standing.changed(tx)
    await ward.run(MONDAY + 2 * HOUR, local(3, 26, 0))
    assert len(await ward.sent("gap/seen/")) == 1
    assert await ward.sent("gap/begins/") == []


async def test_a_gap_that_begins_at_once_is_one_message(ward: Ward) -> None:
    """Seen and begun in the same moment: what to read is that it has begun."""
    noon = local(3, 25, 12)
    await ward.tick(noon)
    await ward.add(away(ward, noon, local(3, 25, 19)))
    await ward.run(noon, noon + HOUR, MINUTES)
    assert await ward.sent("gap/seen/") == []
    assert len(await ward.sent("gap/begins/")) == 2


async def test_a_longer_gap_tells_only_what_is_new(ward: Ward) -> None:
    await ward.tick(MONDAY)
    await ward.add(away(ward, local(3, 25, 8), local(3, 25, 12)))
    await ward.tick(MONDAY + HOUR)
    await ward.add(away(ward, local(3, 25, 12), local(3, 25, 19)))
    await ward.tick(MONDAY + 2 * HOUR)
    first, second = await ward.told("gap/seen/")
    assert "08:00 – Wed 12:00" in first
    assert "12:00 – Wed 18:30" in second


async def test_two_replicas_and_a_restart_tell_it_once(ward: Ward) -> None:
    await ward.tick(MONDAY)
    await ward.add(away(ward, local(3, 25, 8), local(3, 25, 19)))
    await ward.tick(MONDAY + HOUR)
    await ward.again().tick(MONDAY + 2 * HOUR)
    assert len(await ward.sent("gap/seen/")) == 1


async def test_gaps_can_be_switched_off(ward: Ward) -> None:
    ward.wanted = replace(ward.wanted, gap_days=0)
    await ward.add(away(ward, local(3, 25, 8), local(3, 25, 19)))
    await ward.run(local(3, 25, 6), local(3, 25, 12))
    assert await ward.sent("gap/") == []
