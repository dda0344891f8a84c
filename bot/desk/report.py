"""The desk's figures over a stretch of time: how long clients waited, what came too late, what was promised. Pure.

Times are as the targets count them: in support hours where that is agreed, and without the time in which the client was
waited for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.model import Severity
from bot.spread import Spread, spread


@dataclass(frozen=True)
class Measured:
    """A clock of a request that ended. `kind` is "first_response" or "resolution"."""

    request: int
    severity: str
    kind: str
    took: timedelta


@dataclass(frozen=True)
class Missed:
    """A target that was not kept. `what` is said in words, `at` is when its time was over."""

    request: int
    client: str
    severity: str
    what: str
    at: datetime


@dataclass(frozen=True)
class Line:
    severity: str
    opened: int
    first_response: Spread
    resolution: Spread


@dataclass(frozen=True)
class Kept:
    """Promises that fell due: kept, broken; and those moved to another time before."""

    kept: int
    broken: int
    moved: int


@dataclass(frozen=True)
class Report:
    """`client` is a name, or "" for all of them. `lines` has the severities of which there is anything."""

    start: datetime
    end: datetime
    client: str
    lines: tuple[Line, ...]
    missed: tuple[Missed, ...]
    promises: Kept

    @property
    def opened(self) -> int:
        return sum(line.opened for line in self.lines)


def lines(opened: Sequence[str], measured: Iterable[Measured]) -> tuple[Line, ...]:
    """From the severities of the requests that were opened, and of what ended, in that time."""
    times = list(measured)
    found = []
    for severity in Severity:
        first, last = (
            [m.took for m in times if (m.severity, m.kind) == (severity, kind)]
            for kind in ("first_response", "resolution")
        )
        if severity in opened or first or last:
            found.append(Line(severity.value, list(opened).count(severity), spread(first), spread(last)))
    return tuple(found)
