"""Reads the protobuf bodies kubectl's typed commands send: `auth can-i`, `create job`, `drain`'s evictions.

Only what those commands fill in is in the table (numbers from `generated.proto` in k8s.io/api); a message with another
field is refused with 415, as a kind without protobuf would be. Answers are always JSON, which these clients accept.
"""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.kube import errors

CONTENT_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
Field = tuple[str, str]

# Type → number → (JSON field, type). `[x]` is repeated, `{x}` a map from string.
_META: dict[int, Field] = {1: ("metadata", "ObjectMeta")}


def _object(spec: str) -> dict[int, Field]:
    return _META | {2: ("spec", spec), 3: ("status", "skip")}


MESSAGES: dict[str, dict[int, Field]] = {
    "ObjectMeta": {
        1: ("name", "str"), 2: ("generateName", "str"), 3: ("namespace", "str"), 4: ("selfLink", "str"),
        5: ("uid", "str"), 6: ("resourceVersion", "str"), 7: ("generation", "int"), 8: ("creationTimestamp", "Time"),
        9: ("deletionTimestamp", "Time"), 10: ("deletionGracePeriodSeconds", "int"), 11: ("labels", "{str}"),
        12: ("annotations", "{str}"), 13: ("ownerReferences", "[OwnerReference]"), 14: ("finalizers", "[str]"),
    },
    "OwnerReference": {
        1: ("kind", "str"), 3: ("name", "str"), 4: ("uid", "str"), 5: ("apiVersion", "str"), 6: ("controller", "bool"),
        7: ("blockOwnerDeletion", "bool"),
    },
    "SelfSubjectAccessReview": _object("AccessSpec"),
    "SubjectAccessReview": _object("AccessSpec"),
    "LocalSubjectAccessReview": _object("AccessSpec"),
    "SelfSubjectRulesReview": _object("RulesSpec"),
    "SelfSubjectReview": _META | {2: ("status", "skip")},
    "RulesSpec": {1: ("namespace", "str")},
    "AccessSpec": {
        1: ("resourceAttributes", "ResourceAttributes"), 2: ("nonResourceAttributes", "NonResourceAttributes"),
        3: ("user", "str"), 4: ("groups", "[str]"), 6: ("uid", "str"),
    },
    "ResourceAttributes": {
        1: ("namespace", "str"), 2: ("verb", "str"), 3: ("group", "str"), 4: ("version", "str"), 5: ("resource", "str"),
        6: ("subresource", "str"), 7: ("name", "str"),
    },
    "NonResourceAttributes": {1: ("path", "str"), 2: ("verb", "str")},
    "Eviction": _META | {2: ("deleteOptions", "DeleteOptions")},
    "DeleteOptions": {
        1: ("gracePeriodSeconds", "int"), 2: ("preconditions", "Preconditions"), 3: ("orphanDependents", "bool"),
        4: ("propagationPolicy", "str"), 5: ("dryRun", "[str]"),
    },
    "Preconditions": {1: ("uid", "str"), 2: ("resourceVersion", "str")},
    "TokenRequest": _object("TokenSpec"),
    "TokenSpec": {1: ("audiences", "[str]"), 4: ("expirationSeconds", "int")},
    "Namespace": _object("NamespaceSpec"),
    "NamespaceSpec": {1: ("finalizers", "[str]")},
    "ServiceAccount": _META | {2: ("secrets", "[skip]")},
    "ConfigMap": _META | {2: ("data", "{str}")},
    "Secret": _META | {2: ("data", "{bytes}"), 3: ("type", "str")},
    "ResourceQuota": _object("ResourceQuotaSpec"),
    "ResourceQuotaSpec": {1: ("hard", "{Quantity}"), 2: ("scopes", "[str]")},
    "Quantity": {1: ("string", "str")},
    "PriorityClass": _META | {
        2: ("value", "int"), 3: ("globalDefault", "bool"), 4: ("description", "str"), 5: ("preemptionPolicy", "str"),
    },
    "Role": _META | {2: ("rules", "[PolicyRule]")},
    "ClusterRole": _META | {2: ("rules", "[PolicyRule]")},
    "PolicyRule": {
        1: ("verbs", "[str]"), 2: ("apiGroups", "[str]"), 3: ("resources", "[str]"), 4: ("resourceNames", "[str]"),
        5: ("nonResourceURLs", "[str]"),
    },
    "RoleBinding": _META | {2: ("subjects", "[Subject]"), 3: ("roleRef", "RoleRef")},
    "ClusterRoleBinding": _META | {2: ("subjects", "[Subject]"), 3: ("roleRef", "RoleRef")},
    "Subject": {1: ("kind", "str"), 2: ("apiGroup", "str"), 3: ("name", "str"), 4: ("namespace", "str")},
    "RoleRef": {1: ("apiGroup", "str"), 2: ("kind", "str"), 3: ("name", "str")},
    "Job": _object("JobSpec"),
    "JobSpec": {
        1: ("parallelism", "int"), 2: ("completions", "int"), 3: ("activeDeadlineSeconds", "int"),
        4: ("selector", "LabelSelector"), 5: ("manualSelector", "bool"), 6: ("template", "PodTemplateSpec"),
        7: ("backoffLimit", "int"), 8: ("ttlSecondsAfterFinished", "int"), 9: ("completionMode", "str"),
        10: ("suspend", "bool"),
    },
    "Deployment": _object("DeploymentSpec"),
    "DeploymentSpec": {
        1: ("replicas", "int"), 2: ("selector", "LabelSelector"), 3: ("template", "PodTemplateSpec"),
        4: ("strategy", "skip"), 5: ("minReadySeconds", "int"), 6: ("revisionHistoryLimit", "int"),
        7: ("paused", "bool"), 9: ("progressDeadlineSeconds", "int"),
    },
    "LabelSelector": {1: ("matchLabels", "{str}")},
    "PodTemplateSpec": _META | {2: ("spec", "PodSpec")},
    "PodSpec": {
        2: ("containers", "[Container]"), 3: ("restartPolicy", "str"), 4: ("terminationGracePeriodSeconds", "int"),
        5: ("activeDeadlineSeconds", "int"), 6: ("dnsPolicy", "str"), 7: ("nodeSelector", "{str}"),
        8: ("serviceAccountName", "str"), 9: ("serviceAccount", "str"), 10: ("nodeName", "str"),
        11: ("hostNetwork", "bool"), 12: ("hostPID", "bool"), 13: ("hostIPC", "bool"), 14: ("securityContext", "skip"),
        16: ("hostname", "str"), 17: ("subdomain", "str"), 19: ("schedulerName", "str"),
        24: ("priorityClassName", "str"),
    },
    "Container": {
        1: ("name", "str"), 2: ("image", "str"), 3: ("command", "[str]"), 4: ("args", "[str]"),
        5: ("workingDir", "str"), 6: ("ports", "[ContainerPort]"), 7: ("env", "[EnvVar]"),
        8: ("resources", "Resources"), 13: ("terminationMessagePath", "str"), 14: ("imagePullPolicy", "str"),
        16: ("stdin", "bool"), 17: ("stdinOnce", "bool"), 18: ("tty", "bool"), 20: ("terminationMessagePolicy", "str"),
    },
    "ContainerPort": {
        1: ("name", "str"), 2: ("hostPort", "int"), 3: ("containerPort", "int"), 4: ("protocol", "str"),
        5: ("hostIP", "str"),
    },
    "EnvVar": {1: ("name", "str"), 2: ("value", "str")},
    "Resources": {1: ("limits", "{Quantity}"), 2: ("requests", "{Quantity}")},
}  # fmt: skip


def decode(raw: bytes) -> dict[str, Any]:
    """The JSON form of an enveloped object. Raises UnsupportedMediaType for what the table does not know."""
    if not raw.startswith(_MAGIC):
        raise errors.BadRequest("the body is not protobuf: it does not begin with the expected prefix")
    api_version, kind, body = "", "", b""
    for number, value in _fields(raw[len(_MAGIC) :]):
        if number == 1 and isinstance(value, bytes):
            named = dict(_fields(value))
            api_version, kind = _text(named.get(1, b"")), _text(named.get(2, b""))
        elif number == 2 and isinstance(value, bytes):
            body = value
    if kind not in MESSAGES:
        raise errors.UnsupportedMediaType(f"{kind} is not accepted as {CONTENT_TYPE}; send application/json")
    return {"apiVersion": api_version, "kind": kind} | _message(kind, body)


def _message(name: str, raw: bytes) -> dict[str, Any]:
    """Empty values are left out, as `omitempty` leaves them out of JSON."""
    found: dict[str, Any] = {}
    for number, value in _fields(raw):
        if number not in MESSAGES[name]:
            raise errors.UnsupportedMediaType(f"field {number} of {name} is not known in {CONTENT_TYPE}; send JSON")
        field, kind = MESSAGES[name][number]
        if kind.strip("[]") == "skip":
            continue
        if kind.startswith("["):
            found.setdefault(field, []).append(_value(kind[1:-1], value))
        elif kind.startswith("{"):
            entry = dict(_fields(value if isinstance(value, bytes) else b""))
            found.setdefault(field, {})[_text(entry.get(1, b""))] = _value(kind[1:-1], entry.get(2, b""))
        else:
            found[field] = _value(kind, value)
    return {field: value for field, value in found.items() if value not in ("", {}, None)}


def _value(kind: str, value: int | bytes) -> Any:
    if kind == "int":
        return value - (1 << 64) if isinstance(value, int) and value >= 1 << 63 else value
    if kind == "bool":
        return bool(value)
    raw = value if isinstance(value, bytes) else b""
    if kind == "str":
        return _text(raw)
    if kind == "bytes":
        return base64.b64encode(raw).decode()
    if kind == "Time":
        seconds = dict(_fields(raw)).get(1)
        return datetime.fromtimestamp(seconds, UTC).isoformat() if isinstance(seconds, int) and seconds else None
    if kind == "Quantity":
        return _message(kind, raw).get("string", "0")
    return _message(kind, raw)


def _text(value: int | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _fields(raw: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(number, value) of each field: wire types 0 (varint) and 2 (bytes), the only ones these messages use."""
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        if tag & 7 == 0:
            value, at = _varint(raw, at)
            yield tag >> 3, value
        elif tag & 7 == 2:
            length, at = _varint(raw, at)
            if at + length > len(raw):
                raise errors.BadRequest("unexpected EOF in a protobuf body")
            yield tag >> 3, raw[at : at + length]
            at += length
        else:
            raise errors.BadRequest(f"wire type {tag & 7} is not expected in a protobuf body")


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(raw) or shift > 63:
            raise errors.BadRequest("unexpected EOF in a protobuf body")
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
