"""Contact methods over real sockets: what a mail server, a webhook and PagerDuty receive when somebody is paged."""

import html
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlmodel import select

from bot.clock import SystemClock
from bot.directory.model import ContactMethod, Person
from bot.outbox import pagerduty as adapter
from bot.outbox.delivery import REFUSALS
from bot.outbox.sender import Sender
from bot.outbox.tables import OutgoingMessage
from bot.paging.messages import Messages
from bot.paging.model import Contact, Found, PageState, Position
from bot.paging.tables import Page
from bot.slack.render import Renderer
from tests.services.office import TEMPLATES
from tests.wire.outbox.conftest import World, until
from tests.wire.outbox.receivers import LOST, PagerDuty, mail_server, pagerduty, webhook

pytestmark = pytest.mark.wire
KEY = "r0utingk3y0fvegas0service0000000"
DUTY = f"pagerduty://{KEY}@anapikey/login-1?severity=error"


@asynccontextmanager
async def running(world: World, url: str) -> AsyncIterator[Sender]:
    sender = world.sender(lambda _: url)
    sender.start()
    yield sender
    await sender.stop()


TYPED = "All ranks hang.\nSeit 02:00 – Köln."


async def notify(
    world: World, key: str, title: str = "PAGE sev1: llama-405b hangs", body: str = TYPED, **more: dict[str, str]
) -> None:
    async with world.db.write() as tx:
        await world.outbox.notify(tx, key, "vega/x", title, body, **more)  # type: ignore[arg-type]
    world.outbox.wake()


async def ended(world: World, key: str) -> str:
    async def over() -> bool:
        return await world.state(key) in ("done", "failed")

    await until(over)
    return await world.state(key)


async def row(world: World, key: str) -> OutgoingMessage:
    async with world.db.read() as tx:
        return (await tx.scalars(select(OutgoingMessage).where(OutgoingMessage.key == key))).one()


@pytest.mark.parametrize("form", ["", "&format=text"])
async def test_a_mail_arrives_as_it_was_written(world: World, form: str) -> None:
    """Also where the address does not say that it is text: what looks like HTML is what somebody typed."""
    typed = "All ranks hang: loss is <NaN> & <b>falling</b>.\nSeit 02:00 – Köln."
    async with mail_server() as mail:
        address = f"mailto://127.0.0.1:{mail.port}/?from=bot@heliograph.example&to=vega@heliograph.example{form}"
        async with running(world, address):
            await notify(world, "m", body=typed)
            assert await ended(world, "m") == "done"
    ((sender, recipients, message),) = mail.envelopes
    assert (sender, recipients) == ("bot@heliograph.example", ["vega@heliograph.example"])
    assert message["Subject"] == "PAGE sev1: llama-405b hangs"
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines()[:2] == typed.splitlines()


async def test_a_mail_for_who_wants_html_shows_what_was_typed(world: World) -> None:
    async with mail_server() as mail:
        address = f"mailto://127.0.0.1:{mail.port}/?from=bot@h.example&to=vega@h.example&format=html"
        async with running(world, address):
            await notify(world, "m", body="loss is <NaN> & <b>falling</b>\nsince 02:00")
            assert await ended(world, "m") == "done"
    ((_, _, message),) = mail.envelopes
    body = message.get_body(("html",))
    assert body is not None
    shown = html.unescape(body.get_content().replace("<br/>", "\n").replace("&nbsp;", " "))
    assert "loss is <NaN> & <b>falling</b>\nsince 02:00" in shown
    assert "<NaN>" not in body.get_content()


async def test_what_is_refused_again_and_again_has_failed_for_good(world: World) -> None:
    """A gateway that is being started anew answers 404 for a moment; one that always does is told to the admins."""
    async with webhook() as hook:
        hook.failing = [404] * REFUSALS
        async with running(world, f"json://127.0.0.1:{hook.port}/hook"):
            await notify(world, "w")
            assert await ended(world, "w") == "failed"
        assert (await row(world, "w")).last_error == "It did not take the message: it answered 404 (Not Found)."
        hook.failing = [404] * (REFUSALS - 1)
        async with running(world, f"json://127.0.0.1:{hook.port}/hook"):
            await notify(world, "again")
            assert await ended(world, "again") == "done"
    assert len(hook.bodies) == 1


async def test_a_mail_that_is_put_off_is_tried_again(world: World) -> None:
    async with mail_server() as mail:
        mail.refusing = [451]
        address = f"mailto://127.0.0.1:{mail.port}/?from=bot@heliograph.example&to=vega@heliograph.example&format=text"
        async with running(world, address):
            await notify(world, "m")
            assert await ended(world, "m") == "done"
    assert len(mail.envelopes) == 1
    assert mail.refusing == []


async def test_a_webhook_receives_it_once_it_works_again(world: World) -> None:
    async with webhook() as hook:
        hook.failing = [503]
        async with running(world, f"json://127.0.0.1:{hook.port}/hook"):
            await notify(world, "w")
            assert await ended(world, "w") == "done"
    (body,) = hook.bodies
    assert (body["title"], body["message"]) == ("PAGE sev1: llama-405b hangs", "All ranks hang.\nSeit 02:00 – Köln.")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_service_that_says_how_long_to_wait_is_left_alone_for_so_long(world: World, status: int) -> None:
    """So is what waits for it behind the first; and it is no failure, however often it is said."""
    async with webhook() as hook:
        hook.failing, hook.headers = [status, status], {"Retry-After": "2"}
        async with running(world, f"json://127.0.0.1:{hook.port}/hook"):
            await notify(world, "w")
            await notify(world, "behind")
            assert await ended(world, "behind") == "done"
    assert len(hook.bodies) == 2
    first, second, third, _ = hook.asked
    assert min(second - first, third - second) >= 2
    assert (await row(world, "w")).attempts == 0


@pytest.fixture
async def duty(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PagerDuty]:
    async with pagerduty(KEY) as service:
        monkeypatch.setenv(adapter.OVERRIDE, service.url)
        yield service


async def test_pagerduty_is_triggered_under_a_key_of_its_own(world: World, duty: PagerDuty) -> None:
    async with running(world, DUTY):
        await notify(world, "page/1/1/vega/pagerduty", title="x" * 2000)
        assert await ended(world, "page/1/1/vega/pagerduty") == "done"
    (event,) = duty.events
    assert event["payload"]["summary"] == "x" * 1024
    assert (event["payload"]["source"], event["payload"]["severity"]) == ("login-1", "error")
    assert event["payload"]["custom_details"] == {"page": "All ranks hang.\nSeit 02:00 – Köln."}
    assert duty.incidents == {(KEY, "heliograph/page/1/1/vega/pagerduty"): "triggered"}


@pytest.mark.parametrize("failure", [LOST, 429, 500])
async def test_pagerduty_that_fails_once_has_one_incident(world: World, duty: PagerDuty, failure: int) -> None:
    """Also where the event was taken and the answer lost: the second try is the same incident."""
    duty.failing = [failure]
    async with running(world, DUTY):
        await notify(world, "p")
        assert await ended(world, "p") == "done"
    assert len(duty.events) == (2 if failure == LOST else 1)
    assert duty.incidents == {(KEY, "heliograph/p"): "triggered"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_routing_key_is_refused_for_good_and_nowhere_written(
    world: World, duty: PagerDuty, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """PagerDuty's answer repeats the event here, as a careless gateway might."""
    caplog.set_level(logging.DEBUG)
    async with running(world, "pagerduty://wr0ngkey@anapikey"):
        await notify(world, "p")
        assert await ended(world, "p") == "failed"
    said = await row(world, "p")
    assert "routing key" in said.last_error
    out = capfd.readouterr()
    assert "wr0ngkey" not in f"{said.model_dump()}{caplog.text}{out.out}{out.err}"


async def test_who_answers_ends_the_incident_at_pagerduty(world: World, duty: PagerDuty) -> None:
    """Acknowledged, then resolved; and what had not been triggered yet never is."""
    now = SystemClock().now()
    soon = ContactMethod("vega/pagerduty", "pagerduty", DUTY)
    late = ContactMethod("vega/webhook", "webhook", DUTY, timedelta(hours=1))
    vega = Person("vega", "Vega", "U0VEGA", "us", "America/Chicago", contacts=(soon, late))
    messages = Messages(world.outbox, Renderer(TEMPLATES))
    async with running(world, DUTY):
        page = await _paged(world, messages, vega)
        assert await ended(world, f"page/{page.id}/1/vega/pagerduty") == "done"
        incident = (KEY, f"heliograph/page/{page.id}/1/vega/pagerduty")
        assert duty.incidents == {incident: "triggered"}
        for state, action in ((PageState.ACKNOWLEDGED, "acknowledge"), (PageState.RESOLVED, "resolve")):
            async with world.db.write() as tx:
                page.state, page.answered_by, page.answered_at = state.value, vega.slack, now
                await messages.answered(tx, page, [vega], now)
            world.outbox.wake()
            assert await ended(world, f"page/{page.id}/1/vega/pagerduty/{action}") == "done"
            assert duty.incidents == {incident: f"{action}d"}
    assert [event["event_action"] for event in duty.events] == ["trigger", "acknowledge", "resolve"]


async def _paged(world: World, messages: Messages, person: Person) -> Page:
    now = SystemClock().now()
    found = Found(person.id, "primary on duty")
    contact = Contact((found,), now + timedelta(minutes=5), Position(0, 1))
    async with world.db.write() as tx:
        page = Page(source="s", title="all ranks hang", body="All ranks hang.", because="somebody asked for help")
        page.region, page.raised_by, page.state, page.contacts, page.created_at = "us", "U0SOL", "open", 1, now
        tx.add(page)
        await tx.flush()
        await messages.contact(tx, page, person, found, contact, "", now)
    world.outbox.wake()
    return page
