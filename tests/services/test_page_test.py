"""A test of somebody's contact methods: once per minute, the way of a page, and never in front of one."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.directory.access import Actor
from bot.directory.model import ContactMethod
from bot.errors import Forbidden, UserError
from bot.outbox.report import AdminReport
from bot.outbox.tables import OutgoingMessage
from bot.paging.tables import Page, PageTrial
from bot.paging.trial import LASTS, RINGS, WATCHED, State
from bot.paging.trials import Trials
from bot.store.database import Database
from tests.fixtures_postgres import database_url, postgres_server, postgres_url
from tests.services.office import TUESDAY, Office, built

__all__ = ["database_url", "postgres_server", "postgres_url"]


@pytest.fixture
async def office(config: Config, database_url: str) -> AsyncIterator[Office]:
    opened = Database.open(database_url)
    await opened.migrate()
    yield built(opened, ManualClock(TUESDAY), config)
    await opened.close()


@pytest.fixture
def trials(office: Office) -> Trials:
    return Trials(office.db, office.clock, lambda: office.directory, office.outbox, office.renderer)


def capella(office: Office) -> Actor:
    return office.actor("U0CAPELLA")


async def is_now(office: Office, key: str, **fields: Any) -> None:
    """As the sender records it."""
    async with office.db.write() as tx:
        row = (await tx.scalars(select(OutgoingMessage).where(OutgoingMessage.key == key))).one()
        for name, value in fields.items():
            setattr(row, name, value)


async def shown(office: Office) -> str:
    [told] = await office.sent("trial/1/told")
    return str(told.content)


async def test_it_goes_behind_every_page_and_raises_none(office: Office, trials: Trials) -> None:
    await trials.begin(capella(office), capella(office).person, "c1")
    sms, told = await office.sent("trial/1/")
    assert (sms.key, sms.kind, sms.contact_ref, sms.priority) == ("trial/1/capella/sms", "contact", "capella/sms", 1)
    assert (told.user, "about to be sent" in str(told.content)) == ("U0CAPELLA", True)
    assert await office.rows(select(Page)) == []


async def test_what_waits_is_not_sent_when_the_test_is_over(office: Office, trials: Trials) -> None:
    """A bot that comes back hours later rings no telephone for it; who asked reads that it was not sent."""
    await trials.begin(capella(office), capella(office).person, "c1")
    [sms] = await office.sent("trial/1/capella/sms")
    assert sms.expires_at == TUESDAY + LASTS
    office.clock.advance(LASTS)
    await trials.tick()
    await trials.tick()
    said = await shown(office)
    assert ":x: *SMS* · in a page at once · not sent: no bot was there to send it in time" in said
    assert "ask an admin" not in said, "the method may be right"


async def test_the_same_command_worked_twice_is_one_test(office: Office, trials: Trials) -> None:
    for _ in range(2):
        await trials.begin(capella(office), capella(office).person, "c1")
    assert len(await office.rows(select(PageTrial))) == 1


async def test_of_many_at_once_one_is_sent(office: Office, trials: Trials) -> None:
    asked = [trials.begin(capella(office), capella(office).person, f"c{n}") for n in range(5)]
    done = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(one, UserError) for one in done) == 4
    assert len(await office.rows(select(PageTrial))) == 1


async def test_another_after_a_minute_and_somebody_elses_at_once(office: Office, trials: Trials) -> None:
    await trials.begin(capella(office), capella(office).person, "c1")
    await trials.begin(office.actor("U0ALTAIR"), office.actor("U0ALTAIR").person, "c2")
    office.clock.advance(timedelta(seconds=59))
    with pytest.raises(UserError, match="a moment ago") as refused:
        await trials.begin(capella(office), capella(office).person, "c3")
    assert "in 1 s" in refused.value.hint
    office.clock.advance(timedelta(seconds=1))
    await trials.begin(capella(office), capella(office).person, "c4")


async def test_what_was_refused_is_shown_with_its_reason_and_ends_the_test(office: Office, trials: Trials) -> None:
    await trials.begin(capella(office), capella(office).person, "c1")
    await is_now(office, "trial/1/capella/sms", state="failed", last_error="No such number.", done_at=TUESDAY)
    await trials.tick()
    assert ":x: *SMS* · in a page at once · refused: No such number." in await shown(office)
    [row] = await office.rows(select(PageTrial))
    assert row.ended_at == TUESDAY


async def test_nothing_new_is_no_call_to_slack(office: Office, trials: Trials) -> None:
    await trials.begin(capella(office), capella(office).person, "c1")
    for _ in range(3):
        await trials.tick()
    [told] = await office.sent("trial/1/told")
    assert told.version == 1


async def test_what_takes_too_long_is_given_up_with_the_last_reason(office: Office, trials: Trials) -> None:
    begun = await trials.begin(capella(office), capella(office).person, "c1")
    why = {"attempts": 4, "last_error": "It is out of reach.", "first_attempt_at": TUESDAY}
    await is_now(office, "trial/1/capella/sms", **why)
    await trials.tick()
    assert "not taken yet, and tried again: It is out of reach." in await shown(office)
    office.clock.advance(LASTS)
    await trials.tick()
    await trials.tick()
    assert "given up after 4 attempts: It is out of reach." in await shown(office)
    [outcome] = (await trials.result(capella(office), begun.id)).outcomes
    assert outcome.state is State.GIVEN_UP


async def test_who_left_the_roster_meanwhile_is_told_nothing_more(office: Office, trials: Trials) -> None:
    await trials.begin(capella(office), capella(office).person, "c1")
    people = tuple(p for p in office.file.directory.people if p.id != "capella")
    office.file.directory = replace(office.file.directory, people=people)
    await trials.tick()
    assert [row.ended_at for row in await office.rows(select(PageTrial))] == [TUESDAY]


async def test_admins_are_not_told_of_a_test_that_was_refused(office: Office, trials: Trials) -> None:
    """Who asked reads it; sending a test again is of use to nobody."""
    await trials.begin(capella(office), capella(office).person, "c1")
    report = AdminReport(office.db, office.outbox, office.renderer, lambda: "C0ADMIN")
    [sms] = await office.sent("trial/1/capella/sms")
    async with office.db.write() as tx:
        await report(tx, sms, "No such number.")
    assert await office.sent("outbox/undelivered/") == []


async def test_nobody_tests_without_being_of_the_team(office: Office, trials: Trials) -> None:
    with pytest.raises(Forbidden):
        await trials.begin(office.actor("U0OPAL", "C0AURORA"), None, "c1")
    with pytest.raises(UserError, match="You are not in the roster file"):
        await trials.begin(capella(office), None, "c2")


async def test_an_incident_that_will_not_close_is_not_looked_at_for_ever(office: Office, trials: Trials) -> None:
    """It is closed all the same, once the service takes it; the rows of the outbox see to that."""
    key = "pagerduty://r0utingk3y0fcapellas0service0000@anapikey"
    method = ContactMethod("capella/pagerduty", "pagerduty", key)
    people = tuple(replace(p, contacts=(method,)) if p.id == "capella" else p for p in office.file.directory.people)
    office.file.directory = replace(office.file.directory, people=people)
    await trials.begin(capella(office), capella(office).person, "c1")
    done = {"state": "done", "done_at": TUESDAY, "first_attempt_at": TUESDAY}
    await is_now(office, "trial/1/capella/pagerduty", **done)
    await trials.tick()
    [closing] = await office.sent("trial/1/capella/pagerduty/resolve")
    assert (closing.due_at - TUESDAY, closing.content["ends"]) == (RINGS, "trial/1/capella/pagerduty")
    office.clock.advance(WATCHED)
    await trials.tick()
    assert [row.ended_at for row in await office.rows(select(PageTrial))] == [TUESDAY + WATCHED]
    [closing] = await office.sent("trial/1/capella/pagerduty/resolve")
    assert closing.state == "pending"
