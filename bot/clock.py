"""The only module that asks what time it is.

Everything else is handed a `Clock` (services, at their edge) or a `now` (models). `FileClock` follows another
clock through a small JSON file, which is how the sandbox's fast clock reaches a bot in a process of its own:
`{"real": Unix seconds, "shown": Unix seconds, "rate": float}`.
"""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, aware and in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """Stands still until told otherwise; for tests."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock starts at an aware time")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    def jump(self, to: datetime) -> None:
        self._now = to.astimezone(UTC)


class NoClock(Exception):
    """The file that the clock is to follow says no time. The message is for who set the variable."""


class FileClock:
    """Shows what the file says; reads it again when it was replaced. Raises `NoClock` where it says no time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._real = self._shown = 0.0
        self._rate = 1.0
        try:
            self.now()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoClock(
                f"HELIOGRAPH_CLOCK_FILE names {path}, which is no clock ({type(error).__name__}). "
                'Unset it, or write {"real": Unix seconds, "shown": Unix seconds, "rate": 1.0} into a file.'
            ) from error

    def now(self) -> datetime:
        stat = os.stat(self._path)
        stamp = (stat.st_ino, stat.st_mtime_ns)
        if stamp != self._stamp:
            fields = json.loads(self._path.read_text())
            self._real, self._shown, self._rate = fields["real"], fields["shown"], fields["rate"]
            self._stamp = stamp
        return datetime.fromtimestamp(self._shown + (time.time() - self._real) * self._rate, UTC)


def from_environment() -> Clock:
    """The system's clock, unless `HELIOGRAPH_CLOCK_FILE` names a file to follow (the demo and the tests do)."""
    path = os.environ.get("HELIOGRAPH_CLOCK_FILE")
    return FileClock(Path(path)) if path else SystemClock()


def monotonic() -> float:
    """Seconds for measuring how long something took; never for what happens when."""
    return time.monotonic()
