"""Calendar feeds on both databases: what a link opens, what it costs, and how it ends."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from sqlmodel import select

from bot.calendars import model
from bot.calendars.model import Document, Link
from bot.calendars.service import Calendars
from bot.calendars.tables import CalendarEvent, CalendarFeed, CalendarLink
from bot.clock import ManualClock
from bot.config.file import Config
from bot.directory import access
from bot.directory.access import Actor
from bot.directory.model import Directory, Person, Role
from bot.errors import Forbidden, UserError
from bot.roster import history
from bot.roster.service import Roster
from bot.roster.tables import OverrideRow
from bot.store.database import Database
from schedules.rota.ical.model import Feed
from schedules.rota.model import Rota
from tests.fixtures_postgres import database_url, db, postgres_server, postgres_url

__all__ = ["database_url", "db", "postgres_server", "postgres_url"]
TUESDAY = datetime(2026, 11, 24, 6, tzinfo=UTC)
"""Europe's day begins at 07:00 UTC, with Capella."""
EUROPE = Feed(region="eu")


class Wall:
    """The calendars, and a roster file and rows that can be changed."""

    def __init__(self, db: Database, config: Config, **other: str) -> None:
        self.db, self.clock = db, ManualClock(TUESDAY)
        self.directory: Directory = config.directory()
        self.file: Rota = config.rota()
        self.roster = Roster(db, self.clock, lambda: self.directory, lambda: self.file)
        self.calendars = self.process(**other)

    def process(self, secret: str = "xoxb-1", url: str = "https://bot.example.com/") -> Calendars:
        """Another process on the same database."""
        return Calendars(self.db, self.clock, lambda: self.directory, self.roster, secret, url.rstrip("/"))

    def person(self, id: str) -> Person:
        found = self.directory.person(id)
        assert found is not None
        return found

    def actor(self, slack: str, role: Role = Role.ENGINEER) -> Actor:
        return access.actor(self.directory, slack, "", {role: frozenset({slack})})

    async def link(self, person: str = "capella", feed: Feed | None = None) -> Link:
        return await self.calendars.link_for(self.person(person), feed)

    async def open(self, link: Link, **other: Any) -> Document | None:
        return await self.calendars.open(token(link), **other)

    async def read(self, link: Link) -> list[Any]:
        document = await self.open(link)
        assert document is not None
        return events(document)

    async def override(self, person: str, start: datetime, end: datetime, instead_of: str = "capella") -> None:
        row = OverrideRow(
            source=f"{person}{start}",
            region="eu",
            role="primary",
            kind="replace",
            person=person,
            instead_of=instead_of,
            start=start,
            end=end,
            made_at=self.clock.now(),
            made_by="U0CASTOR",
        )
        async with self.db.write() as tx:
            tx.add(row)
            await self.roster.standing.changed(tx)

    async def rows(self, table: Any) -> list[Any]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(table))).all())


def token(link: Link) -> str:
    return link.url.removeprefix("https://bot.example.com/calendar/").removesuffix(".ics")


def events(document: Document) -> list[Any]:
    calendar: Any = icalendar.Calendar.from_ical(document.body)
    return list(calendar.walk("VEVENT"))


def at(hour: float, day: int = 24) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour)


def on(found: list[Any], start: datetime, role: str = "primary") -> Any:
    return next(e for e in found if e.decoded("DTSTART") == start and str(e["X-HELIOGRAPH-ROLE"]) == role)


@pytest.fixture
def wall(db: Database, config: Config) -> Wall:
    return Wall(db, config)


async def test_ones_own_calendar_has_ones_own_shifts(wall: Wall) -> None:
    found = await wall.read(await wall.link())
    assert {str(e["X-HELIOGRAPH-PERSON"]) for e in found} == {"capella"}
    assert str(on(found, at(7))["SUMMARY"]) == "On duty: Europe (primary)"


async def test_a_region_and_everybody(wall: Wall) -> None:
    europe = await wall.read(await wall.link(feed=EUROPE))
    assert {str(e["X-HELIOGRAPH-REGION"]) for e in europe} == {"eu"}
    everybody = await wall.read(await wall.link(feed=Feed()))
    assert {str(e["X-HELIOGRAPH-REGION"]) for e in everybody} == {"au", "in", "eu", "us"}
    assert {str(e["X-HELIOGRAPH-KIND"]) for e in everybody} == {"shift"}
    leads = await wall.open(await wall.link(feed=Feed()), leads=True)
    assert leads is not None
    assert {str(e["X-HELIOGRAPH-KIND"]) for e in events(leads)} == {"shift", "lead"}


async def test_the_same_question_has_the_same_bytes_and_writes_nothing(wall: Wall) -> None:
    link = await wall.link(feed=EUROPE)
    first = await wall.open(link)
    wall.clock.advance(timedelta(hours=5))
    assert await wall.open(link) is first, "kept, not made again"
    assert await wall.process().open(token(link)) == first, "another process says the same"
    assert [row.version for row in await wall.rows(CalendarFeed)] == [1]


async def test_an_override_changes_the_event(wall: Wall) -> None:
    link = await wall.link(feed=EUROPE)
    before = await wall.open(link)
    assert before is not None
    await wall.override("mira", at(7), at(17.5))
    after = await wall.open(link)
    assert after is not None
    assert after.etag != before.etag
    was, now = on(events(before), at(7)), on(events(after), at(7))
    assert (str(was["UID"]), was["SEQUENCE"], now["SEQUENCE"]) == (str(now["UID"]), 0, 1)
    assert str(now["SUMMARY"]) == "Mira (primary)"
    untouched = [e for e in events(after) if str(e["UID"]) != str(now["UID"])]
    assert {e["SEQUENCE"] for e in untouched} == {0}


async def test_a_shift_that_is_given_away_is_cancelled_in_ones_own_calendar(wall: Wall) -> None:
    link = await wall.link()
    uid = str(on(await wall.read(link), at(7))["UID"])
    await wall.override("mira", at(7), at(17.5))
    gone = next(e for e in await wall.read(link) if str(e["UID"]) == uid)
    assert (str(gone["STATUS"]), gone["SEQUENCE"]) == ("CANCELLED", 1)
    wall.clock.advance(timedelta(days=60))
    assert uid not in {str(e["UID"]) for e in await wall.read(link)}


async def test_an_edit_of_the_file_leaves_the_past_alone(wall: Wall) -> None:
    """What has ended is history: an edit of a rotation does not rewrite it."""
    link = await wall.link(feed=EUROPE)
    before = {str(e["UID"]): str(e["SUMMARY"]) for e in await wall.read(link)}
    wall.clock.jump(at(20))
    turned = tuple(replace(r, people=r.people[::-1]) if r.id == "eu-primary" else r for r in wall.file.rotations)
    wall.file = replace(wall.file, rotations=turned)
    after = await wall.read(link)
    past = [e for e in after if e.decoded("DTEND") <= at(20) and str(e["UID"]) in before]
    assert len(past) > 20
    assert all(before[str(e["UID"])] == str(e["SUMMARY"]) for e in past)
    assert any(before.get(str(e["UID"]), str(e["SUMMARY"])) != str(e["SUMMARY"]) for e in after)


async def test_of_a_feed_that_two_processes_publish_at_once_there_is_one(wall: Wall) -> None:
    link = await wall.link(feed=EUROPE)
    processes = [wall.calendars, *(wall.process() for _ in range(3))]
    found = await asyncio.gather(*(p.open(token(link)) for p in processes for _ in range(2)))
    assert len({d.etag for d in found if d}) == 1
    assert None not in found
    assert len({row.uid for row in await wall.rows(CalendarEvent)}) == len(await wall.rows(CalendarEvent))


async def test_the_link_is_the_same_until_it_is_rolled(wall: Wall) -> None:
    first = await wall.link()
    assert (await wall.link()).url == first.url
    assert (await wall.process().link_for(wall.person("capella"))).url == first.url
    rolled = (await wall.calendars.roll(wall.actor("U0CAPELLA")))[0]
    assert rolled.url != first.url
    assert await wall.open(first) is None
    assert await wall.open(rolled) is not None


async def test_rolling_rolls_all_of_ones_links_and_nobody_elses(wall: Wall) -> None:
    capella = await wall.calendars.links(wall.actor("U0CAPELLA"))
    mira = await wall.link("mira", EUROPE)
    await wall.calendars.roll(wall.actor("U0CAPELLA"))
    assert [await wall.open(link) for link in capella] == [None, None, None]
    assert await wall.open(mira) is not None


async def test_only_a_hash_is_in_the_database(wall: Wall) -> None:
    link = await wall.link()
    (row,) = await wall.rows(CalendarLink)
    secret = token(link)[model.SELECTOR :]
    assert len(secret) * 6 >= 128
    assert secret not in str(row.model_dump())
    assert row.verifier_hash == model.hashed(secret)


@pytest.mark.parametrize("wrong", ["", "x", "x" * 48, "é" * 48, "x" * 10_000, "../../etc/passwd", "' OR 1=1 --"])
async def test_a_wrong_link_opens_nothing(wall: Wall, wrong: str) -> None:
    await wall.link()
    assert await wall.calendars.open(wrong) is None


async def test_the_right_selector_with_a_wrong_secret_opens_nothing(wall: Wall) -> None:
    right = token(await wall.link())
    assert await wall.calendars.open(right[:-1] + ("A" if right[-1] != "A" else "B")) is None


async def test_who_leaves_the_file_loses_the_link_at_once_and_for_good(wall: Wall) -> None:
    link, whole = await wall.link(), wall.directory
    wall.directory = replace(whole, people=tuple(p for p in whole.people if p.id != "capella"))
    assert await wall.open(link) is None
    await wall.calendars.prune()
    wall.directory = whole
    assert await wall.open(link) is None


async def test_another_person_of_the_same_id_does_not_inherit_the_link(wall: Wall) -> None:
    link, whole = await wall.link(), wall.directory
    others = (replace(p, slack="U0NEW") if p.id == "capella" else p for p in whole.people)
    wall.directory = replace(whole, people=tuple(others))
    assert await wall.open(link) is None
    new = await wall.link()
    assert new.url != link.url
    assert await wall.open(new) is not None


async def test_prune_keeps_the_links_of_who_is_there(wall: Wall) -> None:
    link = await wall.link()
    await wall.calendars.prune()
    assert await wall.open(link) is not None


async def test_another_slack_token_hides_links_and_breaks_none(wall: Wall) -> None:
    """The installation's secret was replaced: subscribed calendars go on, and it is said what to do for a new link."""
    link = await wall.link()
    later = wall.process(secret="xoxb-2")
    hidden = await later.link_for(wall.person("capella"))
    assert (hidden.url, "Make a new one" in hidden.why_not) == ("", True)
    assert await later.open(token(link)) is not None
    assert (await later.roll(wall.actor("U0CAPELLA")))[0].url


async def test_without_an_address_it_is_said_how_to_set_one(db: Database, config: Config) -> None:
    wall = Wall(db, config, url="")
    link = await wall.link()
    assert link.url == ""
    assert "HELIOGRAPH_PUBLIC_URL" in link.why_not
    wall.directory = replace(wall.directory, public_url="https://bot.example.com")
    assert (await wall.link()).url.startswith("https://bot.example.com/calendar/")


async def test_regions_are_for_engineers_and_up(wall: Wall) -> None:
    client = wall.actor("U0CAPELLA", Role.CLIENT)
    assert [link.feed for link in await wall.calendars.links(client)] == [Feed(person="capella")]
    with pytest.raises(Forbidden):
        await wall.calendars.links(client, "us")
    engineer = await wall.calendars.links(wall.actor("U0CAPELLA"), "us")
    assert [link.feed for link in engineer] == [Feed(person="capella"), Feed(region="us"), Feed()]


async def test_strangers_and_unknown_regions_are_told_so(wall: Wall) -> None:
    with pytest.raises(UserError, match="not in it"):
        await wall.calendars.links(wall.actor("U0OPAL"))
    with pytest.raises(UserError, match="no region mars"):
        await wall.calendars.links(wall.actor("U0CAPELLA"), "mars")


async def test_it_is_known_when_and_by_what_a_link_was_read(wall: Wall) -> None:
    link = await wall.link()
    assert link.read_at is None
    await wall.open(link, reader="Google-Calendar-Importer")
    assert ((await wall.link()).read_at, (await wall.link()).reader) == (TUESDAY, "Google-Calendar-Importer")


def test_subscribing_is_one_click_where_the_world_can_reach_it() -> None:
    link = Link(Feed(), "On duty: all", "https://bot.example.com/calendar/a.ics", "", None, "")
    assert link.google.endswith("cid=webcal%3A%2F%2Fbot.example.com%2Fcalendar%2Fa.ics")
    assert "url=https%3A%2F%2Fbot.example.com" in link.outlook
    here = replace(link, url="http://127.0.0.1:8080/calendar/a.ics")
    assert (here.google, here.outlook) == ("", "")


async def test_what_is_recorded_as_it_happens_changes_no_event(wall: Wall) -> None:
    """A record of half a shift is not another shift: nobody's calendar moves because the clock does."""
    link = await wall.link(feed=EUROPE)
    before = await wall.open(link)
    assert before is not None
    for hour in (6.5, 8, 12, 18, 26):
        wall.clock.jump(at(hour))
        async with wall.db.write() as tx:
            rota = await wall.roster.standing.alone(tx)
            await history.record(tx, rota, wall.clock.now())
            await wall.roster.standing.changed(tx)
        after = await wall.open(link)
        assert after is not None
        assert {(str(e["UID"]), e["SEQUENCE"]) for e in events(after)} == {
            (str(e["UID"]), e["SEQUENCE"]) for e in events(before)
        }, hour
