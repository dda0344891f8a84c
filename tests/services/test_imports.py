"""Time off and overrides from a calendar file, on both databases: all of it or nothing, and twice is once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from bot.calendars.importing import Imports, Plan, Verb
from bot.calendars.whom import As, Asked
from bot.clock import ManualClock
from bot.config.file import Config
from bot.roster.service import Roster
from bot.roster.tables import OverrideRow, TimeOffRow
from bot.store.database import Database
from schedules.rota import resolve
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url
from tests.unit.ical.test_read import calendar

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
OFF = Asked(As.TIME_OFF)
CAPELLA = replace(OFF, person="capella")
ON = Asked(As.OVERRIDE, person="mira")
WEEK = "DTSTART;VALUE=DATE:20261130\nDTEND;VALUE=DATE:20261205"


class Desk:
    def __init__(self, db: Database, config: Config) -> None:
        self.db, directory, rota = db, config.directory(), config.rota()
        self.clock = ManualClock(NOW)
        self.roster = Roster(db, self.clock, lambda: directory, lambda: rota)
        self.imports = Imports(db, self.clock, lambda: directory, self.roster)

    async def write(self, *events: str, asked: Asked = CAPELLA) -> Plan:
        return await self.imports.write(calendar(*events), asked)

    async def verbs(self, *events: str, asked: Asked = CAPELLA) -> list[str]:
        return [step.verb for step in (await self.write(*events, asked=asked)).steps]

    async def rows(self, table: Any = TimeOffRow) -> list[Any]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(table).order_by(col(table.id)))).all())

    async def live(self, table: Any = TimeOffRow) -> list[tuple[str, datetime, datetime]]:
        return [(r.person, r.start, r.end) for r in await self.rows(table) if r.cancelled_at is None]

    async def on(self, at: datetime, role: str = "primary") -> list[str]:
        async with self.db.read() as tx:
            rota = await self.roster.rota_as_it_stands(tx)
        shifts = resolve.resolve(rota, at, at + timedelta(minutes=1)).shifts
        return [s.person for s in shifts if s.region == "eu" and s.role == role]


@pytest.fixture
def desk(db: Database, config: Config) -> Desk:
    return Desk(db, config)


def berlin(day: int, month: int = 12) -> datetime:
    """Midnight there, in winter."""
    return datetime(2026, month, day, tzinfo=UTC) - timedelta(hours=1)


async def test_whole_days_are_days_where_the_person_lives(desk: Desk) -> None:
    await desk.write(f"UID:a\n{WEEK}\nSUMMARY:Skiing")
    assert await desk.live() == [("capella", berlin(30, 11), berlin(5))]


async def test_a_plan_says_what_would_be_done_and_does_nothing(desk: Desk) -> None:
    plan = await desk.imports.plan(calendar(f"UID:a\n{WEEK}"), CAPELLA)
    assert ([s.verb for s in plan.steps], plan.written) == (["add"], False)
    assert await desk.rows() == []


async def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    events = (f"UID:a\n{WEEK}", "UID:b\nDTSTART;VALUE=DATE:20270104\nRRULE:FREQ=WEEKLY;COUNT=3")
    assert await desk.verbs(*events) == [Verb.ADD] * 4
    before = [row.model_dump() for row in await desk.rows()]
    again = await desk.write(*events)
    assert {s.verb for s in again.steps} == {Verb.SAME}
    assert not again.changes
    assert [row.model_dump() for row in await desk.rows()] == before


async def test_what_was_moved_is_changed_and_what_was_cancelled_is_taken_back(desk: Desk) -> None:
    await desk.write(f"UID:a\n{WEEK}")
    assert await desk.verbs("UID:a\nDTSTART;VALUE=DATE:20261207\nDTEND;VALUE=DATE:20261208") == [Verb.CHANGE]
    assert await desk.live() == [("capella", berlin(7), berlin(8))]
    assert await desk.verbs(f"UID:a\n{WEEK}") == [Verb.CHANGE], "and back again"
    assert await desk.live() == [("capella", berlin(30, 11), berlin(5))]
    assert await desk.verbs(f"UID:a\n{WEEK}\nSTATUS:CANCELLED") == [Verb.REMOVE]
    assert await desk.live() == []
    assert await desk.verbs(f"UID:a\n{WEEK}") == [Verb.ADD]


async def test_what_is_missing_from_a_later_file_is_left_alone(desk: Desk) -> None:
    await desk.write(f"UID:a\n{WEEK}")
    await desk.write("UID:b\nDTSTART;VALUE=DATE:20261220")
    assert len(await desk.live()) == 2


async def test_what_a_person_took_back_stays_taken_back(desk: Desk) -> None:
    await desk.write(f"UID:a\n{WEEK}")
    async with desk.db.write() as tx:
        await tx.execute(update(TimeOffRow).values(cancelled_at=NOW, cancelled_by="U0CAPELLA"))
    assert await desk.verbs(f"UID:a\n{WEEK}") == [Verb.TAKEN_BACK]
    assert await desk.live() == []


async def test_one_line_that_cannot_be_taken_and_nothing_is_changed(desk: Desk) -> None:
    plan = await desk.write(f"UID:a\n{WEEK}", "UID:b\nSUMMARY:no start")
    assert [p.line for p in plan.problems] == [8]
    assert await desk.rows() == []


async def test_a_teams_calendar_names_people_by_title_or_invitation(desk: Desk) -> None:
    await desk.write(
        f"UID:a\n{WEEK}\nSUMMARY:Capella: vacation",
        f"UID:b\n{WEEK}\nSUMMARY:PTO\nATTENDEE;CN=Mira:mailto:mira@heliograph.example",
        asked=OFF,
    )
    assert {person for person, _, _ in await desk.live()} == {"capella", "mira"}


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("SUMMARY:Vegan lunch", "names nobody"),
        ("SUMMARY:Capella and Mira", "names mira, capella"),
        ("SUMMARY:x", "names nobody"),
        ("ATTENDEE:mailto:nobody@example.com", "names nobody"),
        ("X-HELIOGRAPH-PERSON:nobody", "nobody is not in the roster file"),
    ],
)
async def test_nobody_is_guessed(desk: Desk, event: str, said: str) -> None:
    (problem,) = (await desk.write(f"UID:a\n{WEEK}\n{event}", asked=OFF)).problems
    assert said in problem.text
    assert await desk.rows() == []


async def test_an_unknown_person_region_or_role_is_refused(desk: Desk) -> None:
    for asked, said in (
        (replace(OFF, person="nobody"), "nobody is not in the roster file"),
        (replace(ON, region="mars"), "no region mars"),
        (replace(ON, role="king"), "no role king"),
    ):
        assert said in (await desk.write(f"UID:a\n{WEEK}", asked=asked)).problems[0].text


async def test_what_is_over_is_left_out(desk: Desk) -> None:
    plan = await desk.write("UID:a\nDTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261124", f"UID:b\n{WEEK}")
    assert (plan.past, len(plan.steps)) == (1, 1)


async def test_it_is_said_which_shifts_nobody_has_then(desk: Desk) -> None:
    """Altair is primary in that week."""
    altair = replace(OFF, person="altair")
    plan = await desk.imports.plan(calendar(f"UID:a\n{WEEK}"), altair)
    assert [(g.region, str(g.role), g.start.day) for g in plan.gaps] == [("eu", "primary", d) for d in (30, 1, 2, 3, 4)]
    assert (await desk.write(f"UID:a\n{WEEK}", asked=altair)).gaps == plan.gaps
    assert (await desk.write(f"UID:a\n{WEEK}", asked=altair)).gaps == ()


async def test_an_override_puts_the_person_in_the_place_of_all_who_have_the_role(desk: Desk) -> None:
    """Over a weekend's hand-over that is two people, and two rows of one decision."""
    assert await desk.on(datetime(2026, 11, 25, 9, tzinfo=UTC)) == ["capella"]
    two_weeks = "UID:a\nDTSTART:20261125T080000Z\nDTEND:20261202T170000Z\nSUMMARY:Training"
    (step,) = (await desk.write(two_weeks, asked=replace(ON, person="mira"))).steps
    assert step.instead_of == ("capella", "altair")
    rows = await desk.rows(OverrideRow)
    assert {row.batch for row in rows} == {rows[0].batch}
    for day in (datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC)):
        assert await desk.on(day) == ["mira"]
    assert await desk.verbs(two_weeks, asked=ON) == [Verb.SAME]


async def test_an_override_replaces_who_is_away_too(desk: Desk) -> None:
    """That is what one is for; and it does not put the person on duty for the nights between."""
    await desk.write(f"UID:off\n{WEEK}", asked=replace(OFF, person="altair"))
    (step,) = (await desk.write(f"UID:on\n{WEEK}", asked=ON)).steps
    assert step.instead_of == ("altair",)
    assert await desk.on(datetime(2026, 12, 1, 9, tzinfo=UTC)) == ["mira"]
    assert await desk.on(datetime(2026, 12, 1, 22, tzinfo=UTC)) == []


async def test_where_nobody_is_on_duty_an_override_adds(desk: Desk) -> None:
    night = datetime(2026, 11, 25, 22, tzinfo=UTC)
    await desk.write("UID:a\nDTSTART:20261125T220000Z\nDTEND:20261125T230000Z", asked=ON)
    assert await desk.on(night) == ["mira"]
    await desk.write("UID:a\nDTSTART:20261125T220000Z\nDTEND:20261125T230000Z\nSTATUS:CANCELLED", asked=ON)
    assert await desk.on(night) == []


async def test_a_hostile_file_changes_nothing(desk: Desk) -> None:
    for data in (b"x" * 50_000_000, calendar("UID:a\nDTSTART:20261201T090000Z\nRRULE:FREQ=SECONDLY\nDURATION:PT1S")):
        assert (await desk.imports.write(data, CAPELLA)).problems
    assert await desk.rows() == []
