"""Container logs, kept in memory: the current run and the one before it, as `kubectl logs -p` reads them."""

import dataclasses
from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

MAX_LINES = 50_000  # a container's log is bounded, as the kubelet bounds it by rotation


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    text: str

    def encode(self, timestamps: bool) -> bytes:
        if timestamps:
            stamp = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
            return f"{stamp} {self.text}\n".encode()
        return f"{self.text}\n".encode()


@dataclasses.dataclass(frozen=True, slots=True)
class Window:
    """What a reader asked for; None means no bound. `since` is exclusive of earlier lines."""

    tail: int | None = None
    since: datetime | None = None
    limit_bytes: int | None = None
    timestamps: bool = False

    def cut(self, lines: Iterable[Line]) -> bytes:
        chosen = [line for line in lines if self.since is None or line.at >= self.since]
        if self.tail is not None:
            chosen = chosen[len(chosen) - self.tail :] if self.tail < len(chosen) else chosen
        data = b"".join(line.encode(self.timestamps) for line in chosen)
        return data if self.limit_bytes is None else data[: self.limit_bytes]


class _Log:
    __slots__ = ("current", "followers", "previous")

    def __init__(self) -> None:
        self.current: deque[Line] = deque(maxlen=MAX_LINES)
        self.previous: deque[Line] | None = None
        self.followers: list[Callable[[Line | None], None]] = []


class LogBook:
    """Keyed by namespace, pod and container. A follower is called with each new line, and with None at the end."""

    def __init__(self) -> None:
        self._logs: dict[tuple[str, str], dict[str, _Log]] = {}

    def append(self, namespace: str, pod: str, container: str, line: str, at: datetime) -> None:
        log = self._log(namespace, pod, container)
        entry = Line(at, line)
        log.current.append(entry)
        for follower in list(log.followers):
            follower(entry)

    def restart(self, namespace: str, pod: str, container: str) -> None:
        log = self._log(namespace, pod, container)
        log.previous, log.current = log.current, deque(maxlen=MAX_LINES)
        self._end(log)

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool = False) -> Iterable[Line] | None:
        """None when there is no such log (never started, or no previous run)."""
        log = self._logs.get((namespace, pod), {}).get(container)
        if log is None:
            return None
        return log.previous if previous else log.current

    def follow(
        self, namespace: str, pod: str, container: str, follower: Callable[[Line | None], None]
    ) -> Callable[[], None]:
        log = self._log(namespace, pod, container)
        log.followers.append(follower)
        return lambda: log.followers.remove(follower) if follower in log.followers else None

    def forget(self, namespace: str, pod: str) -> None:
        """The pod is gone, and its logs with it, as on a real node."""
        for log in self._logs.pop((namespace, pod), {}).values():
            self._end(log)

    def _log(self, namespace: str, pod: str, container: str) -> _Log:
        return self._logs.setdefault((namespace, pod), {}).setdefault(container, _Log())

    def _end(self, log: _Log) -> None:
        for follower in list(log.followers):
            follower(None)
        log.followers.clear()
