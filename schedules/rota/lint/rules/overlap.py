"""Two regions, one of which takes the lead from the other, are both on duty for longer than is of use.

Some overlap is what a handoff needs, so more than a limit is reported; and hours that only a layout of the clocks
doubles, while the same layout leaves other hours to nobody: they would be better used there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from schedules.rota import lead, spans
from schedules.rota.lint import layouts, model
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "overlap"
Pair = tuple[str, str]
Kind = tuple[Pair, str, timedelta]


def check(seen: Seen) -> Iterator[Finding]:
    open_in = {layouts.at(seen.layouts, start).name for start, _ in _holes(seen)}
    kinds: dict[Kind, list[spans.Span]] = {}
    met: dict[Pair, set[str]] = {}
    for pair, span in _overlaps(seen):
        layout = layouts.at(seen.layouts, span[0]).name
        met.setdefault(pair, set()).add(layout)
        kinds.setdefault((pair, layout, span[1] - span[0]), []).append(span)
    for (pair, layout, lasting), found in kinds.items():
        by_the_clocks = len(met[pair]) < len(seen.layouts) and layout in open_in
        if by_the_clocks or lasting > seen.limits.longest_overlap:
            yield _finding(seen, pair, layout, found, by_the_clocks)


def _holes(seen: Seen) -> Iterator[spans.Span]:
    for one, other in pairwise(seen.ruled.leads):
        if one.end < other.start and one.end < seen.end and other.start > seen.start:
            yield one.end, other.start


def _overlaps(seen: Seen) -> Iterator[tuple[Pair, spans.Span]]:
    """Of each region that takes the lead with the one that has it, where both are on duty."""
    duty: dict[str, list[spans.Span]] = {region.id: [] for region in seen.rota.regions}
    for shift in seen.ruled.shifts:
        if shift.role in lead.LEADING:
            duty[shift.region].append((shift.start, shift.end))
    on = {region: spans.union(found) for region, found in duty.items()}
    for outgoing, incoming in pairwise(seen.ruled.leads):
        ours, theirs = _around(on[outgoing.region], outgoing.start), _around(on[incoming.region], incoming.start)
        shared = spans.overlap(ours, theirs) if ours and theirs else None
        if shared and shared[0] < seen.end and shared[1] > seen.start:
            yield (outgoing.region, incoming.region), shared


def _around(found: list[spans.Span], at: datetime) -> spans.Span | None:
    return next((span for span in found if span[0] <= at < span[1]), None)


def _finding(seen: Seen, pair: Pair, layout: str, found: list[spans.Span], by_the_clocks: bool) -> Finding:
    outgoing, incoming = (seen.called(region) for region in pair)
    ours, theirs = (seen.zone(region) for region in pair)
    start, end = found[0]
    days = model.weekdays(span[0].weekday() for span in found)
    why = "only because of the clocks, which leave other hours to nobody" if by_the_clocks else "longer than the limit"
    return Finding(
        Severity.WARNING,
        ID,
        f"{outgoing} and {incoming} are both on duty for {model.length(end - start)} from "
        f"{model.hours(start, end, 'UTC')} {days}, {model.often(len(found))}, first on {model.day(start)} "
        f"({outgoing} {model.hours(start, end, ours)}, "
        f"{incoming} {model.hours(start, end, theirs)}): {why}.",
        f"Let {outgoing} end earlier or {incoming} start later while the clocks stand like this, or live with it.",
        start,
        end,
        len(found),
        pair,
        layout=layout,
    )
