"""Half-open intervals `[start, end)`: cutting, joining, covering. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate
from typing import Generic, Protocol, TypeVar

Span = tuple[datetime, datetime]


def overlap(one: Span, other: Span) -> Span | None:
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def minus(one: Span, other: Span) -> list[Span]:
    """What is left of `one` without `other`."""
    if overlap(one, other) is None:
        return [one]
    parts = [(one[0], other[0]), (other[1], one[1])]
    return [p for p in parts if p[0] < p[1]]


def union(spans: Iterable[Span]) -> list[Span]:
    """Maximal spans, sorted."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined


def without(wanted: Iterable[Span], there: Iterable[Span]) -> list[Span]:
    """The parts of `wanted` that `there` does not cover, maximal and sorted."""
    left: list[Span] = []
    covers = union(there)
    reached = 0
    for start, end in union(wanted):
        while reached < len(covers) and covers[reached][1] <= start:
            reached += 1
        at = reached
        while at < len(covers) and covers[at][0] < end:
            if start < covers[at][0]:
                left.append((start, covers[at][0]))
            start = max(start, covers[at][1])
            at += 1
        if start < end:
            left.append((start, end))
    return left


class Timed(Protocol):
    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...


T = TypeVar("T", bound=Timed)


class Timeline(Generic[T]):
    """Things with a start and an end, found by time without looking at all of them."""

    def __init__(self, things: Iterable[T]) -> None:
        self._things = sorted((t for t in things if t.start < t.end), key=lambda t: t.start)
        self._starts = [t.start for t in self._things]
        self._ends = list(accumulate((t.end for t in self._things), max))
        """The latest end so far, so that what is over can be cut off by bisection."""

    def touches(self, start: datetime, end: datetime) -> bool:
        """Whether anything may overlap `[start, end)`: quicker than to look, and seldom wrong."""
        return bisect_right(self._ends, start) < bisect_left(self._starts, end)

    def touching(self, start: datetime, end: datetime) -> list[T]:
        """What overlaps `[start, end)`, sorted by start."""
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        if first >= last:
            return []
        return [t for t in self._things[first:last] if t.end > start]
