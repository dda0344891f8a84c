"""Nobody is on duty in any region, because the rules leave it open: once for each layout of the clocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schedules.rota.lint import layouts, model
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "gap"


@dataclass(frozen=True)
class Hole:
    """`before` led until `start`, `after` leads from `end`; None at the edge of what is known."""

    start: datetime
    end: datetime
    before: str | None
    after: str | None


Kind = tuple[str, time, timedelta, str | None, str | None]


def check(seen: Seen) -> Iterator[Finding]:
    kinds: dict[Kind, list[Hole]] = {}
    for hole in holes(seen):
        layout = layouts.at(seen.layouts, hole.start).name
        kind = (layout, hole.start.time(), hole.end - hole.start, hole.before, hole.after)
        kinds.setdefault(kind, []).append(hole)
    for (layout, *_), found in kinds.items():
        first = found[0]
        near = tuple(region for region in (first.before, first.after) if region)
        yield Finding(
            Severity.ERROR,
            ID,
            _sentence(seen, found),
            _fix(seen, first),
            first.start,
            first.end,
            len(found),
            tuple(dict.fromkeys(near)),
            layout=layout,
        )


def holes(seen: Seen) -> Iterator[Hole]:
    """Where no region leads by the rules; those that touch the window, uncut."""
    leads = seen.ruled.leads
    edges = [(seen.start - layouts.MARGIN, None), *((x.end, x.region) for x in leads)]
    starts = [*((x.start, x.region) for x in leads), (seen.end + layouts.MARGIN, None)]
    for (start, before), (end, after) in zip(edges, starts, strict=True):
        if start < end and start < seen.end and end > seen.start:
            yield Hole(start, end, before, after)


def _sentence(seen: Seen, found: list[Hole]) -> str:
    first = found[0]
    days = model.weekdays(hole.start.weekday() for hole in found)
    regions = dict.fromkeys(r for r in (first.before, first.after) if r)
    local = ", ".join(f"{seen.called(r)} {model.hours(first.start, first.end, seen.zone(r))}" for r in regions)
    where = f" ({local})" if local else ""
    lasting, hours = model.length(first.end - first.start), model.hours(first.start, first.end, "UTC")
    many = model.often(len(found))
    return f"Nobody is on duty for {lasting} from {hours} {days}, {many}, first on {model.day(first.start)}{where}."


def _fix(seen: Seen, hole: Hole) -> str:
    ways = []
    if hole.before:
        ways.append(f"let a rule of {seen.called(hole.before)} end at {_wall(hole.end, seen.zone(hole.before))}")
    if hole.after:
        ways.append(f"let one of {seen.called(hole.after)} start at {_wall(hole.start, seen.zone(hole.after))}")
    if not ways or hole.end - hole.start > timedelta(hours=4):
        ways.append("add a rule for these hours")
    said = ", or ".join(ways)
    return f"{said[:1].upper()}{said[1:]}."


def _wall(at: datetime, zone: str) -> str:
    return f"{at.astimezone(UTC).astimezone(ZoneInfo(zone)):%H:%M}"
