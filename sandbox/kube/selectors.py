"""Label and field selectors: parsed once, matched often. Refuses what the API server refuses, with its words."""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kube import errors

Matches = Callable[[Mapping[str, str]], bool]
Labels = Mapping[str, str]

_PART = re.compile(r",(?![^()]*\))")
_SET = re.compile(r"^\s*(?P<key>[^\s!=<>()]+)\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)\s*$")
_EQUAL = re.compile(r"^\s*(?P<key>[^\s!=<>()]+)\s*(?P<op>==|!=|=)\s*(?P<value>[^\s!=<>()]*)\s*$")
_ORDER = re.compile(r"^\s*(?P<key>[^\s!=<>()]+)\s*(?P<op><|>)\s*(?P<value>-?\d+)\s*$")
_EXISTS = re.compile(r"^\s*(?P<not>!?)\s*(?P<key>[^\s!=<>(),]+)\s*$")

METADATA_FIELDS = ("metadata.name", "metadata.namespace")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
        "status.phase", "status.podIP", "status.nominatedNodeName",
    ),
    "nodes": ("spec.unschedulable",),
    "events": (
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
        "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath",
        "reason", "reportingComponent", "source", "type",
    ),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "jobs.batch": ("status.successful",),
    "replicasets.apps": ("status.replicas",),
}  # fmt: skip


@functools.lru_cache(maxsize=1024)
def labels(text: str) -> Matches:
    """`a=b,c!=d,e in (f,g),h,!i,j>3`. Raises BadRequest for what cannot be parsed."""
    tests = [_requirement(part, text) for part in _PART.split(text) if part.strip()]
    if len(tests) == 1:
        return tests[0]
    return lambda found: all(test(found) for test in tests)


def _requirement(part: str, text: str) -> Matches:
    if match := _SET.match(part):
        values = frozenset(value.strip() for value in match["values"].split(","))
        return _is_in(match["key"], values) if match["op"] == "in" else _is_not_in(match["key"], values)
    if match := _EQUAL.match(part):
        values = frozenset([match["value"]])
        return _is_not_in(match["key"], values) if match["op"] == "!=" else _is_in(match["key"], values)
    if match := _ORDER.match(part):
        return _compares(match["key"], match["op"], int(match["value"]))
    if match := _EXISTS.match(part):
        key = match["key"]
        return (lambda found: key not in found) if match["not"] else (lambda found: key in found)
    raise errors.BadRequest(f"unable to parse requirement: found '{part.strip()}', in selector \"{text}\"")


def _is_in(key: str, values: frozenset[str]) -> Matches:
    return lambda found: found.get(key) in values


def _is_not_in(key: str, values: frozenset[str]) -> Matches:
    """As in Kubernetes, an object without the label matches `!=` and `notin`."""
    return lambda found: found.get(key) not in values


def _compares(key: str, operator: str, bound: int) -> Matches:
    def test(found: Labels) -> bool:
        try:
            number = int(found[key])
        except (KeyError, ValueError):
            return False
        return number > bound if operator == ">" else number < bound

    return test


@functools.lru_cache(maxsize=1024)
def fields(text: str, key: str, extra: tuple[str, ...] = ()) -> Callable[[dict[str, Any]], bool]:
    """`metadata.name=x,status.phase!=Running` for the kind `key`; fields outside the kind's list are refused."""
    known = (*METADATA_FIELDS, *FIELDS.get(key, ()), *extra)
    wanted: list[tuple[tuple[str, ...], str, bool]] = []
    for part in text.split(","):
        if not part.strip():
            continue
        match = _EQUAL.match(part)
        if match is None:
            raise errors.BadRequest(f"invalid selector: '{text}'; can't understand '{part}'")
        if match["key"] not in known:
            raise errors.BadRequest(f"field label not supported: {match['key']}")
        wanted.append((_path(key, match["key"]), match["value"], match["op"] != "!="))
    return lambda obj: all((_text(obj, path) == value) is equal for path, value, equal in wanted)


def _path(key: str, field: str) -> tuple[str, ...]:
    named = {"source": "source.component", "status.successful": "status.succeeded"}
    return tuple((named.get(field, field) if key in ("events", "jobs.batch") else field).split("."))


def _text(obj: Any, path: tuple[str, ...]) -> str:
    for step in path:
        obj = obj.get(step) if isinstance(obj, dict) else None
    if obj is None:
        return "false" if path[-1] in ("unschedulable", "hostNetwork") else ""
    return str(obj).lower() if isinstance(obj, bool) else str(obj)


def from_object(selector: Mapping[str, Any] | None) -> Matches:
    """A `LabelSelector` object: `matchLabels` and `matchExpressions`. None selects nothing, {} everything."""
    if selector is None:
        return lambda _: False
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for item in selector.get("matchExpressions") or ():
        values = ",".join(item.get("values") or ())
        operator = item["operator"]
        parts.append(
            {"Exists": item["key"], "DoesNotExist": f"!{item['key']}"}.get(
                operator, f"{item['key']} {operator.lower()} ({values})"
            )
        )
    return labels(",".join(parts))
