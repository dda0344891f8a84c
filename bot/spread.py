"""Figures of several lengths of time: half of them, nine in ten of them. Pure.

A percentile is one of the measured times (nearest rank), never a mixture of two; of nothing there is none.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Spread:
    """Of `many` times half took no longer than `half`, and nine in ten no longer than `most`."""

    many: int
    half: timedelta | None
    most: timedelta | None


def spread(times: Sequence[timedelta]) -> Spread:
    return Spread(len(times), percentile(times, 50), percentile(times, 90))


def percentile(times: Sequence[timedelta], percent: int) -> timedelta | None:
    """The shortest of `times` that at least `percent` of them do not exceed; None of nothing."""
    if not times:
        return None
    return sorted(times)[max(0, math.ceil(len(times) * percent / 100) - 1)]
