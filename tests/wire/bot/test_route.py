"""Path 1 at the wire: from a client's words to an owner, a card, and what the client reads at every step."""

import pytest

from bot.desk.tables import Request
from sandbox.slack.hands import Refused
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
AURORA, CIRRUS, EUROPE = "C0AURORA", "C0CIRRUS", "C0TRIAGEEU"
OPAL, JADE, AGATE, CAPELLA, ALTAIR = "U0OPAL", "U0JADE", "U0AGATE", "U0CAPELLA", "U0ALTAIR"


@pytest.mark.parametrize("who", [OPAL, JADE])
async def test_a_command_by_a_member_or_a_guest(live: Live, who: str) -> None:
    """Reply in the thread with who, where, their time and who comes next; a card where the engineers are."""
    answer = await live.hands.command(who, AURORA, "/request", "sev2 loss is NaN")
    assert answer["acked"], answer
    root = await live.sees(who, AURORA, "asks for support")
    reply = await live.sees(who, AURORA, "has this", thread=root["ts"])
    for part in (f"<@{CAPELLA}>", "Europe", "17:05 CET", "United States takes over"):
        assert part in words(reply)
    await live.sees(CAPELLA, EUROPE, "R-1")


async def test_a_form(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "")
    view = (await live.until(lambda: live.hands.views(OPAL), "the form"))[-1]
    refused = await live.hands.submit(OPAL, view["id"], {"text": {"text": " "}, "severity": {"severity": "sev1"}})
    assert "text" in refused["errors"]
    await live.hands.submit(OPAL, view["id"], {"text": {"text": "all hang"}, "severity": {"severity": "sev2"}})
    await live.sees(OPAL, AURORA, "all hang")
    (request,) = await live.rows(Request)
    assert (request.text, request.severity, request.channel) == ("all hang", "sev2", AURORA)


async def test_a_mention_by_somebody_of_another_workspace(live: Live) -> None:
    """Commands do not exist for them; a mention serves."""
    with pytest.raises(Refused, match="not a valid command"):
        await live.hands.command(AGATE, CIRRUS, "/request", "hello")
    posted = await live.hands.post(AGATE, CIRRUS, "<@U0HELIO> our run hangs")
    await live.sees(AGATE, CIRRUS, "has this", thread=posted)
    (request,) = await live.rows(Request)
    assert (request.client, request.requester, request.text) == ("cirrus", AGATE, "our run hangs")


async def test_a_message_shortcut_starts_the_form_with_its_words(live: Live) -> None:
    posted = await live.hands.post(OPAL, AURORA, "NCCL timeouts on 3 nodes")
    await live.hands.shortcut(OPAL, "request_from_message", AURORA, posted)
    view = (await live.until(lambda: live.hands.views(OPAL), "the form"))[-1]
    assert "NCCL timeouts on 3 nodes" in str(view["blocks"])
    text = "NCCL timeouts on 3 nodes"
    await live.hands.submit(OPAL, view["id"], {"text": {"text": text}, "severity": {"severity": "sev2"}})
    await live.sees(OPAL, AURORA, "has this", thread=posted)


async def test_clicks_move_the_state_update_the_card_and_tell_the_client(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    root = await live.sees(OPAL, AURORA, "asks for support")
    for action, state, told in (
        ("request.acknowledge", "Acknowledged", "has seen this"),
        ("request.assign", "In progress", "has taken this over"),
    ):
        await live.hands.click(ALTAIR, EUROPE, card["ts"], action)
        await live.sees(CAPELLA, EUROPE, state)
        await live.sees(OPAL, AURORA, told, thread=root["ts"])
    await resolve(live, ALTAIR, card["ts"], to_client="We restarted it", cause="bad learning rate", fix="warm-up")
    await live.sees(CAPELLA, EUROPE, "Cause: bad learning rate")
    told = await live.sees(OPAL, AURORA, "is resolved", thread=root["ts"])
    assert "We restarted it" in words(told)
    assert "learning rate" not in words(told), "what the team notes is not the client's"
    (request,) = await live.rows(Request)
    assert (request.state, request.owner) == ("resolved", ALTAIR)


async def resolve(live: Live, who: str, ts: str, **fields: str) -> None:
    await live.hands.click(who, EUROPE, ts, "request.resolve")
    form = await live.hands.wait_for_view(who, "request.form.resolve")
    await live.hands.submit(who, form["id"], {name: {name: value} for name, value in fields.items()})


async def test_two_clicks_one_effect(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    await live.hands.click(CAPELLA, EUROPE, card["ts"], "request.acknowledge")
    await live.sees(CAPELLA, EUROPE, "Acknowledged")
    await resolve(live, ALTAIR, card["ts"])
    await live.sees(CAPELLA, EUROPE, "Resolved")
    (request,) = await live.rows(Request)
    assert request.last_by == ALTAIR


async def test_an_envelope_delivered_twice_is_one_request(live: Live) -> None:
    await live.hands.fault("events_api", "deliver_twice", 1)
    posted = await live.hands.post(OPAL, AURORA, "<@U0HELIO> it hangs")
    await live.sees(OPAL, AURORA, "has this", thread=posted)
    await live.hands.post(OPAL, AURORA, "<@U0HELIO> another thing")
    await live.until(lambda: _two(live), "the second request")
    assert len(await live.rows(Request)) == 2


async def _two(live: Live) -> bool:
    return len(await live.rows(Request)) >= 2


async def test_slack_loses_the_answer_and_one_copy_is_visible(live: Live) -> None:
    await live.hands.fault("chat.postMessage", "applied_then_timeout", 2)
    await live.hands.command(OPAL, AURORA, "/request", "sev3 slow checkpoints")
    root = await live.sees(OPAL, AURORA, "slow checkpoints")
    await live.sees(OPAL, AURORA, "has this", thread=root["ts"])
    await live.sees(CAPELLA, EUROPE, "R-1")
    assert await live.count(OPAL, AURORA, "slow checkpoints") == 1
    assert await live.count(CAPELLA, EUROPE, "slow checkpoints") == 1


async def test_slack_limits_the_rate_and_nothing_is_lost(live: Live) -> None:
    await live.hands.fault("chat.postMessage", "rate_limited", 3, retry_after=1)
    await live.hands.command(OPAL, AURORA, "/request", "sev3 slow checkpoints")
    root = await live.sees(OPAL, AURORA, "slow checkpoints")
    await live.sees(OPAL, AURORA, "has this", thread=root["ts"])
    assert await live.count(OPAL, AURORA, "slow checkpoints") == 1


async def test_a_restart_in_between_loses_nothing(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    card = await live.sees(CAPELLA, EUROPE, "R-1")
    await live.stop()
    await live.start()
    await live.hands.click(CAPELLA, EUROPE, card["ts"], "request.acknowledge")
    await live.sees(CAPELLA, EUROPE, "Acknowledged")
    assert await live.count(CAPELLA, EUROPE, "loss is NaN") == 1


async def test_a_client_cannot_press_the_engineers_buttons(live: Live) -> None:
    await live.hands.command(OPAL, AURORA, "/page", "wake somebody")
    await live.sees(OPAL, AURORA, "Only people with the role")
