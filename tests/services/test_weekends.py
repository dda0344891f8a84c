"""A year of weekends on a fast clock, with random pages, answers and holidays: whom Heliograph woke, and when."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from bot.clock import ManualClock
from bot.config.file import load
from bot.paging.model import LAST_RESORT, Alarm, Reason
from bot.paging.tables import Page, PageContact
from bot.roster.tables import TimeOffRow
from bot.store.database import Database
from tests.services.office import Office, built
from tests.unit.config.rosters import ENV, EXAMPLE, changed

STEPS = EXAMPLE[EXAMPLE.index("    - id: default\n") : EXAMPLE.index("  last_resort: sol\n")]
POLICY = """\
    - id: default
      steps:
        - {targets: [primary], wait_minutes: 5}
        - {targets: [{rotation: eu-primary}, {person: polaris}], wait_minutes: 5}
        - {targets: [secondary, manager, {role: primary, region: au}], wait_minutes: 10}
"""
LATE = 'role: weekend, weekdays: [sat, sun], start: "09:00", end: "17:00", rotation: au-weekend'
"""Made to last until late in the evening: being on duty is no reason to be woken."""
FIRST = datetime(2026, 11, 28, tzinfo=UTC)
"""A Saturday. The year has both clock changes of all four regions."""
WEEKENDS = 52
ANSWERS = 0.4
"""How often somebody who is paged answers before the next step."""


def instants(chance: random.Random) -> Iterator[datetime]:
    """Three a weekend, at any minute of it, from the first Saturday in Sydney to the last Sunday in Los Angeles."""
    for week in range(WEEKENDS):
        minutes = sorted(chance.sample(range(-11 * 60, 56 * 60, 7), 3))
        yield from (FIRST + timedelta(weeks=week, minutes=minute) for minute in minutes)


async def climbed(office: Office, page: int, chance: random.Random) -> None:
    """Until one of those who were paged answers; nobody who was not paged does."""
    for _ in range(40):
        newest = select(PageContact).where(col(PageContact.page) == page).order_by(col(PageContact.id).desc())
        person = office.directory.person((await office.rows(newest))[0].person)
        assert person
        if chance.random() < ANSWERS:
            await office.paging.acknowledge(office.actor(person.slack), page)
            await office.paging.resolve(office.actor(person.slack), page)
            return
        async with office.db.read() as tx:
            row = await tx.get(Page, page)
        assert row is not None
        assert row.due_at is not None, "an open page is always looked at again"
        office.clock.jump(row.due_at)
        await office.paging.tick()


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_is_woken_outside_their_daytime_and_nothing_stays_unanswered(tmp_path: Path, seed: int) -> None:
    """But by the last resort, which says that it is one; with somebody on holiday every other weekend."""
    chance = random.Random(seed)
    file = tmp_path / "heliograph.yaml"
    file.write_text(changed(STEPS, POLICY, changed(LATE, LATE.replace("17:00", "23:30"))))
    db = Database.open(f"sqlite:///{tmp_path}/test.sqlite3")
    await db.migrate()
    office = built(db, ManualClock(FIRST - timedelta(days=1)), load(file, ENV))
    await holidays(office, chance)
    engineers = [p.slack for p in office.directory.people]
    for number, at in enumerate(instants(chance)):
        office.clock.jump(max(at, office.clock.now()))
        region = chance.choice(["", "au", "in", "eu", "us"])
        alarm = Alarm(f"page/{number}", Reason("a run hangs", "a run hangs", "asked for help"), region)
        raised = await office.paging.raise_page(office.actor(chance.choice(engineers)), alarm)
        assert raised.page.id
        await climbed(office, raised.page.id, chance)
    pages = await office.rows(select(Page))
    contacts = await office.rows(select(PageContact))
    assert len(pages) == 3 * WEEKENDS
    assert {page.state for page in pages} == {"resolved"}
    woken = [said for contact in contacts if (said := asleep(office, contact))]
    assert not woken, woken[:5]
    said = " ".join(contact.skipped for contact in contacts)
    assert "it is Sun 0" in said
    assert "it is Sat 2" in said, "somebody was left to sleep, in the night and in the evening"
    last = [contact for contact in contacts if contact.because == LAST_RESORT]
    assert len(last) < len(contacts) / 4, "the last resort stays an exception"
    await db.close()


def asleep(office: Office, contact: PageContact) -> str:
    """Who was paged at a weekend of their own outside 09:00 to 18:00, the daytime of the example's regions."""
    person = office.directory.person(contact.person)
    assert person
    local = contact.at.astimezone(ZoneInfo(person.zone))
    if contact.because == LAST_RESORT or local.weekday() < 5 or 9 <= local.hour < 18:
        return ""
    return f"{person.name} as {contact.because}: {local:%a %d %b %H:%M %Z}"


async def holidays(office: Office, chance: random.Random) -> None:
    """Every other weekend somebody is away from Friday to Tuesday."""
    people = [p.id for p in office.directory.people]
    async with office.db.write() as tx:
        for week in range(0, WEEKENDS, 2):
            start = FIRST + timedelta(weeks=week, days=-1)
            away = TimeOffRow(
                source=f"off/{week}",
                person=chance.choice(people),
                start=start,
                end=start + timedelta(days=4),
                made_at=FIRST,
                made_by="U0SOL",
            )
            tx.add(away)
        await office.roster.standing.changed(tx)
