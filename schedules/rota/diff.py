"""What an edit of the roster moves: who gains and loses which shifts, where the lead changes, which gaps come and go.

Pure. It compares what two rosters make of one window and not their texts: a rule that is written otherwise and means
the same is no change, and neither is a shift whose reasons changed while its person did not.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from schedules.rota import resolve, spans
from schedules.rota.model import Gap, Lead, Role, Rota, Schedule, Shift

K = TypeVar("K", bound=Hashable)


class Moved(StrEnum):
    GAINED = "gained"
    LOST = "lost"


@dataclass(frozen=True)
class Change:
    """In `[start, end)` `person` has what they had not before, or no longer has it. Maximal."""

    person: str
    region: str
    role: Role
    what: Moved
    start: datetime
    end: datetime


@dataclass(frozen=True)
class LeadChange:
    """In `[start, end)` `after` leads and no longer `before`; None is nobody."""

    before: str | None
    after: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Diff:
    """`opened` are the gaps that were not there before, `closed` those that are there no longer."""

    changes: tuple[Change, ...]
    leads: tuple[LeadChange, ...]
    opened: tuple[Gap, ...]
    closed: tuple[Gap, ...]

    @property
    def differs(self) -> bool:
        return bool(self.changes or self.leads or self.opened or self.closed)


def changes(before: Rota, after: Rota, start: datetime, end: datetime) -> tuple[Change, ...]:
    """Whose shifts in `[start, end)` an edit moves, sorted by start: what each person is told."""
    return _changes(resolve.resolve(before, start, end).shifts, resolve.resolve(after, start, end).shifts)


def diff(before: Rota, after: Rota, start: datetime, end: datetime) -> Diff:
    return between(resolve.resolve(before, start, end), resolve.resolve(after, start, end))


def between(before: Schedule, after: Schedule) -> Diff:
    """Of two resolutions of the same window."""
    return Diff(
        _changes(before.shifts, after.shifts),
        _leads(before.leads, after.leads),
        _new_gaps(after.gaps, before.gaps),
        _new_gaps(before.gaps, after.gaps),
    )


def _changes(before: Iterable[Shift], after: Iterable[Shift]) -> tuple[Change, ...]:
    had = _spans(((s.person, s.region, s.role), (s.start, s.end)) for s in before)
    has = _spans(((s.person, s.region, s.role), (s.start, s.end)) for s in after)
    found = [Change(*key, Moved.GAINED, *span) for key, span in _only(has, had)]
    found += [Change(*key, Moved.LOST, *span) for key, span in _only(had, has)]
    return tuple(sorted(found, key=lambda c: (c.start, c.end, c.region, c.role, c.person)))


def _new_gaps(here: Iterable[Gap], there: Iterable[Gap]) -> tuple[Gap, ...]:
    gaps = list(here)
    known = _spans(((g.region, g.role), (g.start, g.end)) for g in there)
    found = []
    for (region, role), (start, end) in _only(_spans(((g.region, g.role), (g.start, g.end)) for g in gaps), known):
        because = next(g.because for g in gaps if (g.region, g.role) == (region, role) and g.start <= start < g.end)
        found.append(Gap(region, role, start, end, because))
    return tuple(sorted(found, key=lambda g: (g.start, g.region, g.role)))


def _leads(before: Iterable[Lead], after: Iterable[Lead]) -> tuple[LeadChange, ...]:
    """Cut at every boundary of either, then joined where the same two stand against each other."""
    first, second = list(before), list(after)
    cuts = sorted({at for lead in (*first, *second) for at in (lead.start, lead.end)})
    found: list[LeadChange] = []
    for start, end in pairwise(cuts):
        led, leads = _leading(first, start), _leading(second, start)
        if led == leads:
            continue
        last = found[-1] if found else None
        if last and last.end == start and (last.before, last.after) == (led, leads):
            found[-1] = LeadChange(led, leads, last.start, end)
        else:
            found.append(LeadChange(led, leads, start, end))
    return tuple(found)


def _leading(leads: list[Lead], at: datetime) -> str | None:
    """Who of `leads`, sorted by start, leads at `at`; what has ended is dropped, so ask in the order of time."""
    while leads and leads[0].end <= at:
        leads.pop(0)
    return leads[0].region if leads and leads[0].start <= at else None


def _spans(found: Iterable[tuple[K, spans.Span]]) -> dict[K, list[spans.Span]]:
    grouped: dict[K, list[spans.Span]] = {}
    for key, span in found:
        grouped.setdefault(key, []).append(span)
    return grouped


def _only(here: Mapping[K, list[spans.Span]], there: Mapping[K, list[spans.Span]]) -> list[tuple[K, spans.Span]]:
    return [(key, span) for key, found in here.items() for span in spans.without(found, there.get(key, ()))]
