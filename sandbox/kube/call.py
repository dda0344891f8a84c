"""One request, understood: which kind, which object, by whom, with which options."""

import dataclasses
from datetime import datetime
from typing import Any

import msgspec
import yaml
from aiohttp import web

from sandbox.clock import Clock
from sandbox.kube import errors, kinds, protobuf
from sandbox.kube.discovery import REVIEWS, Discovery
from sandbox.kube.identity import Tokens, User
from sandbox.kube.kinds import Kind
from sandbox.kube.rbac import Attributes, Authorizer
from sandbox.kube.store import Store

MAX_BODY = 3 * 1024 * 1024  # bytes, as the API server
_decode = msgspec.json.Decoder().decode


@dataclasses.dataclass(frozen=True, slots=True)
class Cluster:
    """What every handler needs. `bookmark_seconds` are real seconds, like all time-outs on the wire."""

    store: Store
    clock: Clock
    tokens: Tokens
    authorizer: Authorizer
    discovery: Discovery
    bookmark_seconds: float = 60.0


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """Where a path points: a collection (no name), an object or its subresource."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def key(self) -> str:
        return errors.qualified(self.plural, self.group)

    @property
    def storage_key(self) -> str:
        return kinds.ALIASES.get(self.key, self.key)


def parse(path: str) -> Target | None:
    """None for paths that are not about a resource (discovery, health, unknown)."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and not (group == "" and rest[2] in ("status", "finalize")):
        namespace, rest = rest[1], rest[2:]
    if len(rest) > 3 or not all(rest):
        return None
    name, subresource = [*rest, "", ""][1:3]
    return Target(group, version, rest[0], namespace, name, subresource)


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    cluster: Cluster
    request: web.Request
    user: User
    target: Target
    kind: Kind

    @property
    def store(self) -> Store:
        return self.cluster.store

    @property
    def now(self) -> datetime:
        return self.cluster.clock.now()

    @property
    def key(self) -> str:
        return self.target.storage_key

    @property
    def namespace(self) -> str | None:
        return self.target.namespace or None

    def query(self, name: str) -> str:
        return self.request.query.get(name, "")

    def flag(self, name: str) -> bool:
        value = self.query(name).lower()
        if value not in ("", "0", "1", "true", "false", "t", "f"):
            raise errors.BadRequest(f'invalid value "{value}" for query parameter {name}')
        return value in ("1", "true", "t")

    def number(self, name: str) -> int | None:
        text = self.query(name)
        if not text:
            return None
        if not text.isdigit():
            raise errors.BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        return int(text)

    @property
    def dry_run(self) -> bool:
        values = self.request.query.getall("dryRun", [])
        return self.check_dry_run(values)

    def check_dry_run(self, values: list[str]) -> bool:
        if any(value != "All" for value in values):
            message = f'DryRun.dryRun: Invalid value: {values}: Unsupported value: supported values: "All"'
            raise errors.Invalid(message, {"causes": [errors.cause("dryRun", message)]})
        return bool(values)

    @property
    def manager(self) -> str:
        """Who is recorded in managedFields: the parameter, else the first word of the User-Agent."""
        agent = self.request.headers.get("User-Agent", "unknown")
        return self.query("fieldManager") or agent.partition("/")[0] or "unknown"

    async def body(self) -> Any:
        """The decoded body; {} when there is none. Raises BadRequest, UnsupportedMediaType."""
        try:
            raw = await self.request.read()
        except web.HTTPRequestEntityTooLarge as error:
            raise errors.TooLarge(f"Request entity too large: limit is {MAX_BODY}") from error
        return parse_body(raw, self.request.content_type) if raw else {}


def parse_body(raw: bytes, content_type: str) -> Any:
    if content_type in ("application/yaml", "application/apply-patch+yaml"):
        try:
            return yaml.safe_load(raw)
        except yaml.YAMLError as error:
            raise errors.BadRequest(f"error converting YAML to JSON: {error}") from error
    if content_type.endswith("json") or content_type in ("application/octet-stream", "*/*"):
        try:
            return _decode(raw)
        except msgspec.DecodeError as error:
            raise errors.BadRequest(f"the body of the request was in an unknown format: {error}") from error
    if content_type == protobuf.CONTENT_TYPE:
        return protobuf.decode(raw)
    accepted = "application/json, application/yaml"
    raise errors.UnsupportedMediaType(
        f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    )


_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "GET": "get", "HEAD": "get", "DELETE": "delete"}


def attributes(method: str, path: str, target: Target | None, watching: bool, field_selector: str) -> Attributes:
    """What RBAC is asked about a request."""
    if target is None:
        return Attributes({"HEAD": "get"}.get(method, method.lower()), path=path)
    verb = _VERBS.get(method, method.lower())
    name = target.name
    if not name:
        verb = {"get": "list", "delete": "deletecollection"}.get(verb, verb)
        if verb == "list" and watching:
            verb = "watch"
        # A list of one named object is a request for that name, as RequestInfo has it.
        if verb in ("list", "watch") and field_selector.startswith("metadata.name=") and "," not in field_selector:
            name = field_selector.partition("=")[2]
    namespace = target.name if target.key == "namespaces" else target.namespace
    return Attributes(verb, target.group, target.plural, target.subresource, name, namespace)


def is_review(target: Target) -> bool:
    return any(target.plural == plural for plural, _, _ in REVIEWS.get(target.group, ()))
