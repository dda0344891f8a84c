"""Validation of custom objects against the schema their CustomResourceDefinition brings.

Only what decides whether an object is accepted: types, required fields, enums, minimum, minItems, pattern. What a
schema does not name is kept, as with `x-kubernetes-preserve-unknown-fields` (the real server prunes it).
"""

import json
import re
from typing import Any

from sandbox.kube.refusals import FieldErrors

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_GO = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def check(schema: dict[str, Any], value: Any, path: str, problems: FieldErrors) -> None:
    """Adds a cause for each violation, worded as kube-openapi does."""
    if value is None and schema.get("nullable"):
        return
    if not _typed(schema, value):
        found = "null" if value is None else _GO[type(value)]
        wanted = schema.get("type", "string")
        problems.invalid(path, found, f'{path} in body must be of type {wanted}: "{found}"')
        return
    if "enum" in schema and value not in schema["enum"]:
        problems.unsupported(path, value, [str(item) for item in schema["enum"]])
    if "minimum" in schema and isinstance(value, (int, float)) and value < schema["minimum"]:
        low = schema["minimum"]
        problems.invalid(path, value, f"{path} in body should be greater than or equal to {low}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        problems.invalid(path, value, f"{path} in body should match '{schema['pattern']}'")
    if isinstance(value, list):
        _check_list(schema, value, path, problems)
    elif isinstance(value, dict):
        _check_object(schema, value, path, problems)


def _typed(schema: dict[str, Any], value: Any) -> bool:
    if schema.get("x-kubernetes-int-or-string"):
        return isinstance(value, (int, str)) and not isinstance(value, bool)
    wanted = _TYPES.get(schema.get("type", ""))
    if wanted is None:
        return True
    return isinstance(value, wanted) and not (isinstance(value, bool) and bool not in wanted)


def _check_list(schema: dict[str, Any], value: list[Any], path: str, problems: FieldErrors) -> None:
    least = schema.get("minItems", 0)
    if len(value) < least:
        problems.invalid(path, len(value), f"{path} in body should have at least {least} items")
    for index, item in enumerate(value):
        check(schema.get("items") or {}, item, f"{path}[{index}]", problems)


def _check_object(schema: dict[str, Any], value: dict[str, Any], path: str, problems: FieldErrors) -> None:
    prefix = f"{path}." if path else ""
    for field in schema.get("required") or ():
        if field not in value:
            problems.required(f"{prefix}{field}")
    properties = schema.get("properties") or {}
    more = schema.get("additionalProperties")
    for field, item in value.items():
        if field in properties:
            check(properties[field], item, f"{prefix}{field}", problems)
        elif isinstance(more, dict):
            check(more, item, f"{prefix}{field}", problems)


def defaulted(schema: dict[str, Any], value: Any) -> None:
    """Fills in the schema's defaults, in place."""
    if isinstance(value, list):
        for item in value:
            defaulted(schema.get("items") or {}, item)
    if not isinstance(value, dict):
        return
    for field, inner in (schema.get("properties") or {}).items():
        if field not in value and "default" in inner:
            value[field] = json.loads(json.dumps(inner["default"]))
        if field in value:
            defaulted(inner, value[field])
