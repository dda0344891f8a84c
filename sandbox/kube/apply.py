"""Server-side apply: merge what a manager declares, take away what it no longer declares, refuse to fight.

Built-in lists with a merge key are merged item by item; a custom kind's lists are replaced, since no schema says
otherwise. A field that another manager set to another value is a conflict, unless forced.
"""

import json
from typing import Any

from sandbox.kube import errors, managed
from sandbox.kube.managed import Obj, Path
from sandbox.kube.store import copied


def apply(current: Obj | None, wanted: Obj, manager: str, force: bool, when: str) -> Obj:
    """The object as it will be, managedFields included. Raises Conflict with a cause for each field."""
    declared = managed.fields(wanted)
    entries = managed.owned(current)
    if current is not None and not force:
        _refuse_conflicts(current, wanted, declared, entries, manager)
    result: Obj = _merged("", copied(current), wanted) if current else copied(wanted)
    kept, before, elsewhere = _others(current, wanted, declared, entries, manager)
    # Whole items first: an item is found by its key, which is one of its own fields.
    for path in sorted(before - declared - elsewhere, key=lambda path: (path[-1] != ".", -len(path), path)):
        _remove(result, path)
    mine = next((item for item, _ in entries if _is_mine(item, manager)), None)
    if mine is not None and before == declared:
        when = mine["time"]  # nothing new was declared: applying again changes nothing
    kept.append(managed.entry(manager, "Apply", wanted.get("apiVersion", ""), when, declared))
    result["metadata"]["managedFields"] = kept
    return result


def _is_mine(entry: Obj, manager: str) -> bool:
    return bool(entry["manager"] == manager and entry["operation"] == "Apply" and not entry.get("subresource"))


def _refuse_conflicts(
    current: Obj, wanted: Obj, declared: set[Path], entries: list[tuple[Obj, set[Path]]], manager: str
) -> None:
    causes = []
    for entry, paths in entries:
        if _is_mine(entry, manager):
            continue
        for path in sorted(paths & declared):
            if managed.value_at(current, path) != managed.value_at(wanted, path):
                text = f'conflict with "{entry["manager"]}" using {entry["apiVersion"]}'
                causes.append(errors.cause(_dotted(path), text, "FieldManagerConflict"))
    if causes:
        count = f"{len(causes)} conflict{'s' if len(causes) > 1 else ''}"
        listed = "\n".join(f"- {item['field']}" for item in causes)
        message = f"{causes[0]['message']}: {causes[0]['field']}" if len(causes) == 1 else f"conflicts:\n{listed}"
        raise errors.Conflict(f"Apply failed with {count}: {message}", {"causes": causes})


def _others(
    current: Obj | None, wanted: Obj, declared: set[Path], entries: list[tuple[Obj, set[Path]]], manager: str
) -> tuple[list[Obj], set[Path], set[Path]]:
    """The entries that stay, what this manager had declared before, and what others own."""
    kept: list[Obj] = []
    before: set[Path] = set()
    elsewhere: set[Path] = set()
    for entry, paths in entries:
        if _is_mine(entry, manager):
            before = paths
            continue
        lost = {path for path in paths & declared if managed.value_at(current, path) != managed.value_at(wanted, path)}
        left = paths - lost
        elsewhere |= left
        if left:
            kept.append(entry if not lost else entry | {"fieldsV1": managed.to_v1(left)})
    return kept, before, elsewhere


def _merged(field: str, old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _merged(key, old.get(key), value) for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        key = managed.item_key(field, [*old, *new])
        if key is None:
            return copied(new)
        by_key = {item[key]: item for item in old}
        for item in new:
            by_key[item[key]] = _merged("", by_key.get(item[key]), item)
        return list(by_key.values())
    return copied(new)


def _remove(obj: Any, path: Path) -> None:
    """Takes a leaf away, and an item of a keyed list when its `.` goes."""
    for at, step in enumerate(path[:-1]):
        if path[at + 1] == "." and step.startswith("k:"):
            wanted = json.loads(step[2:])
            obj[:] = [item for item in obj if not wanted.items() <= item.items()]
            return
        obj = managed.value_at(obj, (step,))
        if obj is None:
            return
    kind, _, name = path[-1].partition(":")
    if kind == "f" and isinstance(obj, dict):
        obj.pop(name, None)
    elif kind == "v" and isinstance(obj, list) and json.loads(name) in obj:
        obj.remove(json.loads(name))


def _dotted(path: Path) -> str:
    parts = []
    for step in path:
        kind, _, name = step.partition(":")
        if kind == "k":
            parts.append("[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(name).items()) + "]")
        elif kind in ("f", "v"):
            parts.append(f".{name}")
    return "".join(parts)
