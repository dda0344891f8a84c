"""A client sees only its own: nothing that belongs to another reaches an answer, whatever words carry it."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import ManualClock
from bot.diagnose.model import as_json
from bot.diagnose.scoping import Words
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING, Scope
from tests.unit.diagnose.builders import (
    NOW,
    Still,
    cluster,
    condition,
    ended,
    event,
    job,
    log,
    node,
    pod,
    queues,
    workload,
)

AURORA = Scope("aurora", {"sol": frozenset({"aurora-train"})}, {"sol": frozenset({"aurora"})})
names = st.from_regex(r"[a-z][a-z0-9]{3,8}(-[a-z0-9]{2,6}){0,2}", fullmatch=True).map(lambda n: f"zz{n}")
frames = st.sampled_from(
    [
        "preempted by {}",
        "{}",
        "0/9 nodes: {}, ok",
        "pod={}/x",
        "ns/{}",
        "see {}.svc.cluster.local",
        "job-{}-1a2b",
        "[{}]:8080",
        "{}-0",
    ]
)


@settings(max_examples=60, deadline=None)
@given(namespace=names, other=names, machine=names, frame=frames)
def test_no_name_of_another_client_reaches_a_clients_answer(
    namespace: str, other: str, machine: str, frame: str
) -> None:
    words = " ".join(frame.format(name) for name in (f"{namespace}-train", other, machine))
    seen = cluster(
        node("n1", allocatable=7, conditions=[condition("DiskPressure", "True", "Full", words)]),
        event("Node", "n1", "Xid", f"Xid (PCI:0000:4e:00): 79, {words}"),
        node(machine, allocatable=1, conditions=[condition("Ready", "False", "Gone", words)]),
        queues(used=8),
        queues(other, f"{namespace}-train"),
        job("llm", queue="aurora"),
        workload("llm", conditions=[condition("QuotaReserved", "False", "WaitingForQuota", words)]),
        pod("llm-0", "llm", "n1", phase="Failed", state={"terminated": ended(1)}),
        pod(
            "llm-1",
            "llm",
            phase="Pending",
            state={},
            conditions=[condition("PodScheduled", "False", "Unschedulable", words)],
        ),
        job(other, f"{namespace}-train"),
        pod(f"{other}-0", other, "n1", namespace=f"{namespace}-train"),
        pod(f"{other}-1", other, machine, namespace=f"{namespace}-train"),
    )
    logs = (log("llm-0", (5, f"PermissionError: {words}")),)
    diagnose = Diagnose(Still(seen, logs=logs), ManualClock(NOW))
    health = json.dumps(as_json(diagnose.health("sol", AURORA)))
    why = json.dumps(as_json(asyncio.run(diagnose.why("sol", "llm", AURORA))))
    for hidden in (f"{namespace}-train", other, machine):
        assert hidden not in health
        assert hidden not in why


def test_a_clients_numbers_are_its_own() -> None:
    seen = cluster(
        node("n1"),
        node("n2"),
        node("n3", conditions=[condition("Ready", "False")]),
        queues(quota=16, used=8),
        pod("llm-0", "llm", "n1"),
        pod("x-0", "x", "n2", namespace="borealis-train"),
        job("llm", pods=1),
        job("x", "borealis-train"),
    )
    diagnose = Diagnose(Still(seen), ManualClock(NOW))
    own, all_ = diagnose.health("sol", AURORA), diagnose.health("sol", EVERYTHING)
    assert (own.nodes_total, own.gpus.used, own.gpus.free, own.gpus.quota, own.jobs_running) == (1, 8, None, 16, 1)
    assert own.findings == ()
    assert (all_.nodes_ready, all_.nodes_total, all_.gpus.capacity, all_.gpus.used, all_.gpus.free) == (2, 3, 24, 16, 0)


def test_a_name_of_ones_own_stays_though_a_hidden_one_is_in_it() -> None:
    words = Words(frozenset({"train", "gpu-1"}), frozenset({"aurora-train", "gpu-1-b"}))
    assert (
        words.clean("aurora-train on gpu-1-b, not train on gpu-1") == "aurora-train on gpu-1-b, not another on another"
    )


def test_secrets_are_masked_for_everybody() -> None:
    seen = cluster(
        node("n1", conditions=[condition("DiskPressure", "True", "x", "curl https://bob:hunter22@host failed")])
    )
    found = Diagnose(Still(seen), ManualClock(NOW)).health("sol", EVERYTHING)
    assert "hunter22" not in json.dumps(as_json(found))
