"""The kinds an API server serves, as data. A further kind is one `Kind` handed to `Store.register`.

A kind's key is `plural` or `plural.group` (`pods`, `jobs.batch`), whatever version it is asked for in: one object
is stored once and shown in each served version.
"""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.kube import builtin_schemas, errors

Obj = dict[str, Any]
Cell = Callable[[Obj, datetime], Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of `kubectl get`. `cell` computes it, or `path` (`.status.phase`) finds it. Priority 1 is wide."""

    name: str
    path: str = ""
    type: str = "string"
    priority: int = 0
    format: str = ""
    cell: Cell | None = None
    description: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """`versions` are further served versions; `version` is the preferred one, in which objects are stored.

    `has_spec_generation`: whether `metadata.generation` counts changes outside metadata and status.
    `replicas`, `ready`, `selector`: dotted paths of the scale subresource.
    """

    group: str
    version: str
    plural: str
    kind: str
    singular: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ("status",)
    columns: tuple[Column, ...] = ()
    categories: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    has_spec_generation: bool = True
    custom: bool = False
    schema: Obj | None = dataclasses.field(default=None, hash=False, compare=False)
    replicas: str = "spec.replicas"
    ready: str = "status.replicas"
    selector: str = ""
    verbs: tuple[str, ...] = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")

    @property
    def key(self) -> str:
        return errors.qualified(self.plural, self.group)

    @property
    def api_version(self) -> str:
        return self.api_version_of(self.version)

    @property
    def served(self) -> tuple[str, ...]:
        return (self.version, *self.versions)

    @property
    def list_kind(self) -> str:
        return f"{self.kind}List"

    def api_version_of(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version


def _core(plural: str, kind: str, *short: str, **more: Any) -> Kind:
    more = {"has_spec_generation": False} | more
    return Kind("", "v1", plural, kind, kind.lower(), short_names=short, **more)


def _rbac(plural: str, kind: str, namespaced: bool) -> Kind:
    group = "rbac.authorization.k8s.io"
    return Kind(group, "v1", plural, kind, kind.lower(), namespaced, subresources=(), has_spec_generation=False)


def _apps(plural: str, kind: str, short: str) -> Kind:
    return Kind(
        "apps", "v1", plural, kind, kind.lower(), short_names=(short,), subresources=("status", "scale"),
        categories=("all",), selector="spec.selector",
    )  # fmt: skip


def _kueue(plural: str, kind: str, *short: str, namespaced: bool = True, **more: Any) -> Kind:
    return Kind(
        "kueue.x-k8s.io", "v1beta2", plural, kind, kind.lower(), namespaced, short_names=short, versions=("v1beta1",),
        custom=True, **more,
    )  # fmt: skip


BUILT_IN: tuple[Kind, ...] = (
    _core("namespaces", "Namespace", "ns", namespaced=False),
    _core("nodes", "Node", "no", namespaced=False),
    _core(
        "pods", "Pod", "po", subresources=("status", "log", "eviction", "binding", "ephemeralcontainers"),
        categories=("all",),
    ),
    _core("events", "Event", "ev", subresources=()),
    _core("serviceaccounts", "ServiceAccount", "sa", subresources=("token",)),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc"),
    _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False),
    _core("resourcequotas", "ResourceQuota", "quota"),
    _core("configmaps", "ConfigMap", "cm", subresources=()),
    _core("secrets", "Secret", subresources=()),
    _core("services", "Service", "svc", categories=("all",)),
    Kind(
        "events.k8s.io", "v1", "events", "Event", "event", short_names=("ev",), subresources=(),
        has_spec_generation=False,
    ),
    _apps("deployments", "Deployment", "deploy"),
    _apps("replicasets", "ReplicaSet", "rs"),
    _apps("statefulsets", "StatefulSet", "sts"),
    Kind("apps", "v1", "daemonsets", "DaemonSet", "daemonset", short_names=("ds",), categories=("all",)),
    Kind("batch", "v1", "jobs", "Job", "job", categories=("all",)),
    Kind(
        "coordination.k8s.io", "v1", "leases", "Lease", "lease", subresources=(), has_spec_generation=False,
    ),
    Kind(
        "scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "priorityclass", False, ("pc",), (),
        has_spec_generation=True,
    ),
    Kind("storage.k8s.io", "v1", "storageclasses", "StorageClass", "storageclass", False, ("sc",), (),
         has_spec_generation=False),
    _rbac("roles", "Role", True),
    _rbac("rolebindings", "RoleBinding", True),
    _rbac("clusterroles", "ClusterRole", False),
    _rbac("clusterrolebindings", "ClusterRoleBinding", False),
    Kind(
        "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition",
        "customresourcedefinition", False, ("crd", "crds"), categories=("api-extensions",),
        schema=builtin_schemas.DEFINITION,
    ),
    _kueue("workloads", "Workload", "wl", schema=builtin_schemas.WORKLOAD),
    _kueue("localqueues", "LocalQueue", "queue", "queues", "lq", schema=builtin_schemas.LOCAL_QUEUE),
    _kueue("clusterqueues", "ClusterQueue", "cq", namespaced=False, schema=builtin_schemas.CLUSTER_QUEUE),
    _kueue("resourceflavors", "ResourceFlavor", "flavor", "flavors", "rf", namespaced=False,
           schema=builtin_schemas.RESOURCE_FLAVOR),
)  # fmt: skip

# The same data under a second name: events.k8s.io/v1 shows what core/v1 stores.
ALIASES = {"events.events.k8s.io": "events"}
