"""The columns of server-side tables for the built-in kinds, as `pkg/printers/internalversion` and Kueue have them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.kube import cells
from sandbox.kube.kinds import Cell, Column

Obj = dict[str, Any]


def _path(path: str, missing: Any = "") -> Cell:
    def cell(obj: Obj, _now: datetime) -> Any:
        value = cells.find(obj, path)
        return missing if value is None else value

    return cell


def _column(name: str, cell: Cell | str, priority: int = 0, missing: Any = "", type: str = "string") -> Column:
    return Column(name, cell=_path(cell, missing) if isinstance(cell, str) else cell, priority=priority, type=type)


def _number(name: str, path: str, priority: int = 0) -> Column:
    return _column(name, path, priority, 0, "integer")


NAME = Column("Name", path=".metadata.name", format="name")
AGE = Column("Age", cell=cells.age)
CREATED = Column("Created At", path=".metadata.creationTimestamp")
DEFAULT = (NAME, AGE)
_IMAGES = (_column("Containers", cells.containers, 1), _column("Images", cells.images, 1))
_WORKLOAD = (*_IMAGES, _column("Selector", cells.selector, 1))


def _count(path: str) -> Cell:
    return lambda obj, _now: str(len(cells.find(obj, path) or ()))


def _ready(wanted: str, ready: str) -> Cell:
    return lambda obj, _now: f"{cells.find(obj, ready) or 0}/{cells.find(obj, wanted) or 0}"


def _address(kind: str) -> Cell:
    path = f".status.addresses[?(@.type=='{kind}')].address"
    return lambda obj, _now: cells.find(obj, path) or cells.NONE


def _quota(*, limits: bool) -> Cell:
    def cell(obj: Obj, _now: datetime) -> str:
        hard, used = cells.find(obj, ".status.hard") or {}, cells.find(obj, ".status.used") or {}
        names = sorted(name for name in hard if name.startswith("limits") is limits)
        return ", ".join(f"{name}: {used.get(name, 0)}/{hard[name]}" for name in names)

    return cell


def _subjects(kind: str) -> Cell:
    def cell(obj: Obj, _now: datetime) -> str:
        found = [item for item in obj.get("subjects") or () if item["kind"] == kind]
        return ", ".join("/".join(filter(None, (item.get("namespace"), item["name"]))) for item in found)

    return cell


def _role(obj: Obj, _now: datetime) -> str:
    return f"{obj['roleRef']['kind']}/{obj['roleRef']['name']}"


def _modes(obj: Obj, _now: datetime) -> str:
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    return ",".join(short.get(mode, mode) for mode in cells.find(obj, ".status.accessModes") or ())


def _claim_phase(obj: Obj, _now: datetime) -> str:
    return "Terminating" if "deletionTimestamp" in obj["metadata"] else cells.find(obj, ".status.phase") or ""


def _ports(obj: Obj, _now: datetime) -> str:
    ports = cells.find(obj, ".spec.ports") or ()
    return cells.joined(f"{port.get('port')}/{port.get('protocol', 'TCP')}" for port in ports)


def _service_selector(obj: Obj, _now: datetime) -> str:
    return cells.pairs(cells.find(obj, ".spec.selector"))


def _binding(name: str) -> tuple[Column, ...]:
    more = (("Users", "User"), ("Groups", "Group"), ("ServiceAccounts", "ServiceAccount"))
    return (NAME, _column(name, _role), AGE, *(_column(title, _subjects(kind), 1) for title, kind in more))


def _condition(kind: str) -> str:
    return f".status.conditions[?(@.type=='{kind}')].status"


_RBAC = "rbac.authorization.k8s.io"

COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "namespaces": (NAME, _column("Status", ".status.phase"), AGE),
    "nodes": (
        NAME,
        _column("Status", cells.node_status),
        _column("Roles", cells.node_roles),
        AGE,
        _column("Version", ".status.nodeInfo.kubeletVersion"),
        _column("Internal-IP", _address("InternalIP"), 1),
        _column("External-IP", _address("ExternalIP"), 1),
        _column("OS-Image", ".status.nodeInfo.osImage", 1, cells.UNKNOWN),
        _column("Kernel-Version", ".status.nodeInfo.kernelVersion", 1, cells.UNKNOWN),
        _column("Container-Runtime", ".status.nodeInfo.containerRuntimeVersion", 1, cells.UNKNOWN),
    ),
    "pods": (
        NAME,
        _column("Ready", cells.pod_ready),
        _column("Status", cells.pod_status),
        _column("Restarts", cells.pod_restarts),
        AGE,
        _column("IP", ".status.podIP", 1, cells.NONE),
        _column("Node", ".spec.nodeName", 1, cells.NONE),
        _column("Nominated Node", ".status.nominatedNodeName", 1, cells.NONE),
        _column("Readiness Gates", ".spec.readinessGates", 1, cells.NONE),
    ),
    "events": (
        _column("Last Seen", cells.event_seen),
        _column("Type", ".type"),
        _column("Reason", ".reason"),
        _column("Object", cells.event_object),
        _column("Subobject", ".involvedObject.fieldPath", 1),
        _column("Source", cells.event_source, 1),
        _column("Message", ".message"),
        _column("First Seen", cells.event_first, 1),
        _column("Count", ".count", 1, 1, "integer"),
        Column("Name", path=".metadata.name", format="name", priority=1),
    ),
    "serviceaccounts": (NAME, _column("Secrets", _count(".secrets")), AGE),
    "persistentvolumeclaims": (
        NAME,
        _column("Status", _claim_phase),
        _column("Volume", ".spec.volumeName"),
        _column("Capacity", ".status.capacity.storage"),
        _column("Access Modes", _modes),
        _column("StorageClass", ".spec.storageClassName"),
        _column("VolumeAttributesClass", ".spec.volumeAttributesClassName", 0, "<unset>"),
        AGE,
        _column("VolumeMode", ".spec.volumeMode", 1, cells.UNKNOWN),
    ),
    "resourcequotas": (
        NAME, _column("Request", _quota(limits=False)), _column("Limit", _quota(limits=True)), AGE,
    ),
    "configmaps": (NAME, _column("Data", _count(".data")), AGE),
    "secrets": (NAME, _column("Type", ".type"), _column("Data", _count(".data")), AGE),
    "services": (
        NAME,
        _column("Type", ".spec.type", 0, "ClusterIP"),
        _column("Cluster-IP", ".spec.clusterIP", 0, cells.NONE),
        _column("External-IP", ".status.loadBalancer.ingress[0].ip", 0, cells.NONE),
        _column("Port(s)", _ports),
        AGE,
        _column("Selector", _service_selector, 1),
    ),
    "deployments.apps": (
        NAME,
        _column("Ready", _ready(".spec.replicas", ".status.readyReplicas")),
        _number("Up-to-date", ".status.updatedReplicas"),
        _number("Available", ".status.availableReplicas"),
        AGE,
        *_WORKLOAD,
    ),
    "replicasets.apps": (
        NAME,
        _number("Desired", ".spec.replicas"),
        _number("Current", ".status.replicas"),
        _number("Ready", ".status.readyReplicas"),
        AGE,
        *_WORKLOAD,
    ),
    "statefulsets.apps": (NAME, _column("Ready", _ready(".spec.replicas", ".status.readyReplicas")), AGE, *_IMAGES),
    "daemonsets.apps": (
        NAME,
        _number("Desired", ".status.desiredNumberScheduled"),
        _number("Current", ".status.currentNumberScheduled"),
        _number("Ready", ".status.numberReady"),
        _number("Available", ".status.numberAvailable"),
        AGE,
        *_WORKLOAD,
    ),
    "jobs.batch": (
        NAME,
        _column("Status", cells.job_status),
        _column("Completions", cells.job_completions),
        _column("Duration", cells.job_duration),
        AGE,
        *_WORKLOAD,
    ),
    "leases.coordination.k8s.io": (NAME, _column("Holder", ".spec.holderIdentity"), AGE),
    "priorityclasses.scheduling.k8s.io": (
        NAME,
        _number("Value", ".value"),
        _column("Global-Default", ".globalDefault", 0, False, "boolean"),
        AGE,
        _column("PreemptionPolicy", ".preemptionPolicy", 0, "PreemptLowerPriority"),
    ),
    f"roles.{_RBAC}": (NAME, CREATED),
    f"clusterroles.{_RBAC}": (NAME, CREATED),
    f"rolebindings.{_RBAC}": _binding("Role"),
    f"clusterrolebindings.{_RBAC}": _binding("Role"),
    "customresourcedefinitions.apiextensions.k8s.io": (NAME, CREATED),
    "workloads.kueue.x-k8s.io": (
        NAME,
        _column("Queue", ".spec.queueName"),
        _column("Reserved in", ".status.admission.clusterQueue"),
        _column("Admitted", _condition("Admitted")),
        _column("Finished", _condition("Finished")),
        AGE,
    ),
    "localqueues.kueue.x-k8s.io": (
        NAME,
        _column("ClusterQueue", ".spec.clusterQueue"),
        _number("Pending Workloads", ".status.pendingWorkloads"),
        _number("Admitted Workloads", ".status.admittedWorkloads"),
    ),
    "clusterqueues.kueue.x-k8s.io": (
        NAME,
        _column("Cohort", ".spec.cohortName"),
        _column("Strategy", ".spec.queueingStrategy", 1),
        _number("Pending Workloads", ".status.pendingWorkloads"),
        _number("Admitted Workloads", ".status.admittedWorkloads", 1),
    ),
}  # fmt: skip
