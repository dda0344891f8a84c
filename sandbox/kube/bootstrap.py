"""What every cluster has before anybody makes something in it: namespaces, their service accounts, default roles."""

from typing import Any

from sandbox.kube import rbac
from sandbox.kube.identity import AUTHENTICATED, MASTERS
from sandbox.kube.store import Store

NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
READ, WRITE = ["get", "list", "watch"], ["create", "delete", "deletecollection", "patch", "update"]
_WORKLOADS = {
    "": ["pods", "configmaps", "events", "persistentvolumeclaims", "serviceaccounts", "services", "resourcequotas"],
    "apps": ["deployments", "replicasets", "statefulsets", "daemonsets", "*/scale"],
    "batch": ["jobs"],
    "kueue.x-k8s.io": ["workloads", "localqueues"],
}
_DISCOVERY = ["/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/readyz", "/openapi", "/openapi/*",
              "/version", "/version/"]  # fmt: skip
_REVIEWS = [
    {"apiGroups": ["authorization.k8s.io"], "verbs": ["create"],
     "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]},
    {"apiGroups": ["authentication.k8s.io"], "verbs": ["create"], "resources": ["selfsubjectreviews"]},
]  # fmt: skip


def _rules(verbs: list[str]) -> list[dict[str, Any]]:
    return [{"apiGroups": [group], "resources": names, "verbs": verbs} for group, names in _WORKLOADS.items()]


def _roles() -> dict[str, list[dict[str, Any]]]:
    everything = [
        {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
        {"nonResourceURLs": ["*"], "verbs": ["*"]},
    ]
    namespaces = {"apiGroups": [""], "resources": ["namespaces", "pods/log", "pods/status"], "verbs": READ}
    evict = {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}
    secrets = {"apiGroups": [""], "resources": ["secrets"], "verbs": READ + WRITE}
    view = [*_rules(READ), namespaces]
    edit = [*_rules(READ + WRITE), namespaces, evict, secrets]
    roles = {"apiGroups": [rbac.GROUP], "resources": ["roles", "rolebindings"], "verbs": READ + WRITE}
    return {
        "cluster-admin": everything,
        "admin": [*edit, roles],
        "edit": edit,
        "view": view,
        "system:basic-user": _REVIEWS,
        "system:discovery": [{"nonResourceURLs": _DISCOVERY, "verbs": ["get"]}],
    }


def run(store: Store, *, born: str = "") -> None:
    """Makes what is missing; what is there already stays as it is. `born` is when its namespaces were made."""
    for name in NAMESPACES:
        if store.find("namespaces", name) is None:
            add_namespace(store, name, born=born)
    for name, rules in _roles().items():
        if store.find(rbac.CLUSTER_ROLES, name) is None:
            store.create(rbac.CLUSTER_ROLES, {"metadata": {"name": name}, "rules": rules})
    store.subscribe("namespaces", lambda what, obj: _complete(store, what, obj["metadata"]["name"]))
    _bind(store, "cluster-admin", MASTERS)
    for name in ("system:basic-user", "system:discovery"):
        _bind(store, name, AUTHENTICATED)


def add_namespace(store: Store, name: str, labels: dict[str, str] | None = None, *, born: str = "") -> None:
    """A namespace with its `default` service account, as the controller manager would complete it. `born`: not now."""
    made = {"creationTimestamp": born} if born else {}
    store.create(
        "namespaces",
        {
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name} | (labels or {}), **made},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        },
    )
    _complete(store, "ADDED", name)


def _complete(store: Store, what: str, namespace: str) -> None:
    """What the controller manager puts into each new namespace."""
    if what == "ADDED" and store.find("serviceaccounts", "default", namespace) is None:
        store.create("serviceaccounts", {"metadata": {"name": "default", "namespace": namespace}})


def _bind(store: Store, role: str, group: str) -> None:
    if store.find(rbac.CLUSTER_BINDINGS, role) is None:
        store.create(
            rbac.CLUSTER_BINDINGS,
            {
                "metadata": {"name": role},
                "subjects": [{"kind": "Group", "name": group, "apiGroup": rbac.GROUP}],
                "roleRef": {"kind": "ClusterRole", "name": role, "apiGroup": rbac.GROUP},
            },
        )
