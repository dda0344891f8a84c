"""Services that keep incidents of their own: Opsgenie's alerts, what is passed on, services that ask for a rest."""

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import SystemClock
from bot.directory.model import ContactMethod, Person
from bot.outbox import calls
from bot.outbox import opsgenie as adapter
from bot.outbox import pagerduty as pagerduty_adapter
from bot.paging.messages import Messages
from bot.paging.model import Contact, Found, PageState, Position, Verb
from bot.paging.tables import Page
from bot.slack.render import Renderer
from tests.services.office import TEMPLATES
from tests.wire.outbox.conftest import World, until
from tests.wire.outbox.receivers import LOST, Opsgenie, PagerDuty, opsgenie, pagerduty
from tests.wire.outbox.test_contacts import DUTY, KEY, ended, notify, row, running

pytestmark = pytest.mark.wire
GENIE = "9en1ek3y-0000-4000-8000-000000000000"
ALERTS = f"opsgenie://{GENIE}/@vega@heliograph.example/%23gpu/?priority=h&tags=gpu,heliograph&entity=login-1"
ALIAS = "heliograph-page-1-1-vega-opsgenie"


@pytest.fixture
async def genie(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Opsgenie]:
    async with opsgenie(GENIE) as service:
        monkeypatch.setenv(adapter.OVERRIDE, service.url)
        yield service


@pytest.fixture
async def duty(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PagerDuty]:
    async with pagerduty(KEY) as service:
        monkeypatch.setenv(pagerduty_adapter.OVERRIDE, service.url)
        yield service


async def test_an_alert_has_an_alias_of_its_own_and_what_the_url_says(world: World, genie: Opsgenie) -> None:
    async with running(world, ALERTS):
        await notify(world, "page/1/1/vega/opsgenie", title="x" * 500)
        assert await ended(world, "page/1/1/vega/opsgenie") == "done"
    alert = genie.alerts[ALIAS]
    assert (alert["status"], alert["message"], alert["priority"]) == ("open", "x" * 130, "P2")
    assert (alert["entity"], alert["tags"], alert["source"]) == ("login-1", ["gpu", "heliograph"], "Heliograph")
    assert alert["description"] == "All ranks hang.\nSeit 02:00 – Köln."
    assert sorted(r["type"] for r in alert["responders"]) == ["team", "user"]


@pytest.mark.parametrize("failure", [LOST, 429, 500, 503])
async def test_opsgenie_that_fails_once_has_one_alert(world: World, genie: Opsgenie, failure: int) -> None:
    genie.failing = [failure]
    async with running(world, ALERTS):
        await notify(world, "p")
        assert await ended(world, "p") == "done"
    assert list(genie.alerts) == ["heliograph-p"]
    assert genie.alerts["heliograph-p"]["count"] == (2 if failure == LOST else 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_key_is_refused_for_good_and_nowhere_written(
    world: World, genie: Opsgenie, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(world, "opsgenie://wr0ngkey/@vega"):
        await notify(world, "p")
        assert await ended(world, "p") == "failed"
    said = await row(world, "p")
    assert "is the key that of an API integration, in this region?" in said.last_error
    out = capfd.readouterr()
    assert "wr0ngkey" not in f"{said.model_dump()}{caplog.text}{out.out}{out.err}"


@pytest.mark.parametrize(
    ("words", "priority"), [("", "P1"), ("?priority=p3", "P3"), ("?priority=5", "P5"), ("?priority=low", "P5")]
)
async def test_a_page_is_critical_unless_the_url_says_otherwise(
    world: World, genie: Opsgenie, words: str, priority: str
) -> None:
    async with running(world, f"opsgenie://{GENIE}/{words}"):
        await notify(world, "p")
        assert await ended(world, "p") == "done"
    assert genie.alerts["heliograph-p"]["priority"] == priority


async def test_each_region_has_an_address_of_its_own() -> None:
    """As Apprise reads the URL."""
    for url, host in ((ALERTS, "api.opsgenie.com"), (f"{ALERTS}&region=eu", "api.eu.opsgenie.com")):
        assert adapter.ENDPOINTS[(await calls.read(url)).region_name] == f"https://{host}"


def vega(url: str, kind: str) -> Person:
    method = ContactMethod(f"vega/{kind}", kind, url)
    return Person("vega", "Vega", "U0VEGA", "us", "America/Chicago", contacts=(method,))


async def paged(world: World, messages: Messages, person: Person, number: int = 1) -> Page:
    now = SystemClock().now()
    found = Found(person.id, "primary on duty")
    contact = Contact((found,), now + timedelta(minutes=5), Position(0, 1))
    async with world.db.write() as tx:
        page = Page(source="s", title="all ranks hang", body="All ranks hang.", because="somebody asked for help")
        page.region, page.raised_by, page.state, page.contacts, page.created_at = "us", "U0SOL", "open", number, now
        tx.add(page)
        await tx.flush()
        await messages.contact(tx, page, person, found, contact, "", now)
    world.outbox.wake()
    return page


async def answered(world: World, messages: Messages, page: Page, person: Person, state: PageState) -> None:
    now = SystemClock().now()
    async with world.db.write() as tx:
        page.state, page.answered_by, page.answered_at = state.value, person.slack, now
        await messages.answered(tx, page, [person], now)
    world.outbox.wake()


async def test_an_answer_acknowledges_and_closes_the_alert_and_what_presses_more_stands_under_it(
    world: World, genie: Opsgenie
) -> None:
    person, messages = vega(ALERTS, "opsgenie"), Messages(world.outbox, Renderer(TEMPLATES))
    async with running(world, ALERTS):
        page = await paged(world, messages, person)
        assert await ended(world, "page/1/1/vega/opsgenie") == "done"
        async with world.db.write() as tx:
            await messages.further(tx, page, {1: person}, "the target was missed", "t1")
        world.outbox.wake()
        await ended(world, "page/1/1/vega/opsgenie/note/t1")
        for state, action, after in (
            (PageState.ACKNOWLEDGED, "acknowledge", "acknowledged"),
            (PageState.RESOLVED, "resolve", "closed"),
        ):
            await answered(world, messages, page, person, state)
            assert await ended(world, f"page/1/1/vega/opsgenie/{action}") == "done"
            assert genie.alerts[ALIAS]["status"] == after
    assert genie.alerts[ALIAS]["notes"] == [
        "Now also the target was missed.",
        "Vega has acknowledged it in Heliograph.",
        "Vega has resolved it in Heliograph.",
    ]


async def test_who_passes_a_page_on_has_no_incident_any_more(world: World, duty: PagerDuty) -> None:
    """It is resolved for them at once, and whoever answers later changes nothing of that."""
    person, messages = vega(DUTY, "pagerduty"), Messages(world.outbox, Renderer(TEMPLATES))
    async with running(world, DUTY):
        page = await paged(world, messages, person)
        assert await ended(world, "page/1/1/vega/pagerduty") == "done"
        async with world.db.write() as tx:
            await messages.went_on(tx, page, [person, None], 1, person.slack, Verb.NOT_ME)
        world.outbox.wake()
        assert await ended(world, "page/1/1/vega/pagerduty/resolve") == "done"
        assert duty.incidents == {(KEY, "heliograph/page/1/1/vega/pagerduty"): "resolved"}
        await answered(world, messages, page, replace(person, slack="U0SOL"), PageState.ACKNOWLEDGED)
    assert [event["event_action"] for event in duty.events] == ["trigger", "resolve"]


async def test_an_answer_does_not_take_back_what_ends_an_incident(world: World, duty: PagerDuty) -> None:
    """PagerDuty is away while it is passed on, and answered by another: the incident ends once it is back."""
    person, messages = vega(DUTY, "pagerduty"), Messages(world.outbox, Renderer(TEMPLATES))
    async with running(world, DUTY):
        page = await paged(world, messages, person)
        assert await ended(world, "page/1/1/vega/pagerduty") == "done"
        duty.failing = [503] * 2
        async with world.db.write() as tx:
            await messages.went_on(tx, page, [person, None], 1, person.slack, Verb.NOT_ME)
        await answered(world, messages, page, replace(person, slack="U0SOL"), PageState.RESOLVED)
        assert await ended(world, "page/1/1/vega/pagerduty/resolve") == "done"
    assert list(duty.incidents.values()) == ["resolved"]


async def test_a_trigger_whose_answer_was_lost_is_ended_too(world: World, duty: PagerDuty) -> None:
    """Before its second try somebody answered: the first may have arrived, and did."""
    person, messages = vega(DUTY, "pagerduty"), Messages(world.outbox, Renderer(TEMPLATES))
    duty.failing = [LOST]
    async with running(world, DUTY):
        page = await paged(world, messages, person)

        async def lost() -> bool:
            return bool((await row(world, "page/1/1/vega/pagerduty")).last_error)

        await until(lost)
        await answered(world, messages, page, person, PageState.RESOLVED)
        assert await ended(world, "page/1/1/vega/pagerduty/resolve") == "done"
    assert list(duty.incidents.values()) == ["resolved"]


@pytest.mark.parametrize("service", ["pagerduty", "opsgenie"])
async def test_who_wants_to_be_left_alone_is_for_as_long_and_that_is_no_failure(
    world: World, duty: PagerDuty, genie: Opsgenie, service: str
) -> None:
    """`Retry-After: 2` of the first: not before, and the attempt does not count."""
    receiver: PagerDuty | Opsgenie = duty if service == "pagerduty" else genie
    receiver.failing, receiver.headers = [429], {"Retry-After": "2"}
    async with running(world, DUTY if service == "pagerduty" else ALERTS):
        began = time.monotonic()
        await notify(world, "p")

        async def told() -> bool:
            return "asks for 2 s" in (await row(world, "p")).last_error

        await until(told)
        assert (await row(world, "p")).attempts == 0
        assert await ended(world, "p") == "done"
        assert time.monotonic() - began >= 2
