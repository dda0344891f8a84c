"""create, update, patch, delete: what a client sends is checked, completed and then stored, or only shown (`dryRun`).

Everything between reading the current object and storing the new one happens without waiting, so a patch never meets
a conflict it did not ask for; an update does, when its resourceVersion is old.
"""

from typing import Any

from aiohttp import web

from sandbox.kube import admission, apply, errors, managed, patches, rbac, reading, views
from sandbox.kube.call import Call
from sandbox.kube.kinds import Obj
from sandbox.kube.store import copied

_PROPAGATION = ("Background", "Foreground", "Orphan")


async def create(call: Call) -> web.Response:
    view = reading.view_of(call)
    obj = accepted(call, await call.body())
    metadata = obj.setdefault("metadata", {})
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + call.store.suffix()
    admission.on_create(call.store, call.kind, obj)
    _refuse_escalation(call, obj)
    managed.record(None, obj, call.manager, call.kind.api_version, call.store.timestamp())
    created = call.store.create(call.key, obj, dry_run=call.dry_run)
    return reading.answer(view, view.one(_unstored(created), call.now), 201)


async def update(call: Call) -> web.Response:
    view = reading.view_of(call)
    obj = accepted(call, await call.body())
    name = obj.get("metadata", {}).get("name")
    if name != call.target.name:
        raise errors.BadRequest(f"the name of the object ({name}) does not match the name on the URL "
                                f"({call.target.name})")  # fmt: skip
    if call.kind.custom and not obj["metadata"].get("resourceVersion"):
        message = "metadata.resourceVersion: Invalid value: 0x0: must be specified for an update"
        raise admission.invalid(call.kind, name, [errors.cause("metadata.resourceVersion", message)])
    current = call.store.get(call.key, call.target.name, call.namespace)
    return reading.answer(view, view.one(_store(call, current, obj), call.now))


async def patch(call: Call) -> web.Response:
    view = reading.view_of(call)
    content_type = call.request.content_type
    body = await call.body()
    current = call.store.find(call.key, call.target.name, call.namespace)
    if content_type == "application/apply-patch+yaml":
        return _apply(call, view, current, body)
    if current is None:
        raise call.store.not_found(call.target.key, call.target.name)
    shown = views.show(current, call.kind, call.target.version)
    obj = _patched(call, content_type, shown, body)
    if obj.get("metadata", {}).get("name") != call.target.name:
        raise errors.BadRequest("the name of the object does not match the name on the URL")
    return reading.answer(view, view.one(_store(call, current, accepted(call, obj)), call.now))


def _patched(call: Call, content_type: str, current: Obj, body: Any) -> Obj:
    if content_type == "application/json-patch+json":
        result = patches.json_patch(current, body)
    elif content_type == "application/merge-patch+json":
        result = patches.merge(current, body)
    elif content_type == "application/strategic-merge-patch+json" and not call.kind.custom:
        result = patches.strategic(current, body)
    else:
        known = ["json-patch+json", "merge-patch+json", "apply-patch+yaml"]
        known += [] if call.kind.custom else ["strategic-merge-patch+json"]
        raise errors.UnsupportedMediaType(
            "the body of the request was in an unknown format - accepted media types include: "
            + ", ".join(f"application/{name}" for name in known)
        )
    if not isinstance(result, dict):
        raise errors.BadRequest("the patch does not leave an object")
    return result


def _apply(call: Call, view: views.View, current: Obj | None, body: Any) -> web.Response:
    """Server-side apply: creates what is not there."""
    manager = call.query("fieldManager")
    if not manager:
        message = "fieldManager: Required value: is required for apply patch"
        details = {"causes": [errors.cause("fieldManager", message, "FieldValueRequired")]}
        raise errors.Invalid(f'PatchOptions.meta.k8s.io "" is invalid: {message}', details)
    body.setdefault("metadata", {}).setdefault("name", call.target.name)
    if body["metadata"].get("managedFields"):
        raise errors.BadRequest("metadata.managedFields must be nil")
    wanted = accepted(call, body)
    result = apply.apply(current, wanted, manager, call.flag("force"), call.store.timestamp())
    if current is not None:
        return reading.answer(view, view.one(_store(call, current, result, tracked=True), call.now))
    admission.on_create(call.store, call.kind, result)
    _refuse_escalation(call, result)
    created = call.store.create(call.key, result, dry_run=call.dry_run)
    return reading.answer(view, view.one(_unstored(created), call.now), 201)


def _store(call: Call, current: Obj, obj: Obj, *, tracked: bool = False) -> Obj:
    """`tracked`: managedFields are already right."""
    status = call.target.subresource == "status"
    obj = copied(obj)
    metadata = obj["metadata"]
    call.store.check_preconditions(call.key, current, metadata.get("uid"), metadata.get("resourceVersion"))
    if not status:
        admission.on_update(call.store, call.kind, current, obj)
        _refuse_escalation(call, obj)
    if not tracked:
        when = call.store.timestamp()
        managed.record(current, obj, call.manager, call.kind.api_version, when, call.target.subresource)
    return call.store.replace(call.key, obj, status=status, dry_run=call.dry_run)


def _refuse_escalation(call: Call, obj: Obj) -> None:
    authorizer, where = call.cluster.authorizer, call.target.namespace
    if call.key in (rbac.ROLES, rbac.CLUSTER_ROLES):
        authorizer.require_no_escalation(call.user, where, obj.get("rules") or (), "escalate", call.key)
    elif call.key in (rbac.BINDINGS, rbac.CLUSTER_BINDINGS):
        rules = authorizer.granted(obj["roleRef"], where)
        authorizer.require_no_escalation(call.user, where, rules, "bind", call.key)


def accepted(call: Call, obj: Any) -> Obj:
    """The object in its stored version. Raises BadRequest when it is of another kind, version or namespace."""
    if not isinstance(obj, dict) or not isinstance(obj.get("metadata", {}), dict):
        raise errors.BadRequest("the body of the request is not an object")
    api_version, kind = call.kind.api_version_of(call.target.version), call.kind.kind
    if obj.get("kind", kind) != kind:
        raise errors.BadRequest(f'{obj.get("kind")} in version "{call.target.version}" cannot be handled as a {kind}')
    if obj.get("apiVersion", api_version) != api_version:
        raise errors.BadRequest(
            f"the API version in the data ({obj['apiVersion']}) does not match the expected API version ({api_version})"
        )
    obj = _without_nulls(obj)
    metadata = dict(obj.get("metadata") or {})
    where = call.target.namespace
    if call.kind.namespaced and metadata.setdefault("namespace", where) != where:
        raise errors.BadRequest("the namespace of the provided object does not match the namespace sent on the request")
    admission.check_types(call.kind, obj, call.query("fieldValidation"))
    return views.stored(obj | {"metadata": metadata}, call.kind, call.target.version)


def _without_nulls(value: Any) -> Any:
    """null is the same as absent, and an empty item in a list, as Go's decoder reads it."""
    if isinstance(value, dict):
        return {field: _without_nulls(item) for field, item in value.items() if item is not None}
    if isinstance(value, list):
        return [{} if item is None else _without_nulls(item) for item in value]
    return value


async def delete(call: Call) -> web.Response:
    options = await _delete_options(call)
    removed = call.store.delete(call.key, call.target.name, call.namespace, **options)
    view = reading.view_of(call)
    if options["dry_run"] or call.store.find(call.key, call.target.name, call.namespace) is None:
        details = errors.resource_details(
            call.target.plural, call.target.group, call.target.name, uid=removed["metadata"]["uid"]
        )
        if call.key in ("pods", "persistentvolumeclaims", "serviceaccounts"):
            return reading.answer(view, view.one(removed, call.now))
        body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return web.Response(body=views.encode(body), content_type="application/json")
    return reading.answer(view, view.one(removed, call.now))


async def delete_collection(call: Call) -> web.Response:
    options = await _delete_options(call)
    view = reading.view_of(call, listing=True)
    chosen = call.store.list(call.key, call.namespace, call.query("labelSelector"), call.query("fieldSelector"))
    for obj in chosen:
        metadata = obj["metadata"]
        if call.store.find(call.key, metadata["name"], metadata.get("namespace")) is not None:
            call.store.delete(call.key, metadata["name"], metadata.get("namespace"), **options)
    return reading.answer(view, view.many(chosen, {"resourceVersion": str(call.store.version)}, call.now))


async def _delete_options(call: Call) -> dict[str, Any]:
    body = await call.body()
    policy = body.get("propagationPolicy") or call.query("propagationPolicy")
    orphan = body.get("orphanDependents")
    if policy and orphan is not None:
        message = "orphanDependents and deletionPropagation cannot be both set"
        raise errors.Invalid(message, {"causes": [errors.cause("propagationPolicy", message)]})
    policy = policy or ("Orphan" if orphan else "Background")
    if policy not in _PROPAGATION:
        message = f'propagationPolicy: Invalid value: "{policy}": not a valid propagation policy'
        raise errors.Invalid(f'DeleteOptions.meta.k8s.io "" is invalid: {message}',
                             {"causes": [errors.cause("propagationPolicy", message)]})  # fmt: skip
    preconditions = body.get("preconditions") or {}
    grace = body.get("gracePeriodSeconds")
    return {
        "propagation": policy,
        "uid": preconditions.get("uid"),
        "version": preconditions.get("resourceVersion"),
        "grace": grace if grace is not None else call.number("gracePeriodSeconds"),
        "dry_run": call.dry_run or call.check_dry_run(body.get("dryRun") or []),
    }


def _unstored(obj: Obj) -> Obj:
    """What a dry run made has no resourceVersion; a table needs one."""
    if "resourceVersion" in obj["metadata"]:
        return obj
    return obj | {"metadata": obj["metadata"] | {"resourceVersion": ""}}
