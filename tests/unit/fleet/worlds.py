"""Small fleets on a clock that stands still; `world.run(seconds)` lets time pass. No sockets, no event loop."""

import functools
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.fleet import build, manifests, meta
from sandbox.fleet.catalogue import Training
from sandbox.fleet.run import Fleet
from sandbox.kube.store import Store

START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
Obj = dict[str, Any]
JOBS, WORKLOADS = "jobs.batch", "workloads.kueue.x-k8s.io"


@functools.cache
def seeded(nodes_per_site: int, seed: int) -> Store:
    """Built once; tests get copies, because weeks of history take a tenth of a second."""
    store = Store(Clock(START, rate=0), seed=1)
    build.build(store, seed=seed, nodes_per_site=nodes_per_site)
    return store


def copied(store: Store, clock: Clock) -> Store:
    """A store with the same objects (never changed in place, so they are shared), versions and logs."""
    new = Store(clock, seed=2, graceful_pods=True)
    new._version = store.version
    for key, objects in store._objects.items():
        new._objects[key] = dict(objects)
        for obj in objects.values():
            new.deletion.index(key, obj, None)
    for (space, pod), logs in store.logs._logs.items():
        for container in logs:
            for line in store.read_log(space, pod, container):
                new.append_log(space, pod, container, line.text, line.at)
    return new


class World:
    """A seeded fleet and the few things that tests do to it."""

    def __init__(self, nodes_per_site: int = 12, seed: int = 7) -> None:
        self.clock = Clock(START, rate=0)
        self.store = copied(seeded(nodes_per_site, seed), self.clock)
        self.fleet = Fleet(self.store, self.clock, seed)

    def run(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.fleet.tick(self.clock.now())

    def job(self, name: str) -> Obj:
        return next(j for j in self.store.list(JOBS) if j["metadata"]["name"] == name)

    def pods(self, job: str) -> list[Obj]:
        return self.fleet.live.pods_of(self.job(job)["metadata"]["uid"])

    def workload(self, job: str) -> Obj:
        uid = self.job(job)["metadata"]["uid"]
        return next(w for w in self.store.list(WORKLOADS) if meta.labels_of(w)["kueue.x-k8s.io/job-uid"] == uid)

    def running(self, queued: bool, least: int = 1) -> str:
        """The first job that runs with at least so many pods."""
        return next(
            j["metadata"]["name"]
            for j in self.store.list(JOBS)
            if j["status"].get("ready", 0) >= least and (meta.QUEUE in meta.labels_of(j)) == queued
        )

    def set(self, key: str, obj: Obj, **spec: object) -> None:
        self.store.mutate(
            key, obj["metadata"]["name"], obj["metadata"].get("namespace"), lambda d: d["spec"].update(spec)
        )
        self.fleet.settle()

    def log(self, pod: Obj, previous: bool = False) -> list[str]:
        space, name = meta.name_of(pod)
        lines = self.store.read_log(space, name, pod["spec"]["containers"][0]["name"], previous=previous)
        return [line.text for line in lines]

    def rank(self, job: str, index: int = 0) -> Obj:
        return next(p for p in self.pods(job) if meta.labels_of(p)[meta.INDEX] == str(index) and not meta.over(p))

    def create(self, name: str, nodes: int, queue: bool = False, client: str = "aurora", **more: object) -> Obj:
        spec = Training(client, name, nodes, 8, 0, 256, iterations=100_000, queued=queue)
        made = manifests.training(spec, nodes)
        made["spec"].update(more)
        created = self.store.create(JOBS, made)
        self.fleet.settle()
        return created

    def events(self, reason: str) -> list[Obj]:
        return [e for e in self.store.list("events") if e["reason"] == reason]

    def oversold(self) -> list[str]:
        """Nodes whose pods hold more GPUs than the machine has."""
        held: dict[str, int] = {}
        for pod in self.store.list("pods"):
            node = pod["spec"].get("nodeName")
            if node and not meta.over(pod):
                held[node] = held.get(node, 0) + meta.gpus_of(pod["spec"])
        nodes = {n["metadata"]["name"]: int(n["status"]["capacity"][meta.GPU]) for n in self.store.list("nodes")}
        return [name for name, gpus in held.items() if gpus > nodes[name]]


def condition(obj: Obj, type: str) -> tuple[str, str]:
    """(status, reason) of a condition; empty if it is not there."""
    found = meta.condition(obj, type)
    return (found["status"], found["reason"]) if found else ("", "")
