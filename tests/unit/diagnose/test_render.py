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
from bot.fleet.snapshot import Source, State
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
    assert first(message) == ":red_circle: *sol: 1 critical*"
    assert message.text.startswith("sol: 1 critical.")
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
    assert first(message) == ":grey_question: *sol: not everything is known*"
    assert "0 of 0" not in json.dumps(message.blocks) + message.text + renderer.text("diagnose/health", health=found)


async def test_why_is_one_finding_with_its_evidence(renderer: Renderer) -> None:
    why = await broken().why(None, "llm", EVERYTHING)
    message = renderer.message("diagnose/why", why=why)
    assert first(message).startswith(":red_circle: *aurora-train/llm is running: Node n1 has lost 1 GPU of 8: Xid 79")
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
