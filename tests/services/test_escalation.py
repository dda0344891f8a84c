"""Whom the targets of steps give on a roster that changes: roles here and elsewhere, people, rotations, weekends."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config, load
from bot.directory.model import ContactMethod
from bot.paging.model import Alarm, Kind, Reason, Target
from bot.paging.tables import Page, PageContact
from bot.roster.tables import TimeOffRow
from bot.store.database import Database
from tests.fixtures_postgres import database_url, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built
from tests.unit.config.rosters import ENV, EXAMPLE, changed

__all__ = ["database_url", "postgres_server", "postgres_url"]

STEPS = EXAMPLE[EXAMPLE.index("    - id: default\n") : EXAMPLE.index("  last_resort: sol\n")]
POLICIES = """\
    - id: aurora
      when: {clients: [aurora], severities: [sev1]}
      steps: [{targets: [{rotation: us-primary}, {person: castor}], wait_minutes: 5}]
    - id: weekend
      when: {weekdays: [sat, sun]}
      steps:
        - {targets: [{person: mira}], wait_minutes: 5}
        - {targets: [{rotation: in-primary}], wait_minutes: 5}
        - {targets: [primary, manager], wait_minutes: 5}
      repeat: 1
    - id: default
      steps:
        - {targets: [{role: primary, region: eu}], wait_minutes: 5, when: {start: "20:00", end: "06:00"}}
        - {targets: [primary, secondary], wait_minutes: 5}
"""
REASON = Reason("the login node is down", "the login node is down", "asked for help")
CAPELLA = "U0CAPELLA"
SATURDAY = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)
"""11:00 in Berlin, 15:30 in Bengaluru, 21:00 in Sydney, 02:00 in Los Angeles."""


@pytest.fixture
def roster(tmp_path: Path) -> Config:
    (tmp_path / "heliograph.yaml").write_text(changed(STEPS, POLICIES))
    return load(tmp_path / "heliograph.yaml", ENV)


@pytest.fixture
async def office(roster: Config, database_url: str) -> AsyncIterator[Office]:
    opened = Database.open(database_url)
    await opened.migrate()
    yield built(opened, ManualClock(TUESDAY), roster)
    await opened.close()


async def paged(office: Office, **alarm: object) -> tuple[Page, list[PageContact]]:
    """The page and its first contacts."""
    made = replace(Alarm("s1", REASON), **alarm)  # type: ignore[arg-type]
    page = (await office.paging.raise_page(office.actor(CAPELLA), made)).page
    return page, await office.rows(select(PageContact).order_by(PageContact.id))  # type: ignore[arg-type]


async def test_the_policy_that_fits_the_client_pages_all_its_targets_at_once(office: Office) -> None:
    """Everybody in the rotation but who is away, and the manager by name: each reads that they are not alone."""
    away = TimeOffRow(
        source="t1", person="deneb", start=TUESDAY, end=TUESDAY + timedelta(days=3), made_at=TUESDAY, made_by="U0DENEB"
    )
    async with office.db.write() as tx:
        tx.add(away)
        await office.roster.standing.changed(tx)
    page, contacts = await paged(office, client="aurora", severity="sev1")
    assert (page.policy, [c.person for c in contacts]) == ("aurora", ["vega", "rigel", "castor"])
    assert contacts[0].skipped == "Deneb is away"
    dms = [m for m in await office.sent("page/1/") if m.key.endswith("/dm")]
    assert len(dms) == 3
    assert all("with 2 more" in str(m.content) for m in dms)


async def test_other_severities_have_the_policy_that_fits_always(office: Office) -> None:
    page, contacts = await paged(office, client="aurora", severity="sev2", region="us")
    assert page.policy == "default"
    assert [c.because for c in contacts] == ["primary on duty", "secondary on duty"]
    assert contacts[0].skipped == "step 1 does not apply now"


async def test_a_step_for_the_night_asks_the_region_that_it_names(office: Office) -> None:
    """22:05 in Bengaluru is 17:35 in Berlin."""
    office.clock.jump(TUESDAY + timedelta(minutes=30))
    _, [contact] = await paged(office, region="in")
    assert (contact.person, contact.because) == ("capella", "primary on duty in Europe")


async def test_at_weekends_a_person_and_a_rotation_are_paged_only_in_their_own_daytime(office: Office) -> None:
    office.clock.jump(SATURDAY.replace(hour=18))
    page, contacts = await paged(office, region="eu")
    assert page.policy == "weekend"
    assert {c.person for c in contacts} == {"vega"}, "10:00 in Los Angeles; all others sleep or have their evening"
    assert "it is Sat 19:00 where Mira is" in contacts[0].skipped
    assert "it is Sat 23:30 where Spica is" in contacts[0].skipped
    assert contacts[0].because == "weekend shift of United States, since nobody is primary in Europe now"


async def test_at_weekends_who_is_awake_is_paged_by_name(office: Office) -> None:
    office.clock.jump(SATURDAY)
    _, [contact] = await paged(office, region="eu")
    assert (contact.person, contact.because) == ("mira", "asked for by name")


async def test_somebody_who_lives_by_another_clock_has_their_own_daytime(office: Office) -> None:
    """Mira lives in New York for a while: 05:00 there."""
    people = tuple(replace(p, zone="America/New_York") if p.id == "mira" else p for p in office.directory.people)
    office.file.directory = replace(office.file.directory, people=people)
    office.clock.jump(SATURDAY)
    _, contacts = await paged(office, region="eu")
    assert "it is Sat 05:00 where Mira is" in contacts[0].skipped
    assert {c.person for c in contacts} == {"spica", "atria", "regulus"}


async def test_whom_somebody_asked_for_is_paged_first_and_the_policy_follows(office: Office) -> None:
    _, [contact] = await paged(office, asked=Target(Kind.PERSON, "mira"), region="us")
    assert (contact.person, contact.because) == ("mira", "asked for by name")
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    people = await office.rows(select(PageContact.person).order_by(PageContact.id))  # type: ignore[arg-type]
    assert people == ["mira", "rigel", "deneb"]


async def test_each_contact_method_waits_its_own_time_and_an_answer_stops_what_is_left(office: Office) -> None:
    """An SMS at once, the direct message after two minutes, the phone after five."""
    methods = [("sms", timedelta()), ("phone", timedelta(minutes=5))]
    ways = tuple(ContactMethod(f"capella/{kind}", kind, "json://127.0.0.1/x", after) for kind, after in methods)
    people = tuple(
        replace(p, contacts=ways, dm_after=timedelta(minutes=2)) if p.id == "capella" else p
        for p in office.directory.people
    )
    office.file.directory = replace(office.file.directory, people=people)
    await paged(office, asked=Target(Kind.PERSON, "capella"))
    due = {m.key.removeprefix("page/1/1/"): m.due_at - TUESDAY for m in await office.sent("page/1/1/")}
    assert due == {"dm": timedelta(minutes=2), "capella/sms": timedelta(), "capella/phone": timedelta(minutes=5)}
    await office.paging.acknowledge(office.actor(CAPELLA), 1)
    assert {m.state for m in await office.sent("page/1/1/")} == {"cancelled"}


async def test_an_edit_that_removes_the_policy_does_not_lose_the_page(office: Office) -> None:
    page, _ = await paged(office, client="aurora", severity="sev1")
    async with office.db.write() as tx:
        stored = await tx.get(Page, page.id)
        assert stored
        stored.policy, stored.step = "gone", 7
    office.clock.advance(timedelta(minutes=5))
    await office.paging.tick()
    assert len(await office.rows(select(PageContact))) > 3


async def test_with_everybody_on_time_off_at_once_the_last_resort_is_paged_and_asked_again(office: Office) -> None:
    """At once, without waiting for empty steps; the page says who is away, and stays open until somebody answers."""
    async with office.db.write() as tx:
        for person in office.directory.people:
            tx.add(
                TimeOffRow(
                    source=f"t/{person.id}",
                    person=person.id,
                    start=TUESDAY - timedelta(days=1),
                    end=TUESDAY + timedelta(days=3),
                    made_at=TUESDAY,
                    made_by=person.slack,
                )
            )
        await office.roster.standing.changed(tx)
    page, [first] = await paged(office, client="aurora", severity="sev1")
    assert (first.person, first.because, page.state) == ("sol", "last resort of the policy", "open")
    assert {"Vega is away", "Rigel is away", "Deneb is away", "Castor is away"} <= set(first.skipped.split("; "))
    assert [m.key for m in await office.sent(f"page/{page.id}/1/") if m.key.endswith("/dm")], "a message goes out"
    assert page.due_at is not None
    office.clock.jump(page.due_at)
    await office.paging.tick()
    again = await office.rows(select(PageContact).order_by(PageContact.id))  # type: ignore[arg-type]
    assert [contact.person for contact in again] == ["sol", "sol"]
