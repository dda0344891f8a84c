"""What the server serves: `/api`, `/apis`, their resource lists, and the aggregated document kubectl asks for first."""

from collections.abc import Iterable
from typing import Any

from sandbox.kube import errors
from sandbox.kube.kinds import Kind, Obj
from sandbox.kube.store import Store

VERSION = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.4+sandbox",
    "gitCommit": "0000000000000000000000000000000000000000",
    "gitTreeState": "clean",
    "buildDate": "2025-04-22T00:00:00Z",
    "goVersion": "go1.23.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}

# Created, never stored: they are questions.
REVIEWS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    "authentication.k8s.io": (("selfsubjectreviews", "SelfSubjectReview", False),),
    "authorization.k8s.io": (
        ("localsubjectaccessreviews", "LocalSubjectAccessReview", True),
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview", False),
        ("selfsubjectrulesreviews", "SelfSubjectRulesReview", False),
        ("subjectaccessreviews", "SubjectAccessReview", False),
    ),
}
# The kinds of subresources that are not the parent's own.
_SUB_KINDS: dict[str, tuple[str, str, str]] = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}
_SUB_VERBS = {
    "log": ["get"], "eviction": ["create"], "binding": ["create"], "token": ["create"],
}  # fmt: skip
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


class Discovery:
    def __init__(self, store: Store) -> None:
        self._store = store

    def groups(self) -> dict[str, list[str]]:
        """Group → served versions, preferred first; the core group ("") is left out."""
        found: dict[str, list[str]] = {}
        for kind in self._store.kinds.values():
            versions = found.setdefault(kind.group, [])
            versions += [version for version in kind.served if version not in versions]
        for group in REVIEWS:
            found.setdefault(group, ["v1"])
        found.pop("", None)
        return found

    def paths(self) -> list[str]:
        """What `/` lists."""
        groups = self.groups()
        found = ["/api", "/api/v1", "/apis", *(f"/apis/{group}" for group in groups)]
        found += [f"/apis/{group}/{version}" for group, versions in groups.items() for version in versions]
        return sorted([*found, "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"])

    def kinds(self, group: str, version: str) -> list[Kind]:
        return [kind for kind in self._store.kinds.values() if kind.group == group and version in kind.served]

    def api_versions(self, address: str) -> Obj:
        addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}

    def group_list(self) -> Obj:
        groups = [_group(name, versions) for name, versions in self.groups().items()]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}

    def group(self, name: str) -> Obj:
        versions = self.groups().get(name)
        if versions is None:
            raise errors.NotFound("the server could not find the requested resource")
        return {"kind": "APIGroup", "apiVersion": "v1"} | _group(name, versions)

    def resources(self, group: str, version: str) -> Obj:
        found = self.kinds(group, version)
        reviews = REVIEWS.get(group, ()) if version == "v1" else ()
        if not found and not reviews:
            raise errors.NotFound("the server could not find the requested resource")
        resources = [entry for kind in found for entry in _entries(kind)]
        for plural, name, namespaced in reviews:
            resources.append(_review(plural, name, namespaced))
        where = f"{group}/{version}" if group else version
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": where, "resources": resources}

    def aggregated(self, version: str, *, core: bool) -> Obj:
        """`apidiscovery.k8s.io`: everything in one answer."""
        groups = {"": ["v1"]} if core else self.groups()
        items = [
            {
                "metadata": {"name": group, "creationTimestamp": None},
                "versions": [
                    {
                        "version": served,
                        "freshness": "Current",
                        "resources": [_aggregated(kind, served) for kind in self.kinds(group, served)]
                        + [_aggregated_review(group, review) for review in REVIEWS.get(group, ())],
                    }
                    for served in versions
                ],
            }
            for group, versions in groups.items()
        ]
        api_version = f"apidiscovery.k8s.io/{version}"
        return {"kind": "APIGroupDiscoveryList", "apiVersion": api_version, "metadata": {}, "items": items}


def wants_aggregated(accept: str) -> str | None:
    """The version of the aggregated document the client would take, if it asks for one."""
    for part in accept.split(","):
        options = {piece.strip() for piece in part.split(";")}
        if "as=APIGroupDiscoveryList" in options and "g=apidiscovery.k8s.io" in options:
            for version in ("v2", "v2beta1"):
                if f"v={version}" in options:
                    return version
    return None


def _group(name: str, versions: Iterable[str]) -> Obj:
    listed = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": listed, "preferredVersion": listed[0]}


def _entries(kind: Kind) -> Iterable[Obj]:
    entry: dict[str, Any] = {
        "name": kind.plural, "singularName": kind.singular, "namespaced": kind.namespaced, "kind": kind.kind,
        "verbs": list(kind.verbs), "storageVersionHash": "sandbox",
    }  # fmt: skip
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    yield entry
    for name in kind.subresources:
        group, version, sub_kind = _SUB_KINDS.get(name, (kind.group, "", kind.kind))
        more = {"group": group, "version": version} if name in _SUB_KINDS and version else {}
        yield {
            "name": f"{kind.plural}/{name}", "singularName": "", "namespaced": kind.namespaced, "kind": sub_kind,
            "verbs": _SUB_VERBS.get(name, ["get", "patch", "update"]),
        } | more  # fmt: skip


def _review(plural: str, name: str, namespaced: bool) -> Obj:
    singular = name.lower()
    return {"name": plural, "singularName": singular, "namespaced": namespaced, "kind": name, "verbs": ["create"]}


def _aggregated(kind: Kind, version: str) -> Obj:
    scope = "Namespaced" if kind.namespaced else "Cluster"
    entry: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": version, "kind": kind.kind},
        "scope": scope, "singularResource": kind.singular, "verbs": list(kind.verbs),
    }  # fmt: skip
    if kind.short_names:
        entry["shortNames"] = list(kind.short_names)
    if kind.categories:
        entry["categories"] = list(kind.categories)
    if kind.subresources:
        entry["subresources"] = [_aggregated_subresource(kind, version, name) for name in kind.subresources]
    return entry


def _aggregated_subresource(kind: Kind, version: str, name: str) -> Obj:
    group, sub_version, sub_kind = _SUB_KINDS.get(name, (kind.group, version, kind.kind))
    return {
        "subresource": name,
        "responseKind": {"group": group, "version": sub_version, "kind": sub_kind},
        "verbs": _SUB_VERBS.get(name, ["get", "patch", "update"]),
    }


def _aggregated_review(group: str, review: tuple[str, str, bool]) -> Obj:
    plural, name, namespaced = review
    return {
        "resource": plural, "responseKind": {"group": group, "version": "v1", "kind": name},
        "scope": "Namespaced" if namespaced else "Cluster", "singularResource": name.lower(), "verbs": ["create"],
    }  # fmt: skip
