"""Who may do what: Roles and ClusterRoles, and the bindings that give them, as stored objects that really decide.

Nothing is denied explicitly; what no rule allows is forbidden. `system:masters` may do everything, as in Kubernetes.
"""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.kube import errors
from sandbox.kube.identity import MASTERS, SERVICE_ACCOUNT, User
from sandbox.kube.store import Store

GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"
Rule = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Attributes:
    """What is asked for. `path` is set for a non-resource request, the other fields for a resource."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    namespace: str = ""
    path: str = ""

    @property
    def full_resource(self) -> str:
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource

    def refusal(self, user: User) -> errors.Forbidden:
        """In Kubernetes' own words."""
        if self.path:
            return errors.Forbidden(f'forbidden: User "{user.name}" cannot {self.verb} path "{self.path}"')
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        what = errors.qualified(self.resource, self.group) + (f' "{self.name}"' if self.name else "")
        message = (
            f'{what} is forbidden: User "{user.name}" cannot {self.verb} resource "{self.full_resource}" '
            f'in API group "{self.group}" {where}'
        )
        return errors.Forbidden(message, errors.resource_details(self.resource, self.group, self.name))


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str = ""


class Authorizer:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._cache: dict[tuple[User, str], list[tuple[Rule, str]]] = {}
        for key in (ROLES, CLUSTER_ROLES, BINDINGS, CLUSTER_BINDINGS):
            store.subscribe(key, lambda _what, _obj: self._cache.clear())

    def require(self, user: User, wanted: Attributes) -> None:
        """Raises Forbidden."""
        if not self.decide(user, wanted).allowed:
            raise wanted.refusal(user)

    def decide(self, user: User, wanted: Attributes) -> Decision:
        if MASTERS in user.groups:
            return Decision(True)
        for rule, source in self.rules(user, wanted.namespace):
            if covers(rule, wanted):
                return Decision(True, f"RBAC: allowed by {source}")
        return Decision(False)

    def require_no_escalation(self, user: User, namespace: str, rules: Iterable[Rule], verb: str, key: str) -> None:
        """Nobody may give rights they do not have, unless they may `escalate` (roles) or `bind` (bindings)."""
        plural = key.partition(".")[0]
        if self.decide(user, Attributes(verb, GROUP, plural, namespace=namespace)).allowed:
            return
        for rule in rules:
            for wanted in _single(rule, namespace):
                if not self.decide(user, wanted).allowed:
                    raise errors.Forbidden(
                        f'{key} is forbidden: user "{user.name}" (groups={list(user.groups)}) is attempting to grant '
                        f"RBAC permissions not currently held: {rule}"
                    )

    def granted(self, reference: dict[str, Any], namespace: str) -> list[Rule]:
        """The rules of the role that a binding refers to; none when it is not there (yet)."""
        if reference.get("kind") == "ClusterRole":
            role = self._store.find(CLUSTER_ROLES, reference.get("name", ""))
        else:
            role = self._store.find(ROLES, reference.get("name", ""), namespace)
        return list((role or {}).get("rules") or ())

    def rules(self, user: User, namespace: str) -> list[tuple[Rule, str]]:
        """The rules that apply to `user` in `namespace` ("" for cluster-wide), each with what gave it."""
        key = (user, namespace)
        if key not in self._cache:
            self._cache[key] = list(self._resolve(user, namespace))
        return self._cache[key]

    def _resolve(self, user: User, namespace: str) -> Iterator[tuple[Rule, str]]:
        yield from self._bound(user, self._store.list(CLUSTER_BINDINGS), "ClusterRoleBinding", "")
        if namespace:
            yield from self._bound(user, self._store.list(BINDINGS, namespace), "RoleBinding", namespace)

    def _bound(
        self, user: User, bindings: Iterable[dict[str, Any]], kind: str, namespace: str
    ) -> Iterator[tuple[Rule, str]]:
        for binding in bindings:
            subject = next((item for item in binding.get("subjects") or () if _is(item, user, namespace)), None)
            if subject is None:
                continue
            reference = binding["roleRef"]
            name = f"{binding['metadata']['name']}/{namespace}" if namespace else binding["metadata"]["name"]
            source = (
                f'{kind} "{name}" of {reference["kind"]} "{reference["name"]}" to {subject["kind"]} "{subject["name"]}"'
            )
            for rule in self.granted(reference, namespace):
                yield rule, source


def _single(rule: Rule, namespace: str) -> Iterator[Attributes]:
    """A rule taken apart into single questions; a `*` is asked for as `*`."""
    for verb in rule.get("verbs") or ():
        for path in rule.get("nonResourceURLs") or ():
            yield Attributes(verb, path=path)
        for group in rule.get("apiGroups") or ():
            for resource in rule.get("resources") or ():
                plural, _, sub = resource.partition("/")
                for name in rule.get("resourceNames") or [""]:
                    yield Attributes(verb, group, plural, sub, name, namespace)


def _is(subject: dict[str, Any], user: User, namespace: str) -> bool:
    if subject["kind"] == "User":
        return bool(subject["name"] == user.name)
    if subject["kind"] == "Group":
        return subject["name"] in user.groups
    home = subject.get("namespace") or namespace
    return bool(user.name == f"{SERVICE_ACCOUNT}{home}:{subject['name']}")


def covers(rule: Rule, wanted: Attributes) -> bool:
    if not _has(rule.get("verbs"), wanted.verb):
        return False
    if wanted.path:
        return any(_path_matches(pattern, wanted.path) for pattern in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames") or ()
    return (
        _has(rule.get("apiGroups"), wanted.group)
        and _resource_matches(rule.get("resources") or (), wanted)
        and (not names or wanted.name in names)
    )


def _has(allowed: Iterable[str] | None, value: str) -> bool:
    return any(item in ("*", value) for item in allowed or ())


def _resource_matches(allowed: Iterable[str], wanted: Attributes) -> bool:
    """`*` covers subresources too; `*/scale` the subresource of all."""
    whole = {"*", wanted.full_resource}
    if wanted.subresource:
        whole.add(f"*/{wanted.subresource}")
    return any(item in whole for item in allowed)


def _path_matches(pattern: str, path: str) -> bool:
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern[:-1]))
