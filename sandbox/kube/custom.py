"""CustomResourceDefinitions: a stored definition serves its kind, with its columns, versions and subresources."""

from typing import Any

from sandbox.kube import errors
from sandbox.kube.kinds import Column, Kind, Obj
from sandbox.kube.store import Store

KEY = "customresourcedefinitions.apiextensions.k8s.io"


def follow(store: Store) -> None:
    """From now on every definition that is created serves its kind, and every deleted one takes it away."""
    built_in = set(store.kinds)

    def changed(what: str, definition: Obj) -> None:
        key = definition["metadata"]["name"]
        if what == "DELETED":
            if key in store.kinds and key not in built_in:
                store.unregister(key)
            return
        kind = kind_of(definition)
        if store.kinds.get(key) != kind:
            store.register(kind)
        if not (definition.get("status") or {}).get("conditions"):
            store.mutate(KEY, key, None, lambda draft: draft.update(status=_established(draft, store)), status=True)

    for definition in store.list(KEY):
        changed("ADDED", definition)
    store.subscribe(KEY, changed)


def check(definition: Obj) -> None:
    """Raises Invalid for a name that is not `plural.group`, or without exactly one stored version."""
    spec = definition.get("spec") or {}
    plural, group = (spec.get("names") or {}).get("plural", ""), spec.get("group", "")
    name, versions = definition["metadata"].get("name", ""), spec.get("versions") or []
    causes = []
    if name != f"{plural}.{group}":
        causes.append(
            errors.cause("metadata.name", f'Invalid value: "{name}": must be spec.names.plural+"."+spec.group')
        )
    if sum(1 for version in versions if version.get("storage")) != 1:
        causes.append(
            errors.cause("spec.versions", "Invalid value: must have exactly one version marked as storage version")
        )
    if spec.get("scope") not in ("Namespaced", "Cluster"):
        causes.append(errors.cause("spec.scope", "Required value", "FieldValueRequired"))
    if causes:
        text = "; ".join(f"{item['field']}: {item['message']}" for item in causes)
        details = errors.resource_details("CustomResourceDefinition", "apiextensions.k8s.io", name, causes=causes)
        raise errors.Invalid(f'CustomResourceDefinition.apiextensions.k8s.io "{name}" is invalid: {text}', details)


def kind_of(definition: Obj) -> Kind:
    spec = definition["spec"]
    names, versions = spec["names"], spec["versions"]
    storage = next(version for version in versions if version.get("storage"))
    subresources: dict[str, Any] = storage.get("subresources") or {}
    scale = subresources.get("scale") or {}
    return Kind(
        group=spec["group"],
        version=storage["name"],
        plural=names["plural"],
        kind=names["kind"],
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        short_names=tuple(names.get("shortNames") or ()),
        subresources=tuple(subresources),
        columns=tuple(_column(item) for item in storage.get("additionalPrinterColumns") or ()),
        categories=tuple(names.get("categories") or ()),
        versions=tuple(item["name"] for item in versions if item.get("served", True) and item is not storage),
        custom=True,
        schema=(storage.get("schema") or {}).get("openAPIV3Schema"),
        replicas=scale.get("specReplicasPath", ".spec.replicas").lstrip("."),
        ready=scale.get("statusReplicasPath", ".status.replicas").lstrip("."),
        selector=scale.get("labelSelectorPath", "").lstrip("."),
    )


def _column(item: Obj) -> Column:
    return Column(
        item["name"], item["jsonPath"], item.get("type", "string"), item.get("priority", 0), item.get("format", ""),
        description=item.get("description", ""),
    )  # fmt: skip


def _established(definition: Obj, store: Store) -> Obj:
    spec, when = definition["spec"], store.timestamp()
    conditions = [
        {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": when}
        for kind, reason, message in (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
    ]
    stored = [item["name"] for item in spec["versions"] if item.get("storage")]
    return {"conditions": conditions, "acceptedNames": spec["names"], "storedVersions": stored}
