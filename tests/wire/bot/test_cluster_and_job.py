"""Paths 3 and 4 at the wire: health and why, in the team's channels and in a client's; suspend and resume."""

import asyncio
from typing import Any

import pytest

from bot.actions.tables import ActionPlan, AuditEntry
from sandbox.fleet import incidents
from sandbox.tour import words
from tests.wire.bot.live import Live

pytestmark = pytest.mark.wire
AURORA, EUROPE = "C0AURORA", "C0TRIAGEEU"
CLIENTS = {"aurora-train": (AURORA, "U0OPAL"), "borealis-train": ("C0BOREALIS", "U0ONYX")}
OPAL, CAPELLA, ALTAIR = "U0OPAL", "U0CAPELLA", "U0ALTAIR"


async def healthy(live: Live, who: str, channel: str, part: str) -> str:
    """`/cluster health` again and again until its answer has `part` in it: the mirror needs a moment."""

    async def look() -> str:
        await live.hands.command(who, channel, "/cluster", "health")
        message = await live.sees(who, channel, "Nodes ready")
        return words(message) if part in words(message) else ""

    return str(await live.until(look, f"“{part}” in the health"))


async def test_health_names_what_is_broken_worst_first(live: Live) -> None:
    incidents.inject(live.world.fleet, "gpu-off-bus")
    incidents.inject(live.world.fleet, "node-not-ready")
    text = await healthy(live, CAPELLA, EUROPE, "Xid 79")
    text = await healthy(live, CAPELLA, EUROPE, "47 of 48")
    assert "critical" in text.splitlines()[0]


async def test_in_a_clients_channel_health_is_the_clients_own(live: Live) -> None:
    """Nothing of another client, whoever asks."""
    incidents.inject(live.world.fleet, "gpu-off-bus")
    for who in (OPAL, CAPELLA):
        text = await healthy(live, who, AURORA, "Nodes ready")
        assert "borealis" not in text
        assert "cirrus" not in text


async def test_why_ends_in_one_finding_with_evidence(live: Live) -> None:
    namespace, job = incidents.inject(live.world.fleet, "cuda-oom").job
    channel, who = CLIENTS[namespace]

    async def found() -> str:
        await live.hands.command(who, channel, "/job", f"why {job}")
        text = words(await live.sees(who, channel, job))
        return text if "CUDA out of memory" in text else ""

    text = str(await live.until(found, "the finding"))
    assert "STOP" in text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("why reward-70", "Did you mean reward-70b?"),
        ("why code-34b-pretrain", "There is no job code-34b-pretrain"),
        ("why", "Which job?"),
        ("wy x", "Did you mean"),
        ("suspend llama-8b-annealing", "llama-8b-annealing"),
    ],
)
async def test_what_cannot_be_answered_says_what_can(live: Live, typed: str, said: str) -> None:
    await live.hands.command(OPAL, AURORA, "/job", typed)
    await live.sees(OPAL, AURORA, said)


async def offered(live: Live, who: str, channel: str, command: str) -> dict[str, Any]:
    await live.hands.command(who, channel, "/job", command)

    async def look() -> dict[str, Any] | None:
        found = [m for m in await live.hands.messages(who, channel) if "job.confirm" in str(m.get("blocks"))]
        return found[-1] if found else None

    message: dict[str, Any] = await live.until(look, f"the plan of {command}")
    return message


@pytest.mark.parametrize(("job", "kind"), [("reward-70b", "Workload"), ("perplexity-sweep", "Job")])
async def test_suspend_is_planned_confirmed_applied_as_the_person_and_written_down(
    live: Live, job: str, kind: str
) -> None:
    """A job of Kueue's by its Workload, a plain one by itself; the message has no live buttons afterwards."""
    plan = await offered(live, CAPELLA, EUROPE, f"suspend {job}")
    await live.hands.click(CAPELLA, EUROPE, plan["ts"], "job.confirm")
    await live.sees(CAPELLA, EUROPE, f"has suspended aurora-train/{job}")

    live.advance(seconds=40)  # the pods' grace period passes

    async def gone() -> bool:
        return not live.world.store.list("pods", "aurora-train", labels=f"batch.kubernetes.io/job-name={job}")

    await live.until(gone, "the end of its pods")
    (entry,) = await live.rows(AuditEntry)
    assert (entry.actor, entry.kubernetes_user, entry.outcome) == (CAPELLA, "capella@heliograph.example", "applied")
    assert entry.object.startswith(kind)
    patched = [r for r in live.world.kube.requests if r.method == "PATCH"]
    assert {r.impersonated for r in patched} == {"capella@heliograph.example"}
    left = [m for m in await live.hands.messages(CAPELLA, EUROPE) if "job.confirm" in str(m.get("blocks"))]
    assert left == []


async def test_two_clicks_one_effect(live: Live) -> None:
    plan = await offered(live, CAPELLA, EUROPE, "suspend reward-70b")
    clicks = (live.hands.click(CAPELLA, EUROPE, plan["ts"], "job.confirm") for _ in range(2))
    await asyncio.gather(*clicks, return_exceptions=True)
    await live.sees(CAPELLA, EUROPE, "already")
    await live.sees(CAPELLA, EUROPE, "has suspended")
    assert len(await live.rows(AuditEntry)) == 1


async def test_cancel_changes_nothing(live: Live) -> None:
    plan = await offered(live, CAPELLA, EUROPE, "suspend reward-70b")
    await live.hands.click(CAPELLA, EUROPE, plan["ts"], "job.cancel")
    await live.sees(CAPELLA, EUROPE, "nothing was changed")
    (row,) = await live.rows(ActionPlan)
    assert row.state == "cancelled"


async def test_a_cluster_that_is_away_is_unknown_never_healthy(live: Live) -> None:
    """And the rest goes on: a request is routed meanwhile."""
    await live.world.kube.__aexit__(None, None, None)
    await healthy(live, CAPELLA, EUROPE, "UNKNOWN")
    await live.hands.command(OPAL, AURORA, "/request", "sev2 loss is NaN")
    await live.sees(CAPELLA, EUROPE, "R-1")
