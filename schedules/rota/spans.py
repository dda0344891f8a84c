"""Half-open intervals `[start, end)`: cutting, joining, covering. Pure."""

from collections.abc import Iterable
from datetime import datetime

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
    cover, first = union(there), 0
    for start, end in union(wanted):
        while first < len(cover) and cover[first][1] <= start:
            first += 1
        at = first
        while at < len(cover) and cover[at][0] < end:
            if start < cover[at][0]:
                left.append((start, cover[at][0]))
            start = max(start, cover[at][1])
            at += 1
        if start < end:
            left.append((start, end))
    return left
