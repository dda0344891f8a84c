"""OpenAPI v3 as far as kubectl reads it: which verbs take `dryRun` and `fieldValidation`, and fields for `explain`.

The paths do not declare a strategic merge patch, so that `kubectl apply` takes the merge keys it was built with
instead of asking this document for them. Descriptions are not served. Version 2 is not served either (kubectl falls
back when it is missing).
"""

import hashlib
import re
from typing import Any

from sandbox.kube import errors, schema
from sandbox.kube.discovery import Discovery
from sandbox.kube.kinds import Kind, Obj

_PLAIN = {"str": "string", "int": "integer", "bool": "boolean", "float": "number"}
_PATCHES = ("application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json")
_NESTED = re.compile(r"(list\[|dict\[str, )(.*)\]")


def index(discovery: Discovery) -> Obj:
    """`/openapi/v3`: where the document of each group and version is."""
    paths = ["api/v1"] + [f"apis/{group}/{version}" for group, all_ in discovery.groups().items() for version in all_]
    return {"paths": {path: {"serverRelativeURL": f"/openapi/v3/{path}?hash={_hash(path)}"} for path in paths}}


def _hash(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:16]


def document(discovery: Discovery, path: str) -> Obj:
    """`path` is `api/v1` or `apis/<group>/<version>`."""
    parts = path.split("/")
    group, version = ("", parts[1]) if parts[0] == "api" else (parts[1], parts[2] if len(parts) > 2 else "")
    kinds = discovery.kinds(group, version)
    if not kinds and group not in discovery.groups():
        raise errors.NotFound("the server could not find the requested resource")
    schemas: Obj = {}
    for kind in kinds:
        schemas[_schema_name(kind, version)] = _kind_schema(kind, version, schemas)
    paths = {url: item for kind in kinds for url, item in _paths(kind, version).items()}
    info = {"title": "Kubernetes", "version": "v1.32.4"}
    return {"openapi": "3.0.0", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _schema_name(kind: Kind, version: str) -> str:
    return f"io.k8s.api.{kind.group.partition('.')[0] or 'core'}.{version}.{kind.kind}"


def _gvk(kind: Kind, version: str) -> Obj:
    return {"group": kind.group, "version": version, "kind": kind.kind}


def _kind_schema(kind: Kind, version: str, schemas: Obj) -> Obj:
    name = schema.type_name(kind)
    made = kind.schema or {"type": "object", "properties": {}, "x-kubernetes-preserve-unknown-fields": True}
    if name is not None:
        made = _type_schema(name, schemas)
    return made | {"x-kubernetes-group-version-kind": [_gvk(kind, version)]}


def _type_schema(name: str, schemas: Obj) -> Obj:
    fields = schema.types()[name]
    made: Obj = {
        "type": "object",
        "properties": {field: _value_schema(value, schemas) for field, (value, _) in fields.items()},
    }
    required = [field for field, (_, needed) in fields.items() if needed]
    return made | ({"required": required} if required else {})


def _value_schema(name: str, schemas: Obj) -> Any:
    if match := _NESTED.fullmatch(name):
        inner = _value_schema(match[2], schemas)
        if match[1] == "list[":
            return {"type": "array", "items": inner}
        return {"type": "object", "additionalProperties": inner}
    if name in _PLAIN:
        return {"type": _PLAIN[name]}
    if name == "datetime":
        return {"type": "string", "format": "date-time"}
    if name not in schema.types():
        return {"type": "object"}
    component = f"io.k8s.api.sandbox.{name}"
    if component not in schemas:
        schemas[component] = {}  # types may contain themselves
        schemas[component] = _type_schema(name, schemas)
    return {"allOf": [{"$ref": f"#/components/schemas/{component}"}]}


def _paths(kind: Kind, version: str) -> Obj:
    root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    base = f"{root}/namespaces/{{namespace}}/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"
    return {
        base: {"get": _operation(kind, version, "list"), "post": _operation(kind, version, "post")},
        f"{base}/{{name}}": {
            "get": _operation(kind, version, "get"),
            "put": _operation(kind, version, "put"),
            "patch": _operation(kind, version, "patch"),
            "delete": _operation(kind, version, "delete"),
        },
    }


def _operation(kind: Kind, version: str, action: str) -> Obj:
    writes = action in ("post", "put", "patch", "delete")
    names = ["dryRun", "fieldManager", "fieldValidation"] if writes else ["resourceVersion"]
    body: Obj = {
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _gvk(kind, version),
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names],
        "responses": {"200": {"description": "OK"}},
    }
    if action == "patch":
        body["requestBody"] = {"content": {media: {"schema": {"type": "object"}} for media in _PATCHES}}
    return body
