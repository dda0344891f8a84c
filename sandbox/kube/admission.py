"""What an API server does to a client's object before it stores it: fills defaults, refuses what cannot be.

Only clients pass here; controllers of the sandbox write to the store. The rules of single kinds are in `rules_*`.
"""

from typing import Any

from sandbox.kube import custom, errors, names, rules_core, rules_workloads, schema, structural
from sandbox.kube.kinds import Kind, Obj
from sandbox.kube.refusals import FieldErrors
from sandbox.kube.store import Store, copied

_SERVER_FIELDS = ("uid", "resourceVersion", "creationTimestamp", "generation", "deletionTimestamp",
                  "deletionGracePeriodSeconds", "selfLink", "managedFields")  # fmt: skip

_DEFAULTS = {**rules_core.DEFAULTS, **rules_workloads.DEFAULTS}
_CHECKS = {**rules_core.CHECKS, **rules_workloads.CHECKS}
_CHANGES = {**rules_core.CHANGES, **rules_workloads.CHANGES}


def on_create(store: Store, kind: Kind, obj: Obj) -> None:
    """Completes `obj` in place. Raises NotFound (namespace), Forbidden (it is ending), Invalid."""
    metadata = obj["metadata"]
    for field in _SERVER_FIELDS:
        if field != "managedFields" or not metadata.get(field):
            metadata.pop(field, None)
    if kind.namespaced:
        _require_namespace(store, kind, metadata)
    if "status" in kind.subresources:
        obj.pop("status", None)
    metadata["uid"] = store.new_uid()
    _complete(kind, obj)
    problems = FieldErrors()
    names.check(kind, metadata, problems)
    _check(kind, obj, problems)


def on_update(store: Store, kind: Kind, old: Obj, new: Obj) -> None:
    """Completes `new` in place. Raises Invalid for what may not be, or may not change.

    A seed may have been stored without defaults: it is compared as if it had them.
    """
    new["metadata"].setdefault("uid", old["metadata"]["uid"])
    _complete(kind, new)
    problems = FieldErrors()
    names.check(kind, new["metadata"], problems)
    change = _CHANGES.get(kind.key)
    if change is not None:
        before = copied(old)
        _complete(kind, before)
        change(before, new, problems)
    _check(kind, new, problems)


def check_types(kind: Kind, obj: Obj, field_validation: str) -> None:
    """Raises BadRequest where a field has another type than the API says, or (`Strict`) is unknown to it."""
    for field in ("metadata", "spec", "status"):
        # Also of kinds without a schema these are objects, or nothing.
        if not isinstance(obj.get(field, {}), (dict, type(None))):
            raise errors.BadRequest(f"{kind.kind} in version \"{kind.version}\" cannot be handled as a {kind.kind}: "
                                    f"{field} is not an object")  # fmt: skip
    schema.check(kind, obj, strict=field_validation == "Strict")


def invalid(kind: Kind, name: str, causes: list[dict[str, str]]) -> errors.Invalid:
    problems = FieldErrors(causes)
    try:
        problems.raise_for(kind, name)
    except errors.Invalid as error:
        return error
    raise AssertionError("no causes")


def _complete(kind: Kind, obj: Obj) -> None:
    if kind.schema is not None:
        structural.defaulted(kind.schema, obj)
    default = _DEFAULTS.get(kind.key)
    if default is not None:
        default(obj)


def _check(kind: Kind, obj: Obj, problems: FieldErrors) -> None:
    if kind.schema is not None:
        structural.check(kind.schema, obj, "", problems)
        problems.raise_for(kind, str(obj["metadata"].get("name", "")))  # the rules below count on the types
    if kind.key == custom.KEY:
        custom.check(obj)
    check = _CHECKS.get(kind.key)
    if check is not None:
        check(obj, problems)
    problems.raise_for(kind, str(obj["metadata"].get("name", "")))


def _require_namespace(store: Store, kind: Kind, metadata: dict[str, Any]) -> None:
    namespace = store.find("namespaces", metadata["namespace"])
    if namespace is None:
        raise store.not_found("namespaces", metadata["namespace"])
    if "deletionTimestamp" in namespace["metadata"]:
        where = metadata["namespace"]
        message = f"unable to create new content in namespace {where} because it is being terminated"
        details = errors.resource_details(
            kind.plural, kind.group, metadata.get("name", ""),
            causes=[errors.cause("metadata.namespace", f"namespace {where} is being terminated",
                                 "NamespaceTerminating")],
        )  # fmt: skip
        raise errors.Forbidden(f'{kind.key} "{metadata.get("name", "")}" is forbidden: {message}', details)
