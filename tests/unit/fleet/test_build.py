"""Seeding: the same seed is the same fleet, of the promised size, in a state that could have come about."""

import json
import time
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.fleet import access, build, meta
from sandbox.kube.store import Store
from tests.unit.fleet.worlds import JOBS, START, WORKLOADS, World

GROUP = "rbac.authorization.k8s.io"


@pytest.fixture(scope="module")
def whole() -> World:
    began = time.process_time()
    world = World(192)
    assert time.process_time() - began < 10, "seeding takes seconds, not minutes"
    return world


def dump(store: Store, *keys: str) -> str:
    return json.dumps([store.list(key) for key in keys], sort_keys=True)


def test_a_fleet_has_768_nodes_and_6144_gpus(whole: World) -> None:
    nodes = whole.store.list("nodes")
    assert len(nodes) == 768
    assert sum(int(n["status"]["capacity"][meta.GPU]) for n in nodes) == 6144
    assert {n["metadata"]["labels"][meta.REGION] for n in nodes} == {"us-west", "eu-north", "in-south", "au-east"}


def test_a_node_is_as_large_as_a_real_one(whole: World) -> None:
    size = len(json.dumps(whole.store.get("nodes", "gpu-usw-001")))
    assert 10_000 < size < 30_000


def test_about_forty_jobs_run_wait_and_have_ended(whole: World) -> None:
    jobs = whole.store.list(JOBS)
    assert len(jobs) == 40
    assert {j["metadata"]["namespace"] for j in jobs} == {"aurora-train", "borealis-train", "cirrus-train"}
    assert sum(meta.is_true(j, "Complete") for j in jobs) >= 5
    assert sum(meta.is_true(j, "Failed") for j in jobs) >= 2
    assert sum(j["status"]["ready"] > 0 for j in jobs) >= 20
    large = whole.job("llama-405b-pretrain")
    assert large["status"]["ready"] == 128


def test_nothing_is_older_than_the_namespace_that_it_lives_in(whole: World) -> None:
    born = {n["metadata"]["name"]: n["metadata"]["creationTimestamp"] for n in whole.store.list("namespaces")}
    for job in whole.store.list(JOBS):
        assert born[job["metadata"]["namespace"]] < job["metadata"]["creationTimestamp"]
    assert len(set(born.values())) == 1


def test_pending_jobs_say_why_as_kueue_does(whole: World) -> None:
    found = meta.condition(whole.workload("llama-70b-longcontext"), "QuotaReserved")
    assert found is not None
    assert found["reason"] == "WaitingForQuota"
    assert found["message"].startswith(
        "couldn't assign flavors to pod set main: insufficient unused quota for nvidia.com/gpu in flavor h100, "
    )
    assert found["message"].endswith(" more needed")


def test_behind_a_blocked_head_of_a_strict_queue_nothing_was_attempted(whole: World) -> None:
    assert meta.condition(whole.workload("motion-prior-5b"), "QuotaReserved") is None


def test_no_gpu_is_sold_twice(whole: World) -> None:
    assert whole.oversold() == []


def test_a_large_gang_is_in_one_site(whole: World) -> None:
    labels = [
        whole.fleet.live.nodes[p["spec"]["nodeName"]]["metadata"]["labels"] for p in whole.pods("llama-405b-pretrain")
    ]
    assert len({found[meta.REGION] for found in labels}) == 1


def test_every_workload_belongs_to_its_job(whole: World) -> None:
    uids = {j["metadata"]["uid"] for j in whole.store.list(JOBS)}
    for workload in whole.store.list(WORKLOADS):
        assert meta.labels_of(workload)[meta.JOB_UID] in uids


def seeded(seed: int) -> Store:
    store = Store(Clock(START, rate=0), seed=1)
    build.build(store, seed, nodes_per_site=4)
    return store


def test_the_same_seed_is_the_same_fleet() -> None:
    keys = ("nodes", "pods", JOBS, WORKLOADS, "deployments.apps", "clusterqueues.kueue.x-k8s.io")
    assert dump(seeded(7), *keys) == dump(seeded(7), *keys)
    assert dump(seeded(8), "nodes") != dump(seeded(7), "nodes")


def rules(store: Store, group: str, namespace: str) -> list[dict[str, Any]]:
    """RBAC rules that a group has in a namespace."""
    found = []
    for kind, where in (("clusterroles", None), ("roles", namespace)):
        for binding in store.list(f"{kind[:-1]}bindings.{GROUP}", where):
            if any(s["name"] == group for s in binding["subjects"]):
                found += store.get(f"{kind}.{GROUP}", binding["roleRef"]["name"], where)["rules"]
    return found


def test_the_bot_may_look_and_impersonate_and_nothing_else(whole: World) -> None:
    verbs = {v for rule in rules(whole.store, access.BOT, "aurora-train") for v in rule["verbs"]}
    assert verbs == {"get", "list", "watch", "impersonate"}


def test_a_client_changes_jobs_only_where_it_trains(whole: World) -> None:
    group = access.client_group("aurora")
    train = {v for rule in rules(whole.store, group, "aurora-train") for v in rule["verbs"]}
    serve = {v for rule in rules(whole.store, group, "aurora-serve") for v in rule["verbs"]}
    assert "patch" in train
    assert serve == {"get", "list", "watch"}
    assert rules(whole.store, group, "borealis-train") == []
