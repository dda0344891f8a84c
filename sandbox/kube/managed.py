"""Who set which field: `metadata.managedFields`, the memory of server-side apply.

Fields are paths: tuples of `f:name` for a field, `k:{...}` for an item of a list that is merged by key, `v:...` for an
item of a set. A list without a known key is one field, set as a whole.
"""

import json
from collections.abc import Iterable
from typing import Any

from sandbox.kube import patches

Obj = dict[str, Any]
Path = tuple[str, ...]
# metadata that the server owns, never a client
_SERVER = frozenset(
    {"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "name", "namespace",
     "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "generateName"}
)  # fmt: skip
_IGNORED = frozenset({"apiVersion", "kind"})


def fields(obj: Obj) -> set[Path]:
    """The leaves of an object, without what identifies it and what the server sets."""
    found: set[Path] = set()
    for name, value in obj.items():
        if name in _IGNORED:
            continue
        if name == "metadata":
            value = {key: item for key, item in value.items() if key not in _SERVER}
            if not value:
                continue
        found |= set(_leaves((f"f:{name}",), name, value))
    return found


def item_key(field: str, items: list[Any]) -> str | None:
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    key = patches.merge_key(field, items)
    return key if key and all(key in item for item in items) else None


def _leaves(path: Path, field: str, value: Any) -> Iterable[Path]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves((*path, f"f:{key}"), key, item)
    elif isinstance(value, list) and (key := item_key(field, value)):
        for item in value:
            step = (*path, f"k:{json.dumps({key: item[key]}, separators=(',', ':'))}")
            yield (*step, ".")
            for name, part in item.items():
                yield from _leaves((*step, f"f:{name}"), name, part)
    elif isinstance(value, list) and field in patches.SETS:
        for item in value:
            yield (*path, f"v:{json.dumps(item)}")
    else:
        yield path


def value_at(obj: Any, path: Path) -> Any:
    """What stands at a path; the item itself for `.` and `v:`. None when there is nothing."""
    for step in path:
        if step == ".":
            return obj is not None
        kind, _, name = step.partition(":")
        if kind == "f":
            obj = obj.get(name) if isinstance(obj, dict) else None
        elif kind == "v":
            return json.loads(name) in (obj or [])
        else:
            wanted = json.loads(name)
            obj = next((item for item in obj or [] if isinstance(item, dict) and wanted.items() <= item.items()), None)
    return obj


def to_v1(paths: Iterable[Path]) -> Obj:
    """`FieldsV1`: nested objects."""
    tree: Obj = {}
    for path in sorted(paths):
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    return tree


def from_v1(tree: Obj, prefix: Path = ()) -> set[Path]:
    found: set[Path] = set()
    for step, below in tree.items():
        found |= from_v1(below, (*prefix, step)) if below else {(*prefix, step)}
    return found


def entry(manager: str, operation: str, api_version: str, when: str, paths: Iterable[Path], sub: str = "") -> Obj:
    made: Obj = {
        "manager": manager, "operation": operation, "apiVersion": api_version, "time": when,
        "fieldsType": "FieldsV1", "fieldsV1": to_v1(paths),
    }  # fmt: skip
    return made | ({"subresource": sub} if sub else {})


def owned(obj: Obj | None) -> list[tuple[Obj, set[Path]]]:
    entries = (obj or {}).get("metadata", {}).get("managedFields") or []
    return [(item, from_v1(item.get("fieldsV1") or {})) for item in entries]


def record(old: Obj | None, new: Obj, manager: str, api_version: str, when: str, sub: str = "") -> None:
    """Writes into `new` that `manager` set what it changed; others lose what it changed. In place."""
    before = fields(old) if old else set()
    after = fields(new)
    changed = {path for path in after if path not in before or value_at(old, path) != value_at(new, path)}
    kept: list[Obj] = []
    mine: set[Path] = set()
    for item, paths in owned(old):
        left = (paths & after) - changed
        if (item["manager"], item["operation"], item.get("subresource", "")) == (manager, "Update", sub):
            mine |= left
        elif left:
            kept.append(item if left == paths else item | {"fieldsV1": to_v1(left)})
    mine |= changed
    if mine:
        kept.append(entry(manager, "Update", api_version, when, mine, sub))
    new["metadata"]["managedFields"] = kept
