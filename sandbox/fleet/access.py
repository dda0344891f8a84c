"""Who may do what in the sandbox's cluster: the bot, an admin, the support team and the clients, as RBAC objects.

The bot itself may only look and impersonate; what it changes it changes as a person, with that person's rights.
"""

from collections.abc import Iterable
from typing import Protocol

from sandbox.fleet.catalogue import CLIENTS
from sandbox.fleet.meta import Obj
from sandbox.kube.store import Store

GROUP = "rbac.authorization.k8s.io"
READ = ["get", "list", "watch"]
CHANGE = ["patch", "update"]
BOT = "heliograph"
ENGINEERS, LEADS = "heliograph:engineers", "heliograph:leads"

TOKENS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kube-sandbox-heliograph": (BOT, ()),
    "kube-sandbox-admin": ("admin", ("system:masters",)),
}
"""Bearer token → user and groups."""

QUEUES = "kueue.x-k8s.io"


def client_group(client: str) -> str:
    return f"heliograph:client:{client}"


class Door(Protocol):
    """The part of the API server that lets people in."""

    def add_user(self, name: str, groups: Iterable[str] = (), token: str | None = None) -> str: ...


def admit(server: Door) -> None:
    """Lets the owners of `TOKENS` in; what they may do there is up to the roles below."""
    for token, (user, groups) in TOKENS.items():
        server.add_user(user, groups, token)


def _rule(group: str, resources: list[str], verbs: list[str]) -> Obj:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


_WATCHED = [
    _rule("", ["nodes", "pods", "pods/log", "events", "namespaces", "persistentvolumeclaims", "resourcequotas",
               "serviceaccounts", "services"], READ),
    _rule("events.k8s.io", ["events"], READ),
    _rule("apps", ["deployments", "replicasets", "statefulsets", "daemonsets"], READ),
    _rule("batch", ["jobs"], READ),
    _rule(QUEUES, ["workloads", "localqueues", "clusterqueues", "resourceflavors"], READ),
    _rule("visibility.kueue.x-k8s.io", ["*"], READ),
    _rule("coordination.k8s.io", ["leases"], READ),
    _rule("scheduling.k8s.io", ["priorityclasses"], READ),
    _rule("storage.k8s.io", ["storageclasses"], READ),
    _rule("apiextensions.k8s.io", ["customresourcedefinitions"], READ),
    _rule(GROUP, ["roles", "rolebindings", "clusterroles", "clusterrolebindings"], READ),
]  # fmt: skip

CLUSTER_ROLES: dict[str, list[Obj]] = {
    "heliograph": [
        *_WATCHED,
        _rule("", ["users"], ["impersonate"]),
        _rule("", ["groups"], ["impersonate"]) | {"resourceNames": [ENGINEERS, LEADS, *map(client_group, CLIENTS)]},
    ],
    "heliograph-engineer": [
        *_WATCHED,
        _rule("", ["nodes"], CHANGE),
        _rule("", ["pods"], ["delete"]),
        _rule("", ["pods/eviction"], ["create"]),
        _rule("batch", ["jobs"], ["create", "delete", *CHANGE]),
        _rule("apps", ["deployments", "deployments/scale"], CHANGE),
        _rule(QUEUES, ["workloads"], CHANGE),
    ],
    "heliograph-lead": [_rule(QUEUES, ["localqueues", "clusterqueues"], CHANGE)],
}

CLIENT_ROLES: dict[str, list[Obj]] = {
    "heliograph-client-view": [
        _rule("", ["pods", "pods/log", "events", "persistentvolumeclaims", "resourcequotas", "services"], READ),
        _rule("apps", ["deployments", "replicasets"], READ),
        _rule("batch", ["jobs"], READ),
        _rule(QUEUES, ["workloads", "localqueues"], READ),
    ],
    "heliograph-client-suspend": [_rule("batch", ["jobs"], CHANGE), _rule(QUEUES, ["workloads"], CHANGE)],
}
"""Roles in a client's namespaces; the second only where it trains: to suspend and resume."""


def _binding(kind: str, name: str, role_kind: str, role: str, subjects: list[Obj], namespace: str = "") -> Obj:
    return {
        "kind": kind,
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "subjects": subjects,
        "roleRef": {"apiGroup": GROUP, "kind": role_kind, "name": role},
    }


def _subject(kind: str, name: str) -> Obj:
    return {"kind": kind, "apiGroup": GROUP, "name": name}


def make(store: Store) -> None:
    for name, rules in CLUSTER_ROLES.items():
        store.create(f"clusterroles.{GROUP}", {"metadata": {"name": name}, "rules": rules})
    account = {"kind": "ServiceAccount", "name": BOT, "namespace": "heliograph"}
    for role, subjects in (
        ("heliograph", [_subject("User", BOT), account]),
        ("heliograph-engineer", [_subject("Group", ENGINEERS)]),
        ("heliograph-lead", [_subject("Group", LEADS)]),
    ):
        made = _binding("ClusterRoleBinding", role, "ClusterRole", role, subjects)
        store.create(f"clusterrolebindings.{GROUP}", made)
    for client in CLIENTS:
        _client(store, client)


def _client(store: Store, client: str) -> None:
    subjects = [_subject("Group", client_group(client))]
    for namespace, roles in (
        (f"{client}-train", ("heliograph-client-view", "heliograph-client-suspend")),
        (f"{client}-serve", ("heliograph-client-view",)),
    ):
        for role in roles:
            meta = {"name": role, "namespace": namespace}
            store.create(f"roles.{GROUP}", {"metadata": meta, "rules": CLIENT_ROLES[role]})
            binding = _binding("RoleBinding", role, "Role", role, subjects, namespace)
            store.create(f"rolebindings.{GROUP}", binding)
