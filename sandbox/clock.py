"""The sandbox's time: real, jumped or sped up, and told to whoever reads the clock file.

Slack, the Kubernetes API and the fleet of one sandbox share one `Clock`. The bot runs in a process of its own
and shares no code with the sandbox, so the two agree through a small JSON file:

    {"real": 1764000000.0, "shown": 1764003600.0, "rate": 1.0}

which says: at the real instant `real` (Unix seconds) the clock showed `shown`, and it runs `rate` times as fast
as real time. Time-outs that Slack measures on the wire (3 s to acknowledge, a request signature's age) stay real.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """`now()` is aware and in UTC. It never goes backwards unless `jump` is told to."""

    def __init__(self, start: datetime | None = None, rate: float = 1.0, file: Path | None = None) -> None:
        self._real = time.time()
        self._shown = start.timestamp() if start else self._real
        self._rate = rate
        self._file = file
        self._listeners: list[Callable[[], None]] = []
        self._write()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.unix(), UTC)

    def unix(self) -> float:
        return self._shown + (time.time() - self._real) * self._rate

    @property
    def rate(self) -> float:
        return self._rate

    def advance(self, by: timedelta) -> None:
        self._set(self.unix() + by.total_seconds(), self._rate)

    def jump(self, to: datetime) -> None:
        self._set(to.timestamp(), self._rate)

    def run_at(self, rate: float) -> None:
        """`rate` 0 stops the clock; it moves only when told to."""
        self._set(self.unix(), rate)

    def on_change(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def _set(self, shown: float, rate: float) -> None:
        self._real, self._shown, self._rate = time.time(), shown, rate
        self._write()
        for listener in self._listeners:
            listener()

    def _write(self) -> None:
        if self._file is None:
            return
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps({"real": self._real, "shown": self._shown, "rate": self._rate}))
        os.replace(new, self._file)
