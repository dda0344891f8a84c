"""A cluster at one instant, as frozen values with the indexes that diagnosis needs. Pure: no I/O, no clock.

What could not be read is in `sources`: a rule that finds nothing in what is unknown has not found that all is well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.fleet import conditions, objects
from bot.fleet.objects import ClusterQueue, Deployment, Event, Job, LocalQueue, Node, Pod, Workload


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
    name = pod.metadata.labels.job
    if not name:
        name = next((o.name for o in pod.metadata.owner_references if o.controller and o.kind == "Job"), "")
    return f"{pod.metadata.namespace}/{name}" if name else ""


def over(pod: Pod) -> bool:
    """Whether it holds nothing any more."""
    return pod.status.phase in ("Succeeded", "Failed")


def build(found: Mapping[str, Mapping[str, objects.Object]]) -> Objects:
    """Indexes what was read: kind → key → object. One pass over the pods, which are most."""
    pods: dict[str, Pod] = dict(found.get("Pod", {}))  # type: ignore[arg-type]
    workloads: dict[str, Workload] = dict(found.get("Workload", {}))  # type: ignore[arg-type]
    nodes: dict[str, Node] = dict(found.get("Node", {}))  # type: ignore[arg-type]
    events: tuple[Event, ...] = tuple(found.get("Event", {}).values())  # type: ignore[arg-type]
    about = _about(events)
    gpus_of_nodes = {
        name: (objects.gpus_in(n.status.capacity), objects.gpus_in(n.status.allocatable)) for name, n in nodes.items()
    }
    by_node: dict[str, list[Pod]] = {}
    by_job: dict[str, list[Pod]] = {}
    gpus_by_node: dict[str, int] = {}
    gpus_by_pod: dict[str, int] = {}
    troubled = []
    for key, pod in pods.items():
        node, phase = pod.spec.node_name, pod.status.phase
        gpus = objects.gpus_of(pod.spec.containers)
        if gpus:
            gpus_by_pod[key] = gpus
        if node:
            by_node.setdefault(node, []).append(pod)
            if gpus and phase not in ("Succeeded", "Failed"):
                gpus_by_node[node] = gpus_by_node.get(node, 0) + gpus
        if job := job_key(pod):
            by_job.setdefault(job, []).append(pod)
        if _troubled(pod):
            troubled.append(pod)
    return Objects(
        nodes=nodes,
        pods=pods,
        jobs=dict(found.get("Job", {})),  # type: ignore[arg-type]
        workloads=workloads,
        cluster_queues=dict(found.get("ClusterQueue", {})),  # type: ignore[arg-type]
        local_queues=dict(found.get("LocalQueue", {})),  # type: ignore[arg-type]
        deployments=dict(found.get("Deployment", {})),  # type: ignore[arg-type]
        events=events,
        pods_by_node={name: tuple(some) for name, some in by_node.items()},
        pods_by_job={name: tuple(some) for name, some in by_job.items()},
        troubled=tuple(troubled),
        gpus_by_node=gpus_by_node,
        gpus_by_pod=gpus_by_pod,
        workload_by_job={w.job_uid: w for w in workloads.values() if w.job_uid},
        events_about=about,
        gpus=gpus_of_nodes,
        suspects=tuple(n for name, n in nodes.items() if ("Node", name) in about or _suspect(n, gpus_of_nodes[name])),
    )


def _troubled(pod: Pod) -> bool:
    if pod.status.phase not in ("Running", "Succeeded"):
        return True
    return any(
        c.state.waiting is not None or c.restart_count or (c.state.terminated and c.state.terminated.exit_code)
        for c in pod.status.container_statuses
    )


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
