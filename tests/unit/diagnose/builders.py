"""Small clusters by hand: what Kubernetes would answer, decoded by the same code."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.fleet import decode, kinds, objects, snapshot
from bot.fleet.snapshot import LogLine, PodLog, Snapshot, Source, State

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(minutes: float = 0) -> str:
    """`minutes` before now, as Kubernetes writes it."""
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(type: str, status: str, reason: str = "", message: str = "", minutes: float = 5) -> dict[str, Any]:
    return {
        "type": type,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": at(minutes),
    }


def node(name: str, *, gpus: int = 8, allocatable: int | None = None, conditions: Any = (), **more: Any) -> Any:
    ready = [] if any(c["type"] == "Ready" for c in conditions) else [condition("Ready", "True", "KubeletReady")]
    return {
        "kind": "Node",
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": more.get("labels", {})},
        "spec": {"unschedulable": more.get("unschedulable", False), "taints": more.get("taints", [])},
        "status": {
            "capacity": {"nvidia.com/gpu": str(gpus), "cpu": "192"},
            "allocatable": {"nvidia.com/gpu": str(gpus if allocatable is None else allocatable)},
            "conditions": [*ready, *conditions],
        },
    }


def job(name: str, namespace: str = "aurora-train", *, pods: int = 2, **more: Any) -> Any:
    labels = {"kueue.x-k8s.io/queue-name": more["queue"]} if "queue" in more else {}
    return {
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{namespace}-{name}",
            "labels": labels,
            "resourceVersion": "7",
        },
        "spec": {"suspend": more.get("suspend", False), "parallelism": pods, "template": {"spec": _pod_spec()}},
        "status": {"active": more.get("active", pods), "conditions": more.get("conditions", [])},
    }


def pod(name: str, job_name: str, on: str = "", namespace: str = "aurora-train", **more: Any) -> Any:
    status = {"name": "train", "restartCount": more.get("restarts", 0), "state": more.get("state", {"running": {}})}
    if "last" in more:
        status["lastState"] = {"terminated": more["last"]}
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": f"uid-{namespace}-{name}",
            "labels": {"batch.kubernetes.io/job-name": job_name},
        },
        "spec": {"nodeName": on, **_pod_spec()},
        "status": {
            "phase": more.get("phase", "Running"),
            "startTime": at(120),
            "conditions": more.get("conditions", []),
            "containerStatuses": [status],
        },
    }


def ended(code: int, reason: str = "Error", minutes: float = 10) -> Any:
    return {"exitCode": code, "reason": reason, "finishedAt": at(minutes)}


def workload(
    job_name: str, namespace: str = "aurora-train", *, queue: str = "aurora", count: int = 2, **more: Any
) -> Any:
    return {
        "kind": "Workload",
        "metadata": {
            "name": f"job-{job_name}",
            "namespace": namespace,
            "uid": f"uid-w-{namespace}-{job_name}",
            "resourceVersion": "9",
            "creationTimestamp": at(more.get("minutes", 30)),
            "labels": {"kueue.x-k8s.io/job-uid": f"uid-{namespace}-{job_name}"},
            "ownerReferences": [{"kind": "Job", "name": job_name, "controller": True}],
        },
        "spec": {
            "queueName": queue,
            "active": more.get("active", True),
            "podSets": [{"count": count, "template": {"spec": _pod_spec()}}],
        },
        "status": {
            "conditions": more.get("conditions", []),
            **({"admission": {"clusterQueue": more["admitted"]}} if "admitted" in more else {}),
        },
    }


def queues(
    name: str = "aurora", namespace: str = "aurora-train", *, quota: int = 64, used: int = 0, **more: Any
) -> Any:
    flavor = {"name": "h100", "resources": [{"name": "nvidia.com/gpu", "nominalQuota": quota}]}
    usage = {"name": "h100", "resources": [{"name": "nvidia.com/gpu", "total": used}]}
    return [
        {
            "kind": "ClusterQueue",
            "metadata": {"name": name},
            "spec": {"resourceGroups": [{"flavors": [flavor]}], "stopPolicy": more.get("stop", "None")},
            "status": {"conditions": more.get("conditions", []), "flavorsUsage": [usage], "pendingWorkloads": 1},
        },
        {
            "kind": "LocalQueue",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"clusterQueue": name},
            "status": {"conditions": []},
        },
    ]


def event(kind: str, name: str, reason: str, message: str, namespace: str = "", minutes: float = 4, **more: Any) -> Any:
    return {
        "kind": "Event",
        "metadata": {"name": f"{name}.{abs(hash((reason, message))) % 10_000}", "namespace": namespace or "default"},
        "involvedObject": {"kind": kind, "name": name, "namespace": namespace},
        "type": more.get("type", "Warning"),
        "reason": reason,
        "message": message,
        "eventTime": None,
        "lastTimestamp": at(minutes),
        "source": {"component": more.get("component", "kernel-monitor")},
    }


def cluster(*things: Any, id: str = "sol", sources: dict[str, Source] | None = None) -> Snapshot:
    found: dict[str, dict[str, objects.Object]] = {k.name: {} for k in kinds.KINDS}
    for thing in _flat(things):
        kind = kinds.BY_NAME[thing["kind"]]
        item = decode.item(kind.type, json.dumps(thing).encode())
        found[kind.name][objects.key(item)] = item
    known = {k.name: Source(k.name, State.FRESH) for k in kinds.KINDS} | (sources or {})
    return Snapshot(id, NOW, snapshot.build(found), tuple(known.values()), {k.name: k.versions[0] for k in kinds.KINDS})


def log(
    pod_name: str, *lines: tuple[float, str], on: str = "n1", namespace: str = "aurora-train", **more: Any
) -> PodLog:
    """Lines as (minutes before now, text)."""
    some = tuple(LogLine(NOW - timedelta(minutes=m), text) for m, text in lines)
    return PodLog(f"{namespace}/{pod_name}", on, "train", more.get("previous", False), some)


class Still:
    """Clusters that stand still, and have the logs they were given."""

    def __init__(self, *snapshots: Snapshot, logs: tuple[PodLog, ...] = (), conn: Any = None) -> None:
        self._snapshots = {s.cluster: s for s in snapshots}
        self._logs, self._conn = logs, conn

    def ids(self) -> tuple[str, ...]:
        return tuple(self._snapshots)

    def snapshot(self, cluster: str) -> Snapshot:
        return self._snapshots[cluster]

    def connection(self, cluster: str) -> Any:
        return self._conn

    async def logs(self, cluster: str, pods: Any) -> tuple[PodLog, ...]:
        names = {p.key for p in pods}
        return tuple(one for one in self._logs if one.pod in names)


def _pod_spec() -> dict[str, Any]:
    wanted = {"nvidia.com/gpu": "8"}
    return {"containers": [{"name": "train", "image": "nemo:25.9", "resources": {"requests": wanted}}]}


def _flat(things: Any) -> Any:
    for thing in things:
        if isinstance(thing, list):
            yield from thing
        else:
            yield thing
