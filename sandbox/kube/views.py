"""How an object is shown to who asked: in which version, whole, as metadata only, or as rows of a table.

An object is stored once. `Accept` decides the form, the path the version. Bytes are made with msgspec, and an event's
bytes are made once for each form and shared by all who watch.
"""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec

from sandbox.kube import cells, columns, errors, kinds
from sandbox.kube.kinds import Column, Kind, Obj

JSON = "application/json"
_ENCODER = msgspec.json.Encoder()
encode: Callable[[Any], bytes] = _ENCODER.encode
_TABLE, _PARTIAL, _PARTIAL_LIST = "Table", "PartialObjectMetadata", "PartialObjectMetadataList"


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """`form` is "" for the object itself. `include` is the table's includeObject."""

    kind: Kind
    version: str
    form: str = ""
    include: str = "Metadata"

    @property
    def content_type(self) -> str:
        return f"{JSON};as={self.form};v=v1;g=meta.k8s.io" if self.form else JSON

    @property
    def cache_key(self) -> str:
        return f"{self.kind.key}|{self.kind.group}|{self.version}|{self.form}|{self.include}"

    def one(self, obj: Obj, now: datetime) -> Obj:
        if self.form == _TABLE:
            return self._table([obj], {"resourceVersion": obj["metadata"]["resourceVersion"]}, now)
        if self.form:
            return partial(obj)
        return show(obj, self.kind, self.version)

    def many(self, objects: Iterable[Obj], metadata: Obj, now: datetime) -> Obj:
        if self.form == _TABLE:
            return self._table(objects, metadata, now)
        if self.form:
            items = [partial(obj) for obj in objects]
            return {"kind": _PARTIAL_LIST, "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "items": items}
        shown = [show(obj, self.kind, self.version) for obj in objects]
        api_version = self.kind.api_version_of(self.version)
        return {"kind": self.kind.list_kind, "apiVersion": api_version, "metadata": metadata, "items": shown}

    def event(self, what: str, obj: Obj, now: datetime) -> bytes:
        return encode({"type": what, "object": self.one(obj, now)}) + b"\n"

    def bookmark(self, version: str, annotations: dict[str, str] | None = None) -> bytes:
        metadata: Obj = {"resourceVersion": version, "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        body: Obj = {"kind": self.kind.kind, "apiVersion": self.kind.api_version_of(self.version)}
        if self.form == _TABLE:
            # kubectl reads the version from the first row's object.
            row = {"cells": [None] * len(self._columns()), "object": _as_partial(metadata)}
            body = self._frame({"resourceVersion": version}) | {"rows": [row]}
        elif self.form:
            body = _as_partial(metadata)
        else:
            body["metadata"] = metadata
        return encode({"type": "BOOKMARK", "object": body}) + b"\n"

    def _columns(self) -> tuple[Column, ...]:
        if self.kind.columns:
            return (columns.NAME, *(column for column in self.kind.columns if column.name != "Name"))
        return columns.COLUMNS.get(kinds.ALIASES.get(self.kind.key, self.kind.key), columns.DEFAULT)

    def _frame(self, metadata: Obj) -> Obj:
        definitions = [
            {
                "name": column.name,
                "type": "string" if column.type == "date" else column.type,
                "format": column.format,
                "description": column.description or column.name,
                "priority": column.priority,
            }
            for column in self._columns()
        ]
        return {
            "kind": _TABLE, "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions,
        }  # fmt: skip

    def _table(self, objects: Iterable[Obj], metadata: Obj, now: datetime) -> Obj:
        chosen = self._columns()
        rows = []
        for obj in objects:
            row: Obj = {"cells": [_cell(column, obj, now) for column in chosen]}
            if self.include != "None":
                whole = self.include == "Object"
                row["object"] = show(obj, self.kind, self.version) if whole else partial(obj)
            rows.append(row)
        return self._frame(metadata) | {"rows": rows}


def _cell(column: Column, obj: Obj, now: datetime) -> Any:
    if column.cell is not None:
        return column.cell(obj, now)
    value = cells.find(obj, column.path)
    if column.type == "date":
        return cells.since(value, now)
    if isinstance(value, (dict, list)):
        return encode(value).decode()
    return value


def partial(obj: Obj) -> Obj:
    return _as_partial(obj["metadata"])


def _as_partial(metadata: Obj) -> Obj:
    return {"kind": _PARTIAL, "apiVersion": "meta.k8s.io/v1", "metadata": metadata}


def negotiate(accept: str, kind: Kind, version: str, include: str, *, listing: bool) -> View:
    """The first form the client names that we have. Raises NotAcceptable."""
    for form in _forms(accept or "*/*"):
        if form in ("", _TABLE):
            return View(kind, version, form, include or "Metadata")
        if form == (_PARTIAL_LIST if listing else _PARTIAL):
            return View(kind, version, form, include)
    raise errors.NotAcceptable(
        "only the following media types are accepted: application/json, application/yaml, "
        "application/json;as=Table;v=v1;g=meta.k8s.io"
    )


def _forms(accept: str) -> Iterable[str]:
    for part in accept.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        options = dict(parameter.split("=", 1) for parameter in parameters if "=" in parameter)
        if media not in (JSON, "*/*", "application/*"):
            continue
        form = options.get("as", "")
        if not form:
            yield ""
        elif options.get("g") == "meta.k8s.io" and options.get("v") == "v1":
            yield form


def show(obj: Obj, kind: Kind, version: str) -> Obj:
    """The stored object in a served version; unchanged (and shared) where it is the stored one."""
    if kind.key in kinds.ALIASES:
        return _new_event(obj)
    if version == kind.version:
        return obj
    shown = obj | {"apiVersion": kind.api_version_of(version)}
    if kind.key == "clusterqueues.kueue.x-k8s.io" and "cohortName" in (obj.get("spec") or {}):
        spec = dict(obj["spec"])
        spec["cohort"] = spec.pop("cohortName")
        shown["spec"] = spec
    return shown


def stored(obj: Obj, kind: Kind, version: str) -> Obj:
    """The reverse of `show`, for what a client writes."""
    if kind.key in kinds.ALIASES:
        return _old_event(obj)
    if version != kind.version:
        obj = obj | {"apiVersion": kind.api_version}
        if kind.key == "clusterqueues.kueue.x-k8s.io" and "cohort" in (obj.get("spec") or {}):
            spec = dict(obj["spec"])
            spec["cohortName"] = spec.pop("cohort")
            obj["spec"] = spec
    return obj


# events.k8s.io/v1 field → core/v1 field
_EVENT_FIELDS = {
    "regarding": "involvedObject", "note": "message", "reportingController": "reportingComponent",
    "deprecatedSource": "source", "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp", "deprecatedCount": "count",
}  # fmt: skip


def _new_event(obj: Obj) -> Obj:
    back = {old: new for new, old in _EVENT_FIELDS.items()}
    shown = {back.get(field, field): value for field, value in obj.items()}
    shown.setdefault("eventTime", None)  # null for events of the old API, as the real server sends it
    return shown | {"apiVersion": "events.k8s.io/v1"}


def _old_event(obj: Obj) -> Obj:
    return {_EVENT_FIELDS.get(field, field): value for field, value in obj.items()} | {"apiVersion": "v1"}
