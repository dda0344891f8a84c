"""Shift notices on a clock that runs through a fortnight: each once, at its local time, with what changed before it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import templates
from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.service import Place
from bot.directory import access
from bot.roster.tables import OverrideRow
from bot.shifts.model import Kind
from bot.shifts.tables import ShiftNotice
from bot.slack.render import Renderer
from bot.store.database import Database
from schedules.rota import resolve
from tests.fixtures_postgres import postgres_server, postgres_url
from tests.services.ward import Ward, swap

__all__ = ["postgres_server", "postgres_url"]

MONDAY = datetime(2026, 3, 23, tzinfo=UTC)
"""Europe springs forward on the 29th, Sydney falls back on April 5th."""
FORTNIGHT = timedelta(days=14)
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
async def ward(tmp_path: Path, config: Config) -> AsyncIterator[Ward]:
    db = Database.open(f"sqlite:///{tmp_path}/test.sqlite3")
    await db.migrate()
    yield Ward(config, db, ManualClock(MONDAY), Renderer(Path(templates.__file__).parent))
    await db.close()


async def test_a_fortnight_through_two_clock_changes(ward: Ward) -> None:
    """Of each shift one notice of each kind, at 08:00 or 16:00 on the wall, before and after the clocks change."""
    await ward.run(MONDAY, MONDAY + FORTNIGHT)
    rows: list[ShiftNotice] = await ward.rows(ShiftNotice)
    counted = Counter((r.region, r.role, r.kind) for r in rows)
    for region in ("au", "in", "eu", "us"):
        for role, days in (("primary", 10), ("secondary", 10), ("weekend", 4)):
            for kind in Kind:
                assert abs(counted[region, role, kind.value] - days) <= 1, "the window's ends cut one at the most"
    assert (counted["eu", "primary", "start"], counted["eu", "weekend", "end"]) == (10, 4)
    assert not [r for r in rows if r.role == "manager"]
    zones = {p.id: ZoneInfo(p.zone) for p in ward.directory.people}
    for row in rows:
        there = zones[row.person]
        if row.kind == "day_before":
            assert f"{row.due_at.astimezone(there):%H:%M}" == "16:00"
            assert row.due_at.astimezone(there).date() + timedelta(days=1) == row.at.astimezone(there).date()
        elif row.region == "eu":
            wanted = {"primary": ("08:00", "18:30"), "secondary": ("08:00", "18:30"), "weekend": ("09:00", "18:00")}
            assert f"{row.due_at.astimezone(there):%H:%M}" == wanted[row.role][row.kind == "end"]
        assert row.made_at - row.due_at < timedelta(minutes=1)
    messages = await ward.sent("shift/")
    assert len(messages) == len(rows)
    assert all(m.version == 1 for m in messages), "nothing changed, so nothing was edited"


async def test_the_newest_notice_of_a_duty_wins(ward: Ward) -> None:
    """Slack took nothing all day: the end is told, not that the shift was about to begin; another's stays."""
    for hours in range(24):
        ward.clock.jump(MONDAY + hours * HOUR + timedelta(minutes=31))
        await ward.notices.tick()
    messages = {m.key: m.state for m in await ward.sent("shift/")}
    eight, evening = f"{local(3, 23, 8):%Y%m%dT%H%M%S}", f"{local(3, 23, 18, 30):%Y%m%dT%H%M%S}"
    (start,) = [key for key in messages if key.startswith("shift/start/eu/primary/") and eight in key]
    (end,) = [key for key in messages if key.startswith("shift/end/eu/primary/") and evening in key]
    assert (messages[start], messages[end]) == ("cancelled", "pending")
    (other,) = [key for key in messages if key.startswith("shift/start/us/primary/")]
    assert messages[other] == "pending"


async def test_a_restart_in_between_tells_nothing_twice(ward: Ward) -> None:
    await ward.run(MONDAY, MONDAY + timedelta(days=2))
    await ward.again().run(MONDAY + timedelta(days=2), MONDAY + timedelta(days=4))
    rows: list[ShiftNotice] = await ward.rows(ShiftNotice)
    starts = [r.at for r in rows if (r.region, r.role, r.kind) == ("eu", "primary", "start")]
    assert starts == [local(3, day, 8) for day in (23, 24, 25, 26)]


async def test_grafana_oncall_3096_a_swap_an_hour_before_is_in_the_notice(ward: Ward) -> None:
    """Who took the shift is told that it begins, who gave it is not; what stands there from yesterday is put right."""
    eight = local(3, 24, 8)
    giver = next(s.person for s in resolve.at(ward.rota, eight).shifts if (s.region, s.role) == ("eu", "primary"))
    taker = next(p for p in ("mira", "capella", "altair") if p != giver and not _on(ward, p, eight))
    await ward.run(MONDAY, eight - HOUR)
    await ward.add(swap(giver, taker, eight, local(3, 24, 18, 30), eight - HOUR))
    await ward.run(eight - HOUR, local(3, 25, 0))
    tuesday = f"{eight:%Y%m%dT%H%M%S}"
    assert await ward.sent(f"shift/start/eu/primary/{giver}/{tuesday}") == []
    (begun,) = await ward.told(f"shift/start/eu/primary/{taker}/{tuesday}")
    assert "You are on duty: primary in Europe" in begun
    (before,) = await ward.told(f"shift/day_before/eu/primary/{giver}/{tuesday}")
    assert "No longer yours" in before
    assert f"<@U0{taker.upper()}> (primary) has it now" in before


async def test_grafana_oncall_4066_it_says_who_stays_on_and_who_joins(ward: Ward) -> None:
    """An override that adds somebody before the shift begins, and the secondary who begins with me."""
    eight = local(3, 24, 8)
    await ward.run(MONDAY, eight - HOUR)
    await ward.add(added("regulus", eight - HOUR, eight + 2 * HOUR))
    await ward.run(eight - HOUR, eight + HOUR)
    (begun,) = await ward.told(f"shift/start/eu/primary/{_holder(ward, eight)}/{eight:%Y%m%dT%H%M%S}")
    assert "Staying on: <@U0REGULUS> (secondary, until 10:00)" in begun
    assert "Beginning with you: " in begun
    assert "(manager, until 18:30)" in begun


async def test_goalert_4188_what_is_late_is_not_told_as_if_it_were_on_time(ward: Ward) -> None:
    """Three hours without a bot: a start that still runs is said to be late, an end and the day before are left out."""
    eight = local(3, 24, 8)
    await ward.run(MONDAY, eight - HOUR)
    again = ward.again()
    await again.tick(eight + 2 * HOUR)
    (begun,) = await again.told(f"shift/start/eu/primary/{_holder(ward, eight)}/{eight:%Y%m%dT%H%M%S}")
    assert "This comes 2 h late" in begun
    await again.run(eight + 2 * HOUR, local(3, 24, 18))
    back = local(3, 24, 21)
    await again.again().tick(back)
    assert await again.sent(f"shift/end/eu/primary/{_holder(ward, eight)}/{local(3, 24, 18, 30):%Y%m%dT%H%M%S}") == []


async def test_what_slack_does_not_take_in_time_is_edited_to_say_so(ward: Ward) -> None:
    """The row waits in the outbox while Slack is away: it does not leave as "you are on duty" twenty minutes later."""
    eight = local(3, 24, 8)
    await ward.tick(eight - HOUR)
    for minutes in (0, 20):
        ward.clock.jump(eight + timedelta(minutes=minutes, seconds=5))
        await ward.notices.tick()
    (begun,) = await ward.sent(f"shift/start/eu/primary/{_holder(ward, eight)}/")
    assert (begun.version, begun.ts) == (2, None)
    assert "This comes 20 min late" in str(begun.content)


async def test_an_end_that_cannot_leave_in_time_does_not_leave(ward: Ward) -> None:
    end = local(3, 24, 18, 30)
    await ward.tick(end - HOUR)
    ward.clock.jump(end + timedelta(seconds=5))
    await ward.notices.tick()
    (message, *_) = await ward.sent("shift/end/eu/primary/")
    assert message.expires_at == end + timedelta(minutes=5)


async def test_a_hand_over_inside_a_shift_is_one_notice_for_each(ward: Ward) -> None:
    """The rotation advances at noon: the morning's person hands over to the afternoon's, and each is told once."""
    noon = replace(ward.rota.rotation("eu-primary"), handover=time(12), days=1)
    rotations = tuple(noon if r.id == "eu-primary" else r for r in ward.rota.rotations)
    ward.rota = replace(ward.rota, rotations=rotations)
    await ward.run(local(3, 24, 6), local(3, 24, 20))
    rows = [
        r for r in await ward.rows(ShiftNotice) if (r.region, r.role) == ("eu", "primary") and r.kind != "day_before"
    ]
    assert [(r.kind, f"{r.at.astimezone(BERLIN):%H:%M}") for r in rows] == [
        ("start", "08:00"),
        ("end", "12:00"),
        ("start", "12:00"),
        ("end", "18:30"),
    ]
    first, second = rows[0].person, rows[2].person
    assert f"<@U0{second.upper()}> (primary) takes over from you" in (await ward.told(rows[1].key))[0]
    assert f"You take over from <@U0{first.upper()}> (primary)" in (await ward.told(rows[2].key))[0]


async def test_an_override_that_begins_now_is_told_to_both(ward: Ward) -> None:
    """It is committed a moment after the instant from which it counts, and a ring may have come in between."""
    ten = local(3, 24, 10)
    holder = _holder(ward, ten)
    await ward.tick(ten)
    other = next(p for p in ("mira", "capella", "altair") if p != holder and not _on(ward, p, ten))
    await ward.tick(ten + timedelta(seconds=2))
    await ward.add(override(other, holder, ten + timedelta(seconds=1.5), ten + 4 * HOUR))
    await ward.tick(ten + timedelta(seconds=3))
    (begun,) = await ward.told(f"shift/start/eu/primary/{other}/")
    assert f"You take over from <@U0{holder.upper()}>" in begun
    (ended,) = await ward.told(f"shift/end/eu/primary/{holder}/")
    assert f"<@U0{other.upper()}> (primary) takes over from you" in ended


async def test_what_is_switched_off_is_not_told(ward: Ward) -> None:
    """For the team by kind and role, for a person by kind; and shifts that are too short for a message."""
    ward.wanted = replace(ward.wanted, kinds=frozenset({Kind.START, Kind.END}))
    holder = _holder(ward, local(3, 24, 8))
    people = tuple(replace(p, muted=frozenset({"end"})) if p.id == holder else p for p in ward.directory.people)
    ward.directory = replace(ward.directory, people=people)
    await ward.add(added("regulus", local(3, 24, 10), local(3, 24, 10, 30)))
    await ward.run(local(3, 24, 6), local(3, 25, 0))
    rows = [r for r in await ward.rows(ShiftNotice) if r.region == "eu"]
    assert not [r for r in rows if r.kind == "day_before" or r.person == "regulus"]
    assert [r.kind for r in rows if r.person == holder] == ["start"]


async def test_hours_before_instead_of_a_time_of_day(ward: Ward) -> None:
    ward.wanted = replace(ward.wanted, hours_before=12)
    await ward.run(local(3, 24, 6), local(3, 25, 0))
    rows = [r for r in await ward.rows(ShiftNotice) if (r.region, r.role, r.kind) == ("eu", "primary", "day_before")]
    assert [r.due_at for r in rows] == [local(3, 24, 20)]


async def test_somebody_who_lives_elsewhere_reads_their_own_clock(ward: Ward) -> None:
    holder = _holder(ward, local(3, 24, 8))
    people = tuple(replace(p, zone="Europe/Lisbon") if p.id == holder else p for p in ward.directory.people)
    ward.directory = replace(ward.directory, people=people)
    await ward.run(local(3, 23, 12), local(3, 24, 9))
    (before,) = await ward.sent(f"shift/day_before/eu/primary/{holder}/")
    assert "07:00–17:30 WET" in str(before.content)


async def test_what_is_open_is_counted(ward: Ward) -> None:
    """In the region of the shift, and which of it is the reader's own."""
    half_past_six = local(3, 24, 18, 30)
    await ward.tick(local(3, 24, 17))
    holder = _holder(ward, local(3, 24, 17))
    who = access.actor(ward.directory, "U0OPAL", "C0AURORA", {})
    request = await ward.desk.open(who, Place("C0AURORA"), "sev3 loss is NaN", "", "s1")
    async with ward.db.write() as tx:
        await ward.desk.hand_over(tx, [request.id or 0], "eu", f"U0{holder.upper()}", ward.clock.now())
    await ward.tick(half_past_six + timedelta(seconds=5))
    (ended,) = await ward.told(f"shift/end/eu/primary/{holder}/")
    assert "*1 open request* in Europe, yours" in ended
    others = await ward.told("shift/end/eu/secondary/")
    assert "*1 open request* in Europe ·" in others[0]


@pytest.mark.postgres
async def test_of_two_replicas_that_ring_at_once_one_tells(postgres_url: str, config: Config) -> None:
    """Each has its own connection and its own idea of how far was looked; the rows decide."""
    db, other = Database.open(postgres_url), Database.open(postgres_url)
    try:
        await db.migrate()
        clock, renderer = ManualClock(MONDAY), Renderer(Path(templates.__file__).parent)
        wards = [Ward(config, one, clock, renderer) for one in (db, other)]
        for at in (local(3, 24, 7), local(3, 24, 8) + timedelta(seconds=1), local(3, 24, 8) + timedelta(seconds=2)):
            clock.jump(at)
            await asyncio.gather(*(ward.notices.tick() for ward in wards))
        rows = [r for r in await wards[0].rows(ShiftNotice) if (r.region, r.kind) == ("eu", "start")]
        assert sorted(r.role for r in rows) == ["primary", "secondary"]
        assert len(await wards[0].sent("shift/start/eu/")) == 2
    finally:
        await db.close()
        await other.close()


def added(person: str, start: datetime, end: datetime) -> OverrideRow:
    return OverrideRow(
        source=f"add-{person}-{start}",
        region="eu",
        role="secondary",
        kind="add",
        person=person,
        start=start,
        end=end,
        made_at=start,
        made_by="U0",
    )


def override(person: str, instead_of: str, start: datetime, end: datetime) -> OverrideRow:
    return OverrideRow(
        source=f"replace-{person}-{start}",
        region="eu",
        role="primary",
        kind="replace",
        person=person,
        instead_of=instead_of,
        start=start,
        end=end,
        made_at=start,
        made_by="U0",
    )


def _holder(ward: Ward, at: datetime) -> str:
    """Europe's primary by the file alone."""
    return next(s.person for s in resolve.at(ward.rota, at).shifts if (s.region, s.role) == ("eu", "primary"))


def _on(ward: Ward, person: str, at: datetime) -> bool:
    return any(s.person == person for s in resolve.at(ward.rota, at).shifts)
