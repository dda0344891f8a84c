"""What a tired engineer reads: the point first, then evidence with its time, then the next step."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.actions.model import Cost, Plan, Target, Verb
from bot.actions.model import State as PlanState
from bot.clock import ManualClock
from bot.diagnose.model import Health
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING
from bot.fleet import kinds
from bot.fleet.snapshot import PodLog, Source, State
from bot.slack.render import Message, Renderer
from tests.unit.diagnose.builders import NOW, Still, cluster, condition, event, job, node, pod

ROOT = Path(__file__).parents[3] / "templates"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(ROOT)


def first(message: Message) -> str:
    return str(message.blocks[0]["text"]["text"])


def broken() -> Diagnose:
    seen = cluster(
        node("n1", allocatable=7),
        event("Node", "n1", "Xid", "Xid (PCI:0000:4e:00): 79, fallen off the bus <!channel> & *bold*"),
        job("llm", pods=1),
        pod("llm-0", "llm", "n1"),
        sources={
            "Event": Source("Event", State.STALE, NOW - timedelta(minutes=7), "the cluster sol cannot be reached")
        },
    )
    return Diagnose(Still(seen), ManualClock(NOW))


def health(diagnose: Diagnose) -> Health:
    return diagnose.health(None, EVERYTHING)


def test_health_begins_with_the_point_and_shows_what_is_unknown_with_its_age(renderer: Renderer) -> None:
    message = renderer.message("diagnose/health", health=health(broken()))
    assert (
        first(message)
        == ":red_circle: *sol: UNKNOWN: Event cannot be read, last seen 7 min ago. Otherwise: 1 critical*"
    )
    assert message.text.startswith("sol: UNKNOWN: Event cannot be read, last seen 7 min ago. Otherwise: 1 critical.")
    whole = json.dumps(message.blocks)
    assert "UNKNOWN: Event" in whole
    assert "7 min ago" in whole
    assert "Cordon and drain the node" in whole
    assert "<!channel>" not in whole


def test_nothing_broken_is_said_in_one_line(renderer: Renderer) -> None:
    message = renderer.message("diagnose/health", health=health(Diagnose(Still(cluster(node("n1"))), ManualClock(NOW))))
    assert first(message) == ":large_green_circle: *sol: nothing is broken*"


def test_a_cluster_that_was_never_read_is_unknown_and_not_empty(renderer: Renderer) -> None:
    away = {k.name: Source(k.name, State.UNKNOWN, None, "the cluster sol cannot be reached") for k in kinds.KINDS}
    found = health(Diagnose(Still(cluster(sources=away)), ManualClock(NOW)))
    message = renderer.message("diagnose/health", health=found)
    assert first(message) == ":grey_question: *sol: UNKNOWN: the cluster could not be read so far.*"
    assert "0 of 0" not in json.dumps(message.blocks) + message.text + renderer.text("diagnose/health", health=found)


def gone(*things: object) -> Diagnose:
    """A cluster of which the last thing heard is half a minute old."""
    why = "the cluster sol does not answer in time"
    stale = {k.name: Source(k.name, State.STALE, NOW - timedelta(seconds=31), why) for k in kinds.KINDS}
    return Diagnose(Still(cluster(*things, sources=stale)), ManualClock(NOW))


async def test_a_job_of_a_cluster_that_is_away_is_never_said_to_be_well(renderer: Renderer) -> None:
    """Its state is a memory: UNKNOWN and the age come first, in what a notification reads too, and nothing is green."""
    why = await gone(node("n1"), job("llm", pods=1), pod("llm-0", "llm", "n1")).why(None, "llm", EVERYTHING)
    message = renderer.message("diagnose/why", why=why)
    begins = "UNKNOWN: the cluster cannot be read, last seen 31 s ago. Last known: aurora-train/llm is running"
    for said in (message.text, first(message), renderer.text("diagnose/why", why=why)):
        assert said.removeprefix(":grey_question: *").startswith(begins)
        assert "nothing is wrong" not in said
    assert json.dumps(message.blocks).count("does not answer in time") == 1, "one reason, one line"


def test_the_health_of_a_cluster_that_is_away_is_a_memory_too(renderer: Renderer) -> None:
    found = health(gone(node("n1")))
    begins = "sol: UNKNOWN: the cluster cannot be read, last seen 31 s ago. Last known: nothing known to be broken"
    message = renderer.message("diagnose/health", health=found)
    assert message.text.startswith(begins)
    assert first(message).startswith(f":grey_question: *{begins}")
    assert renderer.text("diagnose/health", health=found).startswith(begins)


async def test_a_job_whose_logs_cannot_be_read_is_not_said_to_be_without_fault(renderer: Renderer) -> None:
    unread = PodLog("aurora-train/llm-0", "n1", "main", False, (), "no answer within 2.5 s")
    seen = cluster(node("n1"), job("llm", pods=1), pod("llm-0", "llm", "n1"))
    why = await Diagnose(Still(seen, logs=(unread,)), ManualClock(NOW)).why(None, "llm", EVERYTHING)
    assert why.headline == "aurora-train/llm is running, and nothing is known to be wrong with it"
    assert first(renderer.message("diagnose/why", why=why)).startswith(":grey_question:")


async def test_why_is_one_finding_with_its_evidence(renderer: Renderer) -> None:
    why = await broken().why(None, "llm", EVERYTHING)
    message = renderer.message("diagnose/why", why=why)
    assert ". Otherwise: aurora-train/llm is running: Node n1 has lost 1 GPU of 8: Xid 79" in first(message)
    assert first(message).endswith("*RESTART*")
    text = renderer.text("diagnose/why", why=why)
    assert text.splitlines()[0].endswith("[RESTART]")
    assert "2026-11-24 11:56 UTC" in text


def test_a_large_trouble_still_fits_into_a_message(renderer: Renderer) -> None:
    nodes = [node(f"n{i}", conditions=[condition("Ready", "False", "Gone", "x" * 900)]) for i in range(300)]
    message = renderer.message("diagnose/health", health=health(Diagnose(Still(cluster(*nodes)), ManualClock(NOW))))
    assert first(message) == ":red_circle: *sol: 300 critical*"
    assert len(message.blocks) <= 50
    assert "292 more" in json.dumps(message.blocks)


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("kind", ["Job", "Workload"])
@pytest.mark.parametrize("hours", [None, 8.5])
def test_a_plan_says_that_nothing_has_been_done(renderer: Renderer, verb: Verb, kind: str, hours: float | None) -> None:
    target = Target("sol", kind, "v1", "aurora-train", "llm", "u", "7")
    cost = Cost(2, 16, hours, NOW if hours else None)
    plan = Plan("01x", verb, "aurora-train/llm", target, cost, PlanState.PROPOSED, "U0VEGA", NOW, NOW)
    message = renderer.message("actions/plan", plan=plan)
    assert "Nothing has been done yet" in first(message)
    buttons = [e["action_id"] for e in message.blocks[-1]["elements"]]
    assert buttons == ["job.confirm", "job.cancel"]
    assert "Nothing has been done yet" in renderer.text("actions/plan", plan=plan)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("Workload", "leaves its queue, where it waits for 256 GPUs"), ("Job", "no longer waits for 256 GPUs")],
)
def test_a_job_that_waits_gives_nothing_back(renderer: Renderer, kind: str, words: str) -> None:
    """What it wants is not what it holds."""
    target = Target("sol", kind, "v1", "aurora-train", "llm", "u1", "7")
    plan = Plan("01x", Verb.SUSPEND, "aurora-train/llm", target, Cost(0, 256), PlanState.PROPOSED, "U0VEGA", NOW, NOW)
    message = renderer.message("actions/plan", plan=plan)
    for said in (json.dumps(message.blocks), renderer.text("actions/plan", plan=plan)):
        assert words in said
        assert "no GPU is given back" in said
    assert "It holds no GPUs" in message.text


def test_one_is_one(renderer: Renderer) -> None:
    """ "1 pod stops", never "1 pods"."""
    target = Target("sol", "Job", "v1", "aurora-train", "llm", "u1", "7")
    plan = Plan("01x", Verb.SUSPEND, "aurora-train/llm", target, Cost(1, 8), PlanState.PROPOSED, "U0VEGA", NOW, NOW)
    assert "1 pod stops and gives back 8 GPUs" in json.dumps(renderer.message("actions/plan", plan=plan).blocks)
    assert "1 pod, 8 GPUs" in renderer.message("actions/plan", plan=plan).text
