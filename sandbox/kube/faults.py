"""Faults on demand: what goes wrong between a client and an API server, so often as asked for."""

import dataclasses
import typing
from typing import Literal

FaultKind = Literal["error_500", "hang", "gone_410", "drop_watch", "unauthorized", "too_many_requests", "slow"]
KINDS: tuple[str, ...] = typing.get_args(FaultKind)


@dataclasses.dataclass(slots=True)
class Fault:
    """`times` left; -1 for until cleared. `seconds` is the delay of `slow` and the Retry-After of 429."""

    kind: str
    path_prefix: str = "/"
    times: int = 1
    method: str = ""
    seconds: float = 1.0

    def matches(self, method: str, path: str, watching: bool) -> bool:
        if self.kind == "drop_watch" and not watching:
            return False
        return self.times != 0 and path.startswith(self.path_prefix) and self.method in ("", method)


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"no such fault: {fault.kind}; there are {', '.join(KINDS)}")
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def listing(self) -> list[dict[str, object]]:
        return [dataclasses.asdict(fault) for fault in self._faults]

    def take(self, method: str, path: str, watching: bool) -> Fault | None:
        """The fault that strikes this request, used up once."""
        for fault in self._faults:
            if fault.matches(method, path, watching):
                if fault.times > 0:
                    fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault
        return None
