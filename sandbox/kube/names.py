"""What may be called what: object names, labels and annotations, as Kubernetes' validation has it."""

import re
from typing import Any

from sandbox.kube.kinds import Kind
from sandbox.kube.refusals import FieldErrors

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_KEY_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_KEY_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_LABEL_KINDS = frozenset({"namespaces", "services"})
ANNOTATIONS_LIMIT = 256 * 1024


def check(kind: Kind, metadata: dict[str, Any], problems: FieldErrors) -> None:
    name = metadata.get("name")
    if not name:
        problems.required("metadata.name", "name or generateName is required")
    elif kind.group == "rbac.authorization.k8s.io":
        if "/" in name or "%" in name:
            problems.invalid("metadata.name", name, "may not contain '/'")
    elif kind.key in _LABEL_KINDS:
        label("metadata.name", name, problems)
    else:
        subdomain("metadata.name", name, problems)
    for key, value in (metadata.get("labels") or {}).items():
        qualified("metadata.labels", key, problems)
        if not isinstance(value, str) or len(value) > 63 or not _LABEL_VALUE.fullmatch(value):
            problems.invalid("metadata.labels", value, _VALUE_TEXT)
    for key in metadata.get("annotations") or {}:
        qualified("metadata.annotations", key.lower(), problems)
    if (
        sum(len(key) + len(str(value)) for key, value in (metadata.get("annotations") or {}).items())
        > ANNOTATIONS_LIMIT
    ):
        problems._add("metadata.annotations", f"Too long: may not be more than {ANNOTATIONS_LIMIT} bytes",
                      "FieldValueTooLong")  # fmt: skip


def label(field: str, value: str, problems: FieldErrors) -> None:
    if len(value) > 63:
        problems.invalid(field, value, "must be no more than 63 characters")
    if not _LABEL.fullmatch(value):
        problems.invalid(field, value, _LABEL_TEXT)


def subdomain(field: str, value: str, problems: FieldErrors) -> None:
    if len(value) > 253:
        problems.invalid(field, value, "must be no more than 253 characters")
    if not _SUBDOMAIN.fullmatch(value):
        problems.invalid(field, value, _SUBDOMAIN_TEXT)


def qualified(field: str, key: str, problems: FieldErrors) -> None:
    """`prefix/name` of labels, annotations and taints."""
    prefix, _, name = key.rpartition("/")
    if prefix:
        subdomain(field, prefix, problems)
    if len(name) > 63 or not _KEY_NAME.fullmatch(name):
        problems.invalid(field, key, _KEY_TEXT)
