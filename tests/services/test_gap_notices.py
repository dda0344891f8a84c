"""A gap is told once when it is seen and once when it begins; what closes it is the end of the matter."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
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
from schedules.rota.model import Role
from tests.services.test_shift_notices import BERLIN, HOUR, local
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


async def everybody_away(ward: Ward, length: timedelta, start: time, end: time) -> None:
    """All that Europe's primary falls to, from Wednesday on; its hours are the only ones that a rule asks for."""
    rule = next(r for r in ward.rota.rules if (r.region, r.role) == ("eu", Role.PRIMARY))
    every_day = rule.weekdays if start < end else frozenset(range(7))
    ward.rota = replace(ward.rota, rules=(replace(rule, weekdays=every_day, start=start, end=end),))
    wednesday = local(3, 25, 0)
    until = (wednesday.astimezone(BERLIN) + length).astimezone(UTC)
    made = {"start": wednesday, "end": until, "made_at": MONDAY, "made_by": "U0"}
    await ward.add(*(TimeOffRow(source=p, person=p, **made) for p in ward.rota.rotation("eu-primary").people))


async def looks(ward: Ward, start: datetime, end: datetime, step: timedelta) -> None:
    """The alarm of the gaps alone."""
    at = start
    while at < end:
        ward.clock.jump(at + timedelta(seconds=20))
        await ward.gaps.tick()
        at += step


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


async def test_grafana_oncall_1553_a_gap_that_the_horizon_crosses_is_told_whole_and_once(ward: Ward) -> None:
    """Away from the day after tomorrow for ten days: a look every ten minutes, and day after day comes in sight."""
    await everybody_away(ward, timedelta(days=10), time(8), time(18, 30))
    await looks(ward, MONDAY, local(3, 26, 0), MINUTES)
    await looks(ward, local(3, 26, 0), local(4, 4, 0), HOUR)
    seen = "".join(await ward.told("gap/seen/"))
    days = [
        "Wed 25 Mar",
        "Thu 26 Mar",
        "Fri 27 Mar",
        "Mon 30 Mar",
        "Tue 31 Mar",
        "Wed 01 Apr",
        "Thu 02 Apr",
        "Fri 03 Apr",
    ]
    assert [seen.count(f"{day} 08:00 – {day[:3]} 18:30") for day in days] == [1] * 8
    assert seen.count("• ") == 8
    assert len(await ward.sent("gap/begins/")) == 8 * 2


@pytest.mark.parametrize(
    ("days", "until", "begun"),
    [
        (10, "Wed 25 Mar 00:00 – Sat 04 Apr 00:00 CEST", "until <!date"),
        (60, "no end in sight", "and no end is in sight"),
    ],
)
async def test_a_gap_round_the_clock_is_one_message_however_long_it_is(
    ward: Ward, days: int, until: str, begun: str
) -> None:
    """It is followed to its end beyond the horizon; where none is in sight, what comes into sight of it is no news."""
    await everybody_away(ward, timedelta(days=days), time(0), time(0))
    await looks(ward, MONDAY, MONDAY + timedelta(days=10), HOUR)
    await looks(ward.again(), MONDAY + timedelta(days=10), MONDAY + timedelta(days=30), timedelta(hours=6))
    (seen,) = await ward.told("gap/seen/")
    assert until in seen
    region, admins = await ward.told("gap/begins/")
    assert region == admins
    assert begun in region


async def test_people_are_named_and_not_mentioned(ward: Ward) -> None:
    """The roster says `mira`; who is away is not rung for it."""
    row = away(ward, local(3, 25, 8), local(3, 25, 19))
    name = row.person.title()
    await ward.tick(MONDAY)
    await ward.add(row)
    await ward.tick(MONDAY + HOUR)
    await ward.tick(local(3, 25, 8))
    for said in await ward.told("gap/"):
        assert f"{name} is away, and nobody covers." in said
        assert f"U0{name.upper()}" not in said
    assert len(await ward.sent("gap/")) == 3


async def test_a_gap_told_in_two_pieces_begins_once(ward: Ward) -> None:
    """It was made longer by an edit: the second piece is not told again at the hour at which it would have begun."""
    await ward.tick(MONDAY)
    await ward.add(away(ward, local(3, 25, 8), local(3, 25, 12)))
    await ward.tick(MONDAY + HOUR)
    await ward.add(away(ward, local(3, 25, 12), local(3, 25, 19)))
    await ward.run(local(3, 25, 7), local(3, 25, 14))
    assert [m.channel for m in await ward.sent("gap/begins/")] == ["C0TRIAGEEU", "C0ADMIN"]


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
