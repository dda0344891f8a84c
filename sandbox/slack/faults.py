"""Faults on demand: the next calls of a method, or the next envelopes of a kind, go wrong as told."""

import itertools
from dataclasses import dataclass
from typing import Any

from sandbox.slack.errors import ControlError

METHOD_KINDS = frozenset({"rate_limited", "error_500", "applied_then_timeout"})
ENVELOPE_KINDS = frozenset({"drop_socket", "deliver_twice", "deliver_late"})
ANY = "*"


@dataclass
class Fault:
    id: int
    target: str
    """A method (`chat.postMessage`), `response_url`, an envelope kind (`slash_commands`), an event type, or `*`."""
    kind: str
    times: int
    retry_after: int
    delay: float


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, body: dict[str, Any]) -> Fault:
        kind = body.get("kind", "")
        target = body.get("method") or body.get("envelope")
        known = METHOD_KINDS if body.get("method") else ENVELOPE_KINDS
        if not target or kind not in known:
            words = f"needs `method` with {sorted(METHOD_KINDS)}, or `envelope` with {sorted(ENVELOPE_KINDS)}"
            raise ControlError("invalid_fault", words)
        fault = Fault(
            next(self._ids),
            target,
            kind,
            int(body.get("times", 1)),
            int(body.get("retry_after", 1)),
            float(body.get("delay", 1.0)),
        )
        self._faults.append(fault)
        return fault

    def take(self, kinds: frozenset[str], *targets: str) -> Fault | None:
        """The first fault that any of `targets` meets; it is used up once."""
        for fault in self._faults:
            if fault.kind in kinds and fault.target in (*targets, ANY):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def list(self) -> list[dict[str, Any]]:
        return [vars(f) for f in self._faults]

    def clear(self) -> None:
        self._faults.clear()
