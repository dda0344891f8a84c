"""Faults of machines: a lost GPU, a device plugin that offers too few, a node that stopped answering."""

from typing import TYPE_CHECKING

from sandbox.fleet import failures, faults_job, meta
from sandbox.fleet.live import NODES, PODS
from sandbox.fleet.meta import GPU, Name, Obj
from sandbox.fleet.nodes import KUBELET, WATCHED
from sandbox.fleet.run import Fleet

if TYPE_CHECKING:
    from sandbox.fleet.incidents import Injected

FALLEN = "SysLogsGPUFallenOff"
PCI = ("1b", "43", "52", "61", "9b", "c3", "d1", "df")
"""Bus of each of a DGX H100's eight GPUs."""
assert FALLEN in WATCHED


def off_bus(fleet: Fleet, injected: "Injected") -> str:
    """Kernel line, NVSentinel's condition, one GPU less, the pod on it fails, its peers see it go."""
    name, now = injected.target, fleet.live.now
    gpu = meta.dice(fleet.seed, "gpu", injected.id).randrange(8)
    pid = meta.dice(fleet.seed, "pid", injected.id).randint(2000, 90_000)
    xid = f"NVRM: Xid (PCI:0000:{PCI[gpu]}:00): 79, pid={pid}, name=python, GPU has fallen off the bus."
    said = f"[79] {xid} GPU_UUID:GPU-{meta.uid(0, name, gpu)} - RecommendedAction: RESTART_BM"

    def change(node: Obj) -> None:
        node["status"]["allocatable"][GPU] = str(int(node["status"]["capacity"][GPU]) - 1)
        meta.set_condition(node, FALLEN, "True", f"{FALLEN}IsNotHealthy", said, now, "lastHeartbeatTime")

    node = fleet.store.mutate(NODES, name, None, change)
    fleet.live.event(node, "Warning", "XidError", f"kernel: {xid}", "kernel-monitor", name)
    fleet.live.event(node, "Warning", FALLEN, said, "nvsentinel", name)
    for pod in _training(fleet, name):
        job = _hit(fleet, injected, pod)
        if job is not None:
            fleet.progress.halt(job)
        fleet.kubelet.write(pod, failures.gpu_lost(pod, gpu))
        fleet.kubelet.finish(pod, 1)
        if job is not None:
            faults_job.peers(fleet, job, lambda p, lost=pod: failures.peer_lost(p, lost), besides=pod)  # type: ignore[misc]
    return f"Xid 79 on {name}: GPU {gpu} (PCI 0000:{PCI[gpu]}:00) has fallen off the bus"


def on_bus(fleet: Fleet, injected: "Injected") -> None:
    name, now = injected.target, fleet.live.now

    def change(node: Obj) -> None:
        node["status"]["allocatable"][GPU] = node["status"]["capacity"][GPU]
        healthy = f"{FALLEN}IsHealthy"
        meta.set_condition(node, FALLEN, "False", healthy, "No Health Failures", now, "lastHeartbeatTime")

    if name in fleet.live.nodes:
        fleet.store.mutate(NODES, name, None, change)
    faults_job.restart(fleet, injected)


def low(fleet: Fleet, injected: "Injected") -> str:
    """The device plugin lost one GPU; what runs goes on, what comes next does not fit."""

    def change(node: Obj) -> None:
        node["status"]["allocatable"][GPU] = str(int(node["status"]["capacity"][GPU]) - 1)

    fleet.store.mutate(NODES, injected.target, None, change)
    return f"{injected.target} offers 7 of 8 GPUs, without an Xid"


def high(fleet: Fleet, injected: "Injected") -> None:
    def change(node: Obj) -> None:
        node["status"]["allocatable"][GPU] = node["status"]["capacity"][GPU]

    if injected.target in fleet.live.nodes:
        fleet.store.mutate(NODES, injected.target, None, change)


def lost(fleet: Fleet, injected: "Injected") -> str:
    """The kubelet's heartbeats stop; the node controller says Unknown, taints, and evicts after five minutes."""
    name, now = injected.target, fleet.live.now

    def change(node: Obj) -> None:
        for type_, *_ in KUBELET:
            text = "Kubelet stopped posting node status."
            meta.set_condition(node, type_, "Unknown", "NodeStatusUnknown", text, now)

    hit = _training(fleet, name)
    for pod in hit:
        job = _hit(fleet, injected, pod)
        if job is not None:
            fleet.progress.halt(job)
            faults_job.peers(fleet, job, lambda p, lost=pod: failures.peer_lost(p, lost), besides=pod)  # type: ignore[misc]
    fleet.store.mutate(NODES, name, None, change)
    return f"{name} stopped answering; {len(hit)} training pods were on it"


def found(fleet: Fleet, injected: "Injected") -> None:
    name, now = injected.target, fleet.live.now

    def change(node: Obj) -> None:
        for type_, status, reason, message in KUBELET:
            meta.set_condition(node, type_, status, reason, message, now, "lastHeartbeatTime")

    if name not in fleet.live.nodes:
        return
    node = fleet.store.mutate(NODES, name, None, change)
    fleet.live.event(node, "Normal", "NodeReady", f"Node {name} status is now: NodeReady", "kubelet", name)
    for key in list(fleet.live.on_node.get(name, ())):
        _ready_again(fleet, key)
    fleet.kubelet.node_back(name)
    faults_job.restart(fleet, injected)


def _ready_again(fleet: Fleet, key: Name) -> None:
    pod = fleet.live.pods[key]
    if pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]:
        statuses = pod["status"].get("containerStatuses") or ()
        if all(c.get("ready") for c in statuses):
            now = fleet.live.now
            fleet.live.change(PODS, pod, lambda d: meta.set_condition(d, "Ready", "True", "", "", now))


def _training(fleet: Fleet, node: str) -> list[Obj]:
    """Pods of jobs that run on a node."""
    pods = [fleet.live.pods[name] for name in fleet.live.on_node.get(node, ())]
    return [p for p in pods if p["status"].get("phase") == "Running" and meta.JOB_NAME in meta.labels_of(p)]


def _hit(fleet: Fleet, injected: "Injected", pod: Obj) -> Obj | None:
    job = faults_job.job_of(fleet, pod)
    if job is not None:
        injected.job = meta.name_of(job)
    return job
