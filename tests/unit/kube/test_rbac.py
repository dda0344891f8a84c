"""RBAC decides as Kubernetes': nothing is allowed that no rule allows."""

from typing import Any

import pytest

from sandbox.kube import bootstrap, errors, identity, rbac
from sandbox.kube.rbac import Attributes
from sandbox.kube.store import Store

GROUP = rbac.GROUP


@pytest.mark.parametrize(
    ("rule", "wanted", "allowed"),
    [
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, Attributes("get", "", "pods"), True),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, Attributes("get", "", "pods", "log"), False),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]}, Attributes("get", "", "pods", "log"), True),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]}, Attributes("get", "", "pods"), False),
        (
            {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
            Attributes("patch", "batch", "jobs", "status"),
            True,
        ),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*/scale"]}, Attributes("get", "a", "b", "scale"), True),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*/scale"]}, Attributes("get", "a", "b"), False),
        ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, Attributes("get", "batch", "pods"), False),
        (
            {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"], "resourceNames": ["n1"]},
            Attributes("get", "", "nodes", "", "n1"),
            True,
        ),
        (
            {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["nodes"], "resourceNames": ["n1"]},
            Attributes("list", "", "nodes"),
            False,
        ),
        ({"verbs": ["get"], "nonResourceURLs": ["/apis/*"]}, Attributes("get", path="/apis/batch"), True),
        ({"verbs": ["get"], "nonResourceURLs": ["/apis"]}, Attributes("get", path="/apis/batch"), False),
        ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, Attributes("get", path="/version"), False),
    ],
)
def test_rules(rule: dict[str, Any], wanted: Attributes, allowed: bool) -> None:
    """Verbs, groups, resources with subresources, names, paths."""
    assert rbac.covers(rule, wanted) is allowed


def bind(store: Store, role: str, subject: dict[str, Any], namespace: str | None) -> None:
    key = rbac.BINDINGS if namespace else rbac.CLUSTER_BINDINGS
    metadata = {"name": f"{role}-{subject['name']}"} | ({"namespace": namespace} if namespace else {})
    reference = {"kind": "ClusterRole", "name": role, "apiGroup": GROUP}
    store.create(key, {"metadata": metadata, "subjects": [subject], "roleRef": reference})


def test_a_role_binding_counts_in_its_namespace_only(store: Store) -> None:
    """A ClusterRole given by a RoleBinding does not reach other namespaces, nor the cluster."""
    decide = rbac.Authorizer(store).decide
    bind(store, "view", {"kind": "User", "name": "mira"}, "aurora")
    mira = identity.user("mira")
    assert decide(mira, Attributes("list", "", "pods", namespace="aurora")).allowed
    assert not decide(mira, Attributes("list", "", "pods", namespace="default")).allowed
    assert not decide(mira, Attributes("list", "", "pods")).allowed
    assert not decide(mira, Attributes("delete", "", "pods", namespace="aurora")).allowed


def test_groups_and_service_accounts(store: Store) -> None:
    """Subjects are matched by name, group, or namespace and name of the account."""
    decide = rbac.Authorizer(store).decide
    bind(store, "view", {"kind": "Group", "name": "support"}, None)
    bind(store, "edit", {"kind": "ServiceAccount", "name": "bot", "namespace": "aurora"}, "default")
    assert decide(identity.user("anyone", ["support"]), Attributes("list", "", "pods", namespace="x")).allowed
    account = identity.user("system:serviceaccount:aurora:bot")
    assert "system:serviceaccounts:aurora" in account.groups
    assert decide(account, Attributes("delete", "", "pods", namespace="default")).allowed
    assert not decide(account, Attributes("delete", "", "pods", namespace="aurora")).allowed


def test_a_change_of_rights_counts_at_once(store: Store) -> None:
    """Decisions are remembered only until the next change of a role or binding."""
    decide = rbac.Authorizer(store).decide
    mira, wanted = identity.user("mira"), Attributes("list", "", "pods", namespace="aurora")
    assert not decide(mira, wanted).allowed
    bind(store, "view", {"kind": "User", "name": "mira"}, "aurora")
    assert decide(mira, wanted).reason == (
        'RBAC: allowed by RoleBinding "view-mira/aurora" of ClusterRole "view" to User "mira"'
    )
    store.delete(rbac.BINDINGS, "view-mira", "aurora")
    assert not decide(mira, wanted).allowed


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (
            Attributes("patch", "batch", "jobs", "", "x", "aurora"),
            'jobs.batch "x" is forbidden: User "mira" cannot patch resource "jobs" in API group "batch" in the '
            'namespace "aurora"',
        ),
        (
            Attributes("list", "", "nodes"),
            'nodes is forbidden: User "mira" cannot list resource "nodes" in API group "" at the cluster scope',
        ),
        (
            Attributes("get", "", "pods", "log", "p", "aurora"),
            'pods "p" is forbidden: User "mira" cannot get resource "pods/log" in API group "" in the namespace '
            '"aurora"',
        ),
        (Attributes("get", path="/metrics"), 'forbidden: User "mira" cannot get path "/metrics"'),
    ],
)
def test_refusals_have_kubernetes_wording(wanted: Attributes, text: str) -> None:
    """Clients, and our own messages, quote them."""
    refusal = wanted.refusal(identity.user("mira"))
    assert (refusal.message, refusal.status()["code"]) == (text, 403)


def test_masters_may_everything_and_bootstrap_may_run_twice(store: Store) -> None:
    """A seed may bring its own roles; the defaults are added once."""
    bootstrap.run(store)
    master = identity.user("root", [identity.MASTERS])
    assert rbac.Authorizer(store).decide(master, Attributes("anything", "at", "all")).allowed


def test_impersonation_headers() -> None:
    """User, groups, uid and extras; a group without a user is refused."""
    headers = [
        ("Impersonate-User", "opal"),
        ("Impersonate-Group", "clients"),
        ("Impersonate-Uid", "1"),
        ("Impersonate-Extra-Reason%2Fwhy", "ticket"),
    ]
    found = identity.Impersonation.of(headers)
    assert found is not None
    assert found.user() == identity.user("opal", ["clients"], "1", {"reason/why": ["ticket"]})
    with pytest.raises(errors.ApiError):
        identity.Impersonation.of(headers[1:])
    assert identity.Impersonation.of([]) is None


def test_nobody_gives_what_they_do_not_have(store: Store) -> None:
    """Granting more than one's own rights needs `escalate` or `bind`."""
    authorizer = rbac.Authorizer(store)
    bind(store, "view", {"kind": "User", "name": "mira"}, "aurora")
    mira = identity.user("mira")
    read = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    write = [{"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["pods"]}]
    authorizer.require_no_escalation(mira, "aurora", read, "escalate", rbac.ROLES)
    with pytest.raises(errors.Forbidden, match="attempting to grant"):
        authorizer.require_no_escalation(mira, "aurora", write, "escalate", rbac.ROLES)
    with pytest.raises(errors.Forbidden):
        authorizer.require_no_escalation(mira, "default", read, "escalate", rbac.ROLES)
