"""Field errors as `k8s.io/apimachinery/pkg/util/validation/field` words them, gathered into one `Invalid`."""

import json
from collections.abc import Iterable
from typing import Any

from sandbox.kube import errors
from sandbox.kube.kinds import Kind


class FieldErrors(list[dict[str, str]]):
    """Collects causes; `raise_for` turns them into the one refusal a client sees."""

    def required(self, field: str, detail: str = "") -> None:
        self._add(field, "Required value" + (f": {detail}" if detail else ""), "FieldValueRequired")

    def invalid(self, field: str, value: Any, detail: str) -> None:
        self._add(field, f"Invalid value: {_shown(value)}: {detail}", "FieldValueInvalid")

    def forbidden(self, field: str, detail: str) -> None:
        self._add(field, f"Forbidden: {detail}", "FieldValueForbidden")

    def duplicate(self, field: str, value: Any) -> None:
        self._add(field, f"Duplicate value: {_shown(value)}", "FieldValueDuplicate")

    def unsupported(self, field: str, value: Any, supported: Iterable[str]) -> None:
        words = ", ".join(f'"{item}"' for item in supported)
        detail = f"Unsupported value: {_shown(value)}: supported values: {words}"
        self._add(field, detail, "FieldValueNotSupported")

    def _add(self, field: str, message: str, reason: str) -> None:
        self.append(errors.cause(field, message, reason))

    def raise_for(self, kind: Kind, name: str) -> None:
        """Raises Invalid when there is anything."""
        if not self:
            return
        texts = [f"{item['field']}: {item['message']}" for item in self]
        listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
        what = f"{kind.kind}.{kind.group}" if kind.group else kind.kind
        details = errors.resource_details(kind.kind, kind.group, name, causes=list(self))
        raise errors.Invalid(f'{what} "{name}" is invalid: {listed}', details)


def _shown(value: Any) -> str:
    return json.dumps(value) if not isinstance(value, (dict, list)) else json.dumps(value, separators=(",", ":"))
