"""The three patches Kubernetes knows, on JSON data: JSON patch, merge patch, strategic merge.

Strategic merge needs to know by which key a list is merged; that is in the Go types' tags, and here in `MERGE_KEYS`.
Nothing is changed in place: each function returns a new value that may share parts with its input.
"""

from typing import Any

from sandbox.kube import errors

Json = Any

# List field → merge key, as `patchMergeKey` in k8s.io/api. Fields absent here are replaced as a whole.
MERGE_KEYS: dict[str, str] = {
    "containers": "name", "initContainers": "name", "ephemeralContainers": "name", "volumes": "name", "env": "name",
    "volumeMounts": "mountPath", "volumeDevices": "devicePath", "imagePullSecrets": "name", "hostAliases": "ip",
    "topologySpreadConstraints": "topologyKey", "resourceClaims": "name", "podIPs": "ip", "hostIPs": "ip",
    "conditions": "type", "ownerReferences": "uid", "secrets": "name", "addresses": "type",
}  # fmt: skip
SETS = frozenset({"finalizers", "podCIDRs"})  # lists of scalars with patchStrategy=merge
_DELETE_ITEMS, _ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


def merge(target: Json, patch: Json) -> Json:
    """RFC 7386: null removes, a list replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def merge_key(field: str, items: list[Json]) -> str | None:
    """By which key the list `field` is merged; `ports` have another key in a Service than in a container."""
    if field == "ports":
        return "containerPort" if any("containerPort" in item for item in items if isinstance(item, dict)) else "port"
    return MERGE_KEYS.get(field)


def strategic(target: Json, patch: Json) -> Json:
    """Strategic merge with `$patch`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList`."""
    if not isinstance(patch, dict):
        return patch
    directive = patch.get("$patch")
    if directive == "delete":
        return {}
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in patch:
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    for key, value in patch.items():
        if key.startswith(_DELETE_ITEMS):
            field = key.removeprefix(_DELETE_ITEMS)
            result[field] = [item for item in result.get(field) or [] if item not in value]
    for key, value in patch.items():
        if not key.startswith("$"):
            _strategic_field(result, key, value)
    for key, value in patch.items():
        if key.startswith(_ORDER):
            field = key.removeprefix(_ORDER)
            result[field] = _ordered(field, result.get(field) or [], value)
    return result


def _strategic_field(result: dict[str, Json], key: str, value: Json) -> None:
    if value is None:
        result.pop(key, None)
    elif isinstance(value, list):
        result[key] = _strategic_list(key, result.get(key) or [], value)
    elif isinstance(value, dict):
        if value.get("$patch") == "delete":
            result.pop(key, None)
        else:
            result[key] = strategic(result.get(key), value)
    else:
        result[key] = value


def _strategic_list(field: str, current: list[Json], patch: list[Json]) -> list[Json]:
    if field in SETS:
        return [*current, *(item for item in patch if item not in current)]
    key = merge_key(field, [*current, *patch])
    directives = [item for item in patch if isinstance(item, dict) and "$patch" in item]
    if any(item == {"$patch": "replace"} for item in directives):
        return [item for item in patch if item not in directives]
    if key is None or not all(isinstance(item, dict) for item in patch):
        return patch
    result = list(current)
    for item in patch:
        if key not in item:
            raise errors.BadRequest(f"map: {item} does not contain declared merge key: {key}")
        index = next((at for at, old in enumerate(result) if old.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            result = [old for old in result if old.get(key) != item[key]]
        elif index is None:
            result.append(strategic({}, item))
        else:
            result[index] = strategic(result[index], item)
    return result


def _ordered(field: str, items: list[Json], order: list[Json]) -> list[Json]:
    """The items the patch names come in its order; the others keep their place after them."""
    key = merge_key(field, [*items, *order])
    names = [item[key] if isinstance(item, dict) and key else item for item in order]

    def name(item: Json) -> Json:
        return item.get(key) if isinstance(item, dict) and key else item

    known = sorted((item for item in items if name(item) in names), key=lambda item: names.index(name(item)))
    return [*known, *(item for item in items if name(item) not in names)]


def json_patch(target: Json, operations: Json) -> Json:
    """RFC 6902. A failed `test` or a missing path raises Invalid, as the API server does."""
    if not isinstance(operations, list):
        raise errors.BadRequest("json patch must be a list of operations")
    for operation in operations:
        target = _operate(target, operation)
    return target


def _operate(target: Json, operation: dict[str, Json]) -> Json:
    kind, path = operation.get("op"), _pointer(operation.get("path"))
    if kind in ("add", "replace", "test") and "value" not in operation:
        raise errors.BadRequest(f"json patch operation {kind} has no value")
    if kind == "add":
        return _edit(target, path, "add", operation["value"])
    if kind == "replace":
        _find(target, path)
        return _edit(target, path, "replace", operation["value"])
    if kind == "remove":
        return _edit(target, path, "remove", None)
    if kind in ("move", "copy"):
        source = _pointer(operation.get("from"))
        value = _find(target, source)
        return _edit(_edit(target, source, "remove", None) if kind == "move" else target, path, "add", value)
    if kind == "test":
        if _find(target, path, missing_is_none=True) != operation["value"]:
            raise errors.Invalid(f"the server rejected our request due to an error in our request: testing value "
                                 f"{operation['path']} failed")  # fmt: skip
        return target
    raise errors.BadRequest(f"unexpected json patch operation: {kind}")


def _pointer(path: Json) -> list[str]:
    if not isinstance(path, str) or (path and not path.startswith("/")):
        raise errors.BadRequest(f"json patch path is not a JSON pointer: {path}")
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _missing(path: list[str]) -> errors.ApiError:
    return errors.Invalid(
        f"the server rejected our request due to an error in our request: missing path in json patch: /{'/'.join(path)}"
    )


def _index(step: str, length: int, path: list[str]) -> int:
    if not step.isdigit() or int(step) >= length:
        raise _missing(path)
    return int(step)


def _find(value: Json, path: list[str], missing_is_none: bool = False) -> Json:
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list):
            value = value[_index(step, len(value), path)]
        elif missing_is_none:
            return None
        else:
            raise _missing(path)
    return value


def _edit(value: Json, path: list[str], how: str, new: Json) -> Json:
    """A copy of `value` with one place changed; only the containers on the way are copied."""
    if not path:
        return None if how == "remove" else new
    step, rest = path[0], path[1:]
    if isinstance(value, list):
        return _edit_list(value, step, rest, how, new)
    if not isinstance(value, dict) or (step not in value and (rest or how == "remove")):
        raise _missing(path)
    if not rest and how == "remove":
        return {key: item for key, item in value.items() if key != step}
    return value | {step: _edit(value[step], rest, how, new) if rest else new}


def _edit_list(value: list[Json], step: str, rest: list[str], how: str, new: Json) -> list[Json]:
    if not rest and how == "add":
        at = len(value) if step == "-" else _index(step, len(value) + 1, [step])
        return [*value[:at], new, *value[at:]]
    at = _index(step, len(value), [step])
    if not rest and how == "remove":
        return [*value[:at], *value[at + 1 :]]
    return [*value[:at], _edit(value[at], rest, how, new) if rest else new, *value[at + 1 :]]
