"""Every way in, at the wire: by members, guests and people of another workspace, with words and without."""

from typing import Any

import pytest

from bot.desk.tables import Request
from sandbox.slack.hands import Refused
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
AURORA, CIRRUS, EUROPE = "C0AURORA", "C0CIRRUS", "C0TRIAGEEU"
OPAL, JADE, AGATE, CAPELLA, CASTOR = "U0OPAL", "U0JADE", "U0AGATE", "U0CAPELLA", "U0CASTOR"
HELIO = "<@U0HELIO>"


async def requests(live: Live, count: int) -> list[Request]:
    async def look() -> list[Request] | None:
        found = await live.rows(Request)
        return found if len(found) >= count else None

    found: list[Request] = await live.until(look, f"request {count}")
    return found


async def form(live: Live, who: str, callback: str, **values: Any) -> dict[str, Any]:
    view = await live.hands.wait_for_view(who, callback)
    return await live.hands.submit(who, view["id"], {name: {name: value} for name, value in values.items()})


async def test_the_form_offers_their_own_jobs_and_takes_files(live: Live) -> None:
    """No other client's job is among the choices; a file is named on the card, with a link."""
    await live.hands.command(OPAL, AURORA, "/request", "")
    view = await live.hands.wait_for_view(OPAL, "request.new")
    jobs = next(b for b in view["blocks"] if b["block_id"] == "job")["element"]["options"]
    assert jobs
    assert all(option["text"]["text"].startswith("aurora-") for option in jobs)
    log = {"name": "rank0.log", "text": "Traceback"}
    await form(live, OPAL, "request.new", text="it hangs", severity="sev2", job=jobs[0]["value"], files=[log])
    card = await live.sees(CAPELLA, EUROPE, "rank0.log")
    assert jobs[0]["text"]["text"] in words(card)
    (request,) = await requests(live, 1)
    assert request.namespace.startswith("aurora-")


async def test_an_emoji_is_a_request_of_whoever_wrote_the_message(live: Live) -> None:
    """For people of another workspace too, in the message's own thread; twice is once."""
    posted = await live.hands.post(AGATE, CIRRUS, "loss explodes after step 900")
    for reader in (CAPELLA, AGATE):
        await live.hands.react(reader, CIRRUS, posted, "sos")
    await live.sees(AGATE, CIRRUS, "has this", thread=posted)
    await live.hands.react(CAPELLA, CIRRUS, posted, "eyes")
    await live.hands.post(AGATE, CIRRUS, f"{HELIO} something else")
    found = await requests(live, 2)
    assert [r.requester for r in found] == [AGATE, AGATE]
    assert found[0].text == "loss explodes after step 900"


async def test_asking_about_a_message_keeps_its_files(live: Live) -> None:
    """Who pastes a log and then asks for support does not attach it a second time."""
    logs = [{"name": f"rank{n}-{'x' * 120}.log", "text": "Traceback"} for n in range(9)]
    posted = await live.hands.post(OPAL, AURORA, "NCCL timeouts", files=[*logs, {"name": "z.log", "text": "z"}])
    await live.hands.shortcut(OPAL, "request_from_message", AURORA, posted)
    extra = {"name": "extra.log", "text": "more"}
    await form(live, OPAL, "request.new", text="NCCL timeouts", severity="sev3", files=[extra])
    card = await live.sees(CAPELLA, EUROPE, "rank0-")
    assert "extra.log" in words(card)
    (request,) = await requests(live, 1)
    assert 5 < len(request.files) <= 11


async def test_the_pinned_buttons_serve_those_without_commands(live: Live) -> None:
    """A lead posts them; somebody of another workspace presses, and gets the form."""
    refused = await live.hands.command(OPAL, AURORA, "/request", "pin")
    assert refused["acked"]
    await live.sees(OPAL, AURORA, "Only people with the role")
    await live.hands.command(CASTOR, CIRRUS, "/request", "pin")
    buttons = await live.sees(AGATE, CIRRUS, "Need help with your training?")
    with pytest.raises(Refused):
        await live.hands.command(AGATE, CIRRUS, "/request", "it hangs")
    await live.hands.click(AGATE, CIRRUS, buttons["ts"], "request.help")
    await form(live, AGATE, "request.new", text="all ranks hang", severity="sev2")
    await live.sees(AGATE, CIRRUS, "asks for support")

    async def pinned() -> bool:
        return bool(await live.hands.calls("pins.add"))

    await live.until(pinned, "the pin")


async def test_a_training_run_is_planned(live: Live) -> None:
    """What is wrong with the form stands beside its fields, all at once; what is right stands on the card."""
    await live.hands.command(OPAL, AURORA, "/request", "plan")
    now = int(live.world.clock.unix())
    values = {
        "what": "405B, phase two",
        "start": now - 60,
        "gpus": "many",
        "framework": "NeMo",
        "dataset": "/d",
        "checkpoint": "/c",
    }
    wrong = await form(live, OPAL, "request.run", **values)
    assert set(wrong["errors"]) == {"start", "gpus"}
    await form(live, OPAL, "request.run", **values | {"start": now + 86_400, "gpus": "4,096"})
    card = await live.sees(CAPELLA, EUROPE, "405B, phase two")
    assert "4096" in words(card)
    (request,) = await requests(live, 1)
    assert (request.kind, request.severity) == ("training_run", "sev4")


async def test_from_app_home_only_for_ones_own_client(live: Live) -> None:
    await live.hands.home(OPAL)
    home = await live.until(lambda: live.hands.published(OPAL), "App Home")
    await live.hands.click(OPAL, action_id="home.new_request", view_id=home["id"])
    view = await live.hands.wait_for_view(OPAL, "request.new")
    offered = next(b for b in view["blocks"] if b["block_id"] == "channel")["element"]["options"]
    assert [o["value"] for o in offered] == [AURORA]
    await form(live, OPAL, "request.new", channel=AURORA, text="checkpoints are slow", severity="sev3")
    await live.sees(OPAL, AURORA, "checkpoints are slow")


async def test_a_mention_in_a_requests_thread_belongs_to_it(live: Live) -> None:
    posted = await live.hands.post(AGATE, CIRRUS, f"{HELIO} it hangs")
    await live.sees(AGATE, CIRRUS, "has this", thread=posted)
    await live.hands.post(AGATE, CIRRUS, f"{HELIO} any news?", thread_ts=posted)
    await live.hands.post(AGATE, CIRRUS, f"{HELIO} and another thing")
    found = await requests(live, 2)
    assert [r.text for r in found] == ["it hangs", "and another thing"]


async def test_the_same_job_again_is_offered_to_be_joined(live: Live) -> None:
    """Nothing is lost when nobody answers the offer; a click of theirs joins the two."""
    await live.hands.command(OPAL, AURORA, "/request", "sev2 llama-405b-pretrain stalls")
    await live.hands.command(JADE, AURORA, "/request", "sev2 llama-405b-pretrain is slow")
    root = await live.sees(JADE, AURORA, "llama-405b-pretrain is slow")
    offer = await live.sees(JADE, AURORA, "Is this the same as", thread=root["ts"])
    await live.hands.click(JADE, AURORA, offer["ts"], "request.join")
    await live.sees(JADE, AURORA, "goes on with this in R-1", thread=root["ts"])
    found = await requests(live, 2)
    assert [(r.state, r.merged_into) for r in found] == [("new", None), ("closed", 1)]
    card = await live.sees(CAPELLA, EUROPE, "R-1 ")
    await live.hands.click(CAPELLA, EUROPE, card["ts"], "request.resolve")
    asked = await live.hands.wait_for_view(CAPELLA, "request.form.resolve")
    written = {"to_client": {"to_client": "A switch was rebooted"}, "cause": {"cause": "bad optics"}}
    await live.hands.submit(CAPELLA, asked["id"], written)
    outcome = await live.sees(JADE, AURORA, "R-2 is a part of it", thread=root["ts"])
    assert "A switch was rebooted" in words(outcome)
    assert "optics" not in words(outcome)
    await live.hands.click(JADE, AURORA, outcome["ts"], "request.reopen")
    await live.sees(JADE, AURORA, "opened R-1 again", thread=root["ts"])
    assert [r.state for r in await requests(live, 2)] == ["in_progress", "closed"]


async def test_what_sounds_worse_is_only_offered(live: Live) -> None:
    """It stays as it was opened until somebody of theirs says so; then it pages."""
    await live.hands.command(OPAL, AURORA, "/request", "all ranks hang")
    root = await live.sees(OPAL, AURORA, "asks for support")
    offer = await live.sees(OPAL, AURORA, "This sounds like", thread=root["ts"])
    assert (await requests(live, 1))[0].severity == "sev3"
    await live.hands.click(OPAL, AURORA, offer["ts"], "request.severity")
    await live.sees(OPAL, AURORA, "says that this is", thread=root["ts"])
    await live.sees(CAPELLA, await live.dm(CAPELLA), "sev1 from Aurora")


@pytest.mark.parametrize(("typed", "answer"), [("hlep", "Did you mean"), ("sev5 test", "There is no severity")])
async def test_a_wrong_command_opens_nothing(live: Live, typed: str, answer: str) -> None:
    await live.hands.command(OPAL, AURORA, "/request", typed)
    await live.sees(OPAL, AURORA, answer)
    assert await live.rows(Request) == []


async def test_forty_thousand_characters_are_all_kept(live: Live) -> None:
    """The beginning is shown, and how much is missing; the whole is a file under the card."""
    long = "\u202eloss is <!channel> NaN 🙃 " * 1_700
    await live.hands.command(OPAL, AURORA, "/request", long[:40_000])
    root = await live.sees(OPAL, AURORA, "more characters")
    assert "<!channel>" not in words(root)
    (request,) = await requests(live, 1)
    assert len(request.text) > 30_000
    assert "\u202e" not in request.text
    await live.sees(CAPELLA, EUROPE, "R-1")

    async def shared() -> bool:
        return bool(await live.hands.calls("files.completeUploadExternal"))

    await live.until(shared, "the whole text")
