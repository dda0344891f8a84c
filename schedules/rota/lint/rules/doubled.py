"""Two people are asked first in one region at the same time, by the rules: who of them answers would be chance."""

from collections.abc import Iterator
from itertools import pairwise

from schedules.rota import civil, lead, spans
from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Seen, Severity
from schedules.rota.model import Shift

ID = "doubled"


def check(seen: Seen) -> Iterator[Finding]:
    """Where the clocks are put back, shifts that touch are both on for that hour; that is how no gap comes to be."""
    for region in seen.rota.regions:
        mine = [s for s in seen.ruled.shifts if s.region == region.id and s.role in lead.LEADING]
        found = [shared for one, other in pairwise(sorted(mine, key=_start)) if (shared := _both(seen, one, other))]
        if found:
            yield _finding(seen, region.id, found)


def _start(shift: Shift) -> tuple[object, ...]:
    return shift.start, shift.end, shift.person


def _both(seen: Seen, one: Shift, other: Shift) -> spans.Span | None:
    shared = spans.overlap((one.start, one.end), (other.start, other.end))
    if shared is None or one.person == other.person or not spans.overlap(shared, (seen.start, seen.end)):
        return None
    zone = seen.zone(one.region)
    touch = civil.local(one.end, zone) <= civil.local(other.start, zone)
    return None if touch else shared


def _finding(seen: Seen, region: str, found: list[spans.Span]) -> Finding:
    start, end = found[0]
    return Finding(
        Severity.WARNING,
        ID,
        f"{seen.called(region)} has two people who are asked first, {model.often(len(found))}, first on "
        f"{model.day(start)} from {model.hours(start, end, seen.zone(region))}.",
        "Let one of the two rules end where the other starts.",
        start,
        end,
        len(found),
        (region,),
    )
