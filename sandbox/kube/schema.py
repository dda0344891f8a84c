"""The types of the built-in kinds' fields: refuses a wrong type always, an unknown field where the client is strict.

The table is `schema.json`, made by `schema_build`. Custom kinds are not in it: `structural` checks
them against the schema of their CustomResourceDefinition.
"""

import functools
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.kube import errors
from sandbox.kube.kinds import Kind, Obj

_FILE = Path(__file__).with_name("schema.json")
_LIST, _MAP = re.compile(r"list\[(.*)\]"), re.compile(r"dict\[str, (.*)\]")
# Go's names of JSON types, and of the fields' types, for the message of encoding/json.
_GO = {"str": "string", "int": "int32", "bool": "bool", "float": "float64", "datetime": "Time"}
_NAMES = {"events": "CoreV1Event", "events.events.k8s.io": "EventsV1Event"}
# Maps of quantities: JSON numbers are as good as strings.
_QUANTITIES = frozenset(
    {"limits", "requests", "capacity", "allocatable", "hard", "used", "overhead", "allocatedResources", "sizeLimit"}
)


@functools.cache
def types() -> dict[str, dict[str, tuple[str, int]]]:
    table: dict[str, dict[str, tuple[str, int]]] = json.loads(_FILE.read_text())
    return table


def type_name(kind: Kind) -> str | None:
    """The name of the kind's type in the table; None for custom kinds."""
    name = _NAMES.get(kind.key, f"V1{kind.kind}")
    return None if kind.custom or name not in types() else name


def check(kind: Kind, obj: Obj, *, strict: bool) -> None:
    """Raises BadRequest, in the words of the API server's decoder."""
    name = type_name(kind)
    if name is None:
        name, obj, strict = "V1ObjectMeta", obj.get("metadata") or {}, False
    unknown: list[str] = []
    prefix = f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
    for path, problem in _walk(name, obj, "", name.removeprefix("V1")):
        if problem:
            raise errors.BadRequest(prefix + problem)
        unknown.append(f'unknown field "{path}"')
    if strict and unknown:
        raise errors.BadRequest(f"{prefix}strict decoding error: {', '.join(unknown)}")


def _walk(name: str, value: Any, path: str, owner: str) -> Iterator[tuple[str, str]]:
    """Yields (path, "") for unknown fields and (path, problem) for wrong types."""
    if value is None or name == "object":
        return
    if inner := _LIST.fullmatch(name):
        if not isinstance(value, list):
            yield path, _mismatch(value, owner, path, f"[]{_go(inner[1])}")
            return
        for index, item in enumerate(value):
            yield from _walk(inner[1], item, f"{path}[{index}]", owner)
    elif inner := _MAP.fullmatch(name):
        yield from _walk_map(inner[1], value, path, owner)
    elif name in types():
        yield from _walk_type(name, value, path, owner)
    elif not _is(name, value) and not (name == "str" and _leaf(path) in _QUANTITIES):
        yield path, _mismatch(value, owner, path, _go(name))


def _walk_map(inner: str, value: Any, path: str, owner: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, _mismatch(value, owner, path, f"map[string]{_go(inner)}")
        return
    if _leaf(path) in _QUANTITIES:
        return
    for key, item in value.items():
        yield from _walk(inner, item, f"{path}.{key}", owner)


def _walk_type(name: str, value: Any, path: str, owner: str) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, _mismatch(value, owner, path, _go(name))
        return
    fields, own = types()[name], name.removeprefix("V1")
    for key, item in value.items():
        where = f"{path}.{key}" if path else key
        if key in fields:
            yield from _walk(fields[key][0], item, where, own)
        else:
            yield where, ""


def _leaf(path: str) -> str:
    return path.rpartition(".")[2]


def _go(name: str) -> str:
    return _GO.get(name, f"v1.{name.removeprefix('V1')}")


def _is(name: str, value: Any) -> bool:
    if name == "str":
        return isinstance(value, str)
    if name == "bool":
        return isinstance(value, bool)
    if name in ("int", "float"):
        return isinstance(value, (int, float) if name == "float" else int) and not isinstance(value, bool)
    if name == "datetime":
        return isinstance(value, str) and _is_time(value)
    return True


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _mismatch(value: Any, owner: str, path: str, wanted: str) -> str:
    kind = {bool: "bool", str: "string", int: "number", float: "number", list: "array", dict: "object"}[type(value)]
    if wanted == "Time":
        return f'parsing time "{value}" as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"'
    where = re.sub(r"\[\d+\]", "", path)
    return f"json: cannot unmarshal {kind} into Go struct field {owner}.{where} of type {wanted}"
