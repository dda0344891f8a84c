"""A cluster at one instant, as frozen values with the indexes that diagnosis needs. Pure: no I/O, no clock.

What could not be read is in `sources`: a rule that finds nothing in what is unknown has not found that all is well.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.fleet import conditions, objects, parts
from bot.fleet.objects import ClusterQueue, Deployment, Event, Job, LocalQueue, Node, Pod, Workload

STEP = 1_000
"""Pods that are indexed before others get a turn."""


class State(StrEnum):
    FRESH = "fresh"
    STALE = "stale"
    UNKNOWN = "unknown"
    ABSENT = "absent"


@dataclass(frozen=True)
class Source:
    """One kind of one cluster. `since` is when it was last known to be right; None if it never was."""

    kind: str
    state: State
    since: datetime | None = None
    why: str = ""

    @property
    def known(self) -> bool:
        return self.state in (State.FRESH, State.ABSENT)


@dataclass(frozen=True)
class LogLine:
    at: datetime | None
    text: str


@dataclass(frozen=True)
class PodLog:
    """The end of one container's log. `previous`: of the run before the last restart."""

    pod: str
    node: str
    container: str
    previous: bool
    lines: tuple[LogLine, ...]
    problem: str = ""
    """Why it could not be read, if it could not."""


@dataclass(frozen=True)
class Objects:
    """All that was read, indexed once, so that a rule looks at the few things that may be wrong and not at all.

    `troubled` are the pods that are not simply running or done, `suspects` the nodes about which there is anything
    to say: a GPU short, cordoned, a condition that is not as it should be, an event.
    """

    nodes: Mapping[str, Node]
    pods: Mapping[str, Pod]
    jobs: Mapping[str, Job]
    workloads: Mapping[str, Workload]
    cluster_queues: Mapping[str, ClusterQueue]
    local_queues: Mapping[str, LocalQueue]
    deployments: Mapping[str, Deployment]
    events: tuple[Event, ...]
    pods_by_node: Mapping[str, tuple[Pod, ...]]
    pods_by_job: Mapping[str, tuple[Pod, ...]]
    troubled: tuple[Pod, ...]
    suspects: tuple[Node, ...]
    gpus: Mapping[str, tuple[int, int]]
    """Node → (capacity, allocatable). A device that the plugin gave up is missing in the second."""
    gpus_by_node: Mapping[str, int]
    gpus_by_pod: Mapping[str, int]
    workload_by_job: Mapping[str, Workload]
    """By the job's uid."""
    events_about: Mapping[tuple[str, str], tuple[Event, ...]]
    """By (kind, "namespace/name" or name), oldest first."""


@dataclass(frozen=True)
class Snapshot:
    cluster: str
    as_of: datetime
    objects: Objects
    sources: tuple[Source, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    """Kind → API version under which it is served here."""
    logs: tuple[PodLog, ...] = ()
    """Only there where somebody asked about one job."""

    @property
    def unknown(self) -> tuple[Source, ...]:
        return tuple(s for s in self.sources if not s.known)

    def knows(self, *kinds: str) -> bool:
        """Whether each of `kinds` was read at all, be it some time ago."""
        never = {s.kind for s in self.sources if s.state is State.UNKNOWN}
        return never.isdisjoint(kinds)

    def job_of(self, pod: Pod) -> Job | None:
        return self.objects.jobs.get(job_key(pod))

    def workload_of(self, job: Job) -> Workload | None:
        return self.objects.workload_by_job.get(job.metadata.uid)

    def pods_of(self, job: Job) -> tuple[Pod, ...]:
        return self.objects.pods_by_job.get(job.key, ())

    def events_of(self, kind: str, key: str) -> tuple[Event, ...]:
        return self.objects.events_about.get((kind, key), ())

    def with_logs(self, logs: Iterable[PodLog]) -> "Snapshot":
        return replace(self, logs=tuple(logs))


def job_key(pod: Pod) -> str:
    """ "namespace/job" of the job that a pod belongs to; "" for none."""
    meta = pod.metadata
    name = meta.labels.job
    if not name and meta.owner_references:
        name = next((o.name for o in meta.owner_references if o.controller and o.kind == "Job"), "")
    return f"{meta.namespace}/{name}" if name else ""


def over(pod: Pod) -> bool:
    """Whether it holds nothing any more."""
    return pod.status.phase in ("Succeeded", "Failed")


@dataclass
class _Pods:
    """The indexes of the pods, which are most: one pass over them."""

    by_node: dict[str, list[Pod]] = field(default_factory=dict)
    by_job: dict[str, list[Pod]] = field(default_factory=dict)
    gpus_by_node: dict[str, int] = field(default_factory=dict)
    gpus_by_pod: dict[str, int] = field(default_factory=dict)
    troubled: list[Pod] = field(default_factory=list)

    def add(self, key: str, pod: Pod) -> None:
        node, phase = pod.spec.node_name, pod.status.phase
        gpus = parts.gpus_of(pod.spec.containers)
        if gpus:
            self.gpus_by_pod[key] = gpus
        if node:
            self.by_node.setdefault(node, []).append(pod)
            if gpus and phase not in ("Succeeded", "Failed"):
                self.gpus_by_node[node] = self.gpus_by_node.get(node, 0) + gpus
        if job := job_key(pod):
            self.by_job.setdefault(job, []).append(pod)
        if _troubled(pod):
            self.troubled.append(pod)


Found = Mapping[str, Mapping[str, objects.Object]]
"""What was read: kind → key → object."""


def build(found: Found) -> Objects:
    """Indexes what was read, at once."""
    work = steps(found)
    while True:
        try:
            next(work)
        except StopIteration as done:
            made: Objects = done.value
            return made


def steps(found: Found) -> Generator[None, None, Objects]:
    """The same in steps of a few milliseconds, between which a loop can do something else."""
    pods: dict[str, Pod] = dict(found.get("Pod", {}))  # type: ignore[arg-type]
    workloads: dict[str, Workload] = dict(found.get("Workload", {}))  # type: ignore[arg-type]
    nodes: dict[str, Node] = dict(found.get("Node", {}))  # type: ignore[arg-type]
    events: tuple[Event, ...] = tuple(found.get("Event", {}).values())  # type: ignore[arg-type]
    others = {kind: dict(found.get(kind, {})) for kind in ("Job", "ClusterQueue", "LocalQueue", "Deployment")}
    index = _Pods()
    for number, (key, pod) in enumerate(pods.items()):
        if number % STEP == STEP - 1:
            yield
        index.add(key, pod)
    yield
    about = _about(events)
    gpus = {n: (parts.gpus_in(x.status.capacity), parts.gpus_in(x.status.allocatable)) for n, x in nodes.items()}
    yield
    return Objects(
        nodes=nodes,
        pods=pods,
        jobs=others["Job"],  # type: ignore[arg-type]
        workloads=workloads,
        cluster_queues=others["ClusterQueue"],  # type: ignore[arg-type]
        local_queues=others["LocalQueue"],  # type: ignore[arg-type]
        deployments=others["Deployment"],  # type: ignore[arg-type]
        events=events,
        pods_by_node={name: tuple(some) for name, some in index.by_node.items()},
        pods_by_job={name: tuple(some) for name, some in index.by_job.items()},
        troubled=tuple(index.troubled),
        gpus_by_node=index.gpus_by_node,
        gpus_by_pod=index.gpus_by_pod,
        workload_by_job={uid: w for w in workloads.values() if (uid := w.job_uid)},
        events_about=about,
        gpus=gpus,
        suspects=tuple(n for name, n in nodes.items() if ("Node", name) in about or _suspect(n, gpus[name])),
    )


def _troubled(pod: Pod) -> bool:
    status = pod.status
    if status.phase != "Running" and status.phase != "Succeeded":
        return True
    for one in status.container_statuses:
        state = one.state
        if state.waiting is not None or one.restart_count:
            return True
        if state.terminated is not None and state.terminated.exit_code:
            return True
    return False


def _suspect(node: Node, gpus: tuple[int, int]) -> bool:
    if node.spec.unschedulable or gpus[1] < gpus[0]:
        return True
    known, ready = conditions.GOOD_STATUS, False
    for one in node.status.conditions:
        good = known.get(one.type)
        if one.status != good and (good is not None or one.status == "True"):
            return True
        ready = ready or one.type == "Ready"
    return not ready


def _about(events: Iterable[Event]) -> dict[tuple[str, str], tuple[Event, ...]]:
    found: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        what = event.involved_object
        key = f"{what.namespace}/{what.name}" if what.namespace and what.kind != "Node" else what.name
        found.setdefault((what.kind, key), []).append(event)
    return {key: tuple(sorted(some, key=lambda e: e.at.timestamp() if e.at else 0)) for key, some in found.items()}
