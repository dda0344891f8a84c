"""What was stays as it was, whatever is edited afterwards; and whoever an edit moves is told, once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import templates
from bot.clock import ManualClock
from bot.config.file import Config, load
from bot.roster.tables import RosterEdition, ShiftRecord
from bot.slack.render import Renderer
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.model import Role, Rota
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.services.test_shift_notices import HOUR, added, local, override
from tests.services.ward import Ward
from tests.unit.config.rosters import ENV, changed

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
MONDAY = datetime(2026, 3, 23, tzinfo=UTC)
DAY = timedelta(days=1)
EU = "id: eu-primary, region: eu, people: [mira, capella, altair]"
BERLIN = ZoneInfo("Europe/Berlin")


def roster(folder: Path, right: str, wrong: str) -> Config:
    """The example with one thing changed."""
    file = folder / "edited.yaml"
    file.write_text(changed(right, wrong))
    return load(file, ENV)


@pytest.fixture
async def ward(db: Database, config: Config) -> Ward:
    made = Ward(config, db, ManualClock(MONDAY), Renderer(Path(templates.__file__).parent))
    await made.edits.adopt()
    return made


async def stands(ward: Ward) -> Rota:
    async with ward.db.read() as tx:
        return await ward.roster.rota_as_it_stands(tx)


def primaries(rota: Rota, start: datetime, end: datetime) -> list[tuple[str, str, str]]:
    """Europe's, as (person, from, to) by the clock there."""
    shifts = [s for s in resolve.resolve(rota, start, end).shifts if (s.region, s.role) == ("eu", Role.PRIMARY)]
    return [
        (s.person, f"{s.start.astimezone(BERLIN):%a %H:%M}", f"{s.end.astimezone(BERLIN):%a %H:%M}") for s in shifts
    ]


async def test_editing_a_rotation_does_not_rewrite_history(ward: Ward, tmp_path: Path) -> None:
    await ward.run(MONDAY, local(3, 25, 12), timedelta(hours=3))
    before = primaries(ward.rota, MONDAY, local(3, 25, 12))
    await ward.tick(local(3, 25, 12))
    await ward.edited(roster(tmp_path, EU, EU.replace("mira, capella, altair", "castor")))
    await ward.run(local(3, 25, 12), local(3, 26, 20), timedelta(hours=3))
    found = primaries(await stands(ward), MONDAY, local(3, 26, 20))
    was = before[0][0]
    assert [row for row in found if row[0] == was] == [
        (was, "Mon 08:00", "Mon 18:30"),
        (was, "Tue 08:00", "Tue 18:30"),
        (was, "Wed 08:00", "Wed 12:00"),
    ]
    assert [row for row in found if row[0] == "castor"] == [
        ("castor", "Wed 12:00", "Wed 18:30"),
        ("castor", "Thu 08:00", "Thu 18:30"),
    ]


async def test_an_edit_made_while_nothing_ran_does_not_either(ward: Ward, tmp_path: Path) -> None:
    """The outage is recorded under the file that was in force before it, up to the start."""
    await ward.tick(local(3, 24, 7))
    was = primaries(ward.rota, local(3, 24, 7), local(3, 24, 20))[0][0]
    again = ward.again()
    again.take(roster(tmp_path, EU, EU.replace("mira, capella, altair", "castor")))
    again.clock.jump(local(3, 25, 10))
    await again.edits.adopt()
    found = primaries(await stands(again), local(3, 24, 7), local(3, 25, 20))
    assert found == [
        (was, "Tue 08:00", "Tue 18:30"),
        (was, "Wed 08:00", "Wed 10:00"),
        ("castor", "Wed 10:00", "Wed 18:30"),
    ]


async def test_a_week_is_recorded_shift_by_shift_once_however_often_is_looked(ward: Ward) -> None:
    """Also through an outage and a restart: each shift is one row, from its start to its end."""
    await ward.run(MONDAY, local(3, 24, 12))
    await ward.again().tick(local(3, 25, 9))
    await ward.run(local(3, 25, 9), local(3, 28, 0), timedelta(hours=1))
    rows = [r for r in await ward.rows(ShiftRecord) if (r.region, r.role) == ("eu", "primary")]
    expected = resolve.resolve(ward.rota, MONDAY, local(3, 27, 23)).shifts
    wanted = [(s.person, s.start, s.end) for s in expected if (s.region, s.role) == ("eu", Role.PRIMARY)]
    assert sorted((r.person, r.start, r.end) for r in rows) == sorted(wanted)


async def test_what_is_recorded_keeps_the_reasons_of_its_time(ward: Ward) -> None:
    ten = local(3, 24, 10)
    holder = primaries(ward.rota, ten, ten + HOUR)[0][0]
    await ward.tick(ten)
    await ward.add(override("regulus", holder, ten, ten + 2 * HOUR), added("spica", ten, ten + HOUR))
    await ward.run(ten + timedelta(minutes=1), local(3, 25, 0), HOUR)
    rows = await ward.rows(ShiftRecord)
    (stood_in,) = [r for r in rows if r.person == "regulus" and r.region == "eu"]
    assert (stood_in.start, stood_in.end) == (ten, ten + 2 * HOUR)
    assert "override" in " ".join(stood_in.because["why"])
    (helped,) = [r for r in rows if r.person == "spica" and r.region == "eu"]
    assert helped.because["added"], "who was added did not move the lead, and does not afterwards"


async def test_before_the_first_record_the_rules_say(ward: Ward) -> None:
    """Heliograph was installed on Monday: what was on Friday is what the file makes of it."""
    await ward.run(MONDAY, MONDAY + DAY, timedelta(hours=3))
    found = resolve.resolve(await stands(ward), MONDAY - 4 * DAY, MONDAY + DAY)
    plain = resolve.resolve(ward.rota, MONDAY - 4 * DAY, MONDAY + DAY)
    assert [(s.person, s.start, s.end) for s in found.shifts] == [(s.person, s.start, s.end) for s in plain.shifts]
    assert found.leads == plain.leads


async def test_grafana_oncall_5353_people_whose_shifts_an_edit_moves_are_told(ward: Ward, tmp_path: Path) -> None:
    await ward.tick(local(3, 24, 12))
    await ward.edited(roster(tmp_path, EU, EU.replace("mira, capella, altair", "mira, castor, altair")))
    (castor,) = await ward.sent("edition/1/castor")
    (capella,) = await ward.sent("edition/1/capella")
    assert castor.user == "U0CASTOR"
    assert "You gain" in str(castor.content)
    assert "(5 shifts)" in str(castor.content)
    assert "You no longer have" in str(capella.content)
    assert {m.key.rpartition("/")[2] for m in await ward.sent("edition/")} == {"castor", "capella", "admins"}
    (admins,) = await ward.told("edition/1/admins")
    assert "2 people were told" in admins


async def test_a_shift_that_the_last_told_week_cuts_is_told_whole(ward: Ward, tmp_path: Path) -> None:
    """Eight weeks from 07:00:20 CET it is 08:00:20 CEST, and a shift has just begun."""
    edit = roster(tmp_path, EU, EU.replace("mira, capella, altair", "castor"))
    await ward.tick(local(3, 25, 7) + timedelta(seconds=20))
    await ward.edited(edit)
    (castor,) = await ward.told("edition/1/castor")
    assert "Mon 18 May – Wed 20 May, 08:00–18:30 (3 shifts)" in castor
    assert "08:00–08:00" not in castor
    assert "What is over stays as it was." in castor


async def test_a_shift_after_the_last_told_week_is_not_told(ward: Ward, tmp_path: Path) -> None:
    await ward.tick(local(3, 25, 6, 59))
    await ward.edited(roster(tmp_path, EU, EU.replace("mira, capella, altair", "castor")))
    (castor,) = await ward.told("edition/1/castor")
    assert "Mon 18 May – Tue 19 May, 08:00–18:30 (2 shifts)" in castor


async def test_what_is_longer_than_a_day_is_told_with_the_day_of_its_end(ward: Ward, tmp_path: Path) -> None:
    """ "18:30–08:00" would read as a night, and "08:00–08:00" as no shift at all."""
    hours = 'region: eu, role: primary, weekdays: [mon, tue, wed, thu, fri], start: "08:00", end: "18:30"'
    always = hours.replace("[mon, tue, wed, thu, fri]", "[mon, tue, wed, thu, fri, sat, sun]").replace("18:30", "08:00")
    await ward.edited(roster(tmp_path, hours, always))
    (mira, *_) = await ward.told("edition/1/mira")
    assert "Fri 03 Apr, 18:30–Mon 06 Apr 08:00" in mira


async def test_an_edit_that_moves_nothing_tells_nobody_but_the_admins(ward: Ward, tmp_path: Path) -> None:
    """A person swapped for themselves in other words, a channel renamed: no shift moves."""
    await ward.edited(roster(tmp_path, "name: Europe", "name: Old World"))
    (only,) = await ward.told("edition/")
    assert "No shift of the next 8 weeks moves" in only


async def test_a_start_with_the_same_file_is_no_edit(ward: Ward) -> None:
    await ward.again().edits.adopt()
    assert len(await ward.rows(RosterEdition)) == 1
    assert await ward.sent("edition/") == []


async def test_what_is_about_clients_is_no_edit_of_the_roster(ward: Ward, tmp_path: Path) -> None:
    await ward.edited(roster(tmp_path, "name: Aurora", "name: Aurora Labs"))
    assert len(await ward.rows(RosterEdition)) == 1


async def test_two_replicas_that_read_it_at_once_tell_once(ward: Ward, tmp_path: Path) -> None:
    file = roster(tmp_path, EU, EU.replace("mira, capella, altair", "mira, castor, altair"))
    replicas = [ward, ward.again()]
    for one in replicas:
        one.take(file)
    await asyncio.gather(*(one.edits.adopt() for one in replicas))
    assert len(await ward.sent("edition/1/castor")) == 1
    assert len(await ward.rows(RosterEdition)) == 2
