"""`heliograph rota show`: who is on duty from when to when, who leads, where nobody is."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from bot.cli_rota import names
from bot.cli_rota.names import Names
from bot.cli_rota.sources import Source
from bot.cli_rota.window import Window
from schedules.rota import diff, resolve, spans
from schedules.rota.model import Gap, Lead, Rota, Schedule, Shift

SHIFT = ("start", "end", "region", "role", "person", "because")
LEAD = ("start", "end", "region")
GAP = ("start", "end", "region", "role", "because")
"""What machines get of each: a promise, so that it does not grow with the engine's own values."""


@dataclass(frozen=True)
class Shown:
    """`lead` and `gaps` too are maximal intervals, in UTC."""

    sources: tuple[str, ...]
    start: datetime
    end: datetime
    shifts: tuple[Shift, ...]
    lead: tuple[Lead, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True)
class Row:
    """One line of the table: a region, its hours, who has which role; `leads` in UTC; `notes` below the line."""

    start: datetime
    utc: str
    region: str
    local: str
    cells: dict[str, str]
    leads: str = ""
    notes: tuple[str, ...] = ()
    alarm: str = ""


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    widths: dict[str, int] = field(default_factory=dict)

    def days(self) -> list[tuple[str, list[Row]]]:
        """Rows of each date (UTC) on which they start."""
        return [(day, list(rows)) for day, rows in groupby(self.rows, lambda r: f"{r.start:%a %d %b %Y}")]


def show(source: Source, window: Window, region: str) -> Shown:
    found = resolve.resolve(source.rota, window.start, window.end)
    return Shown(source.said, window.start, window.end, *_only(found, source.region(region)))


def for_machines(shown: Shown) -> dict[str, Any]:
    return {
        "sources": shown.sources,
        "start": shown.start,
        "end": shown.end,
        "shifts": [_fields(shift, SHIFT) for shift in shown.shifts],
        "lead": [_fields(lead, LEAD) for lead in shown.lead],
        "gaps": [_fields(gap, GAP) for gap in shown.gaps],
    }


def table(source: Source, shown: Shown, region: str) -> Table:
    """For people: every exception that moved somebody is said below its line."""
    known = Names(source.directory)
    moved = _moved(source.rota, shown)
    rows = [*_duty(known, shown, moved), *_gaps(known, shown)]
    if not region:
        rows += _nowhere(shown)
    rows.sort(key=lambda row: (row.start, row.region))
    return Table(tuple(rows), {name: _width(rows, name) for name in ("utc", "region", "local", *names.columns(()))})


def text_values(source: Source, shown: Shown, region: str) -> dict[str, Any]:
    """What the template needs."""
    made = table(source, shown, region)
    return {"shown": shown, "table": made, "window": names.window(shown.start, shown.end)}


def _fields(value: Shift | Lead | Gap, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _only(found: Schedule, region: str) -> tuple[tuple[Shift, ...], tuple[Lead, ...], tuple[Gap, ...]]:
    return (
        tuple(s for s in found.shifts if region in ("", s.region)),
        tuple(x for x in found.leads if region in ("", x.region)),
        tuple(g for g in found.gaps if region in ("", g.region)),
    )


def _moved(rota: Rota, shown: Shown) -> tuple[diff.Change, ...]:
    """What exceptions give somebody that the rules do not."""
    plain = replace(rota, overrides=(), swaps=(), time_off=(), temporary=())
    if plain == rota:
        return ()
    return tuple(c for c in diff.changes(plain, rota, shown.start, shown.end) if c.what is diff.Moved.GAINED)


def _duty(known: Names, shown: Shown, moved: tuple[diff.Change, ...]) -> Iterator[Row]:
    def together(shift: Shift) -> tuple[datetime, datetime, str]:
        return shift.start, shift.end, shift.region

    for (start, end, region), found in groupby(sorted(shown.shifts, key=together), together):
        shifts = sorted(found, key=lambda s: s.role)
        yield Row(
            start,
            _utc(start, end),
            known.region(region),
            names.between(start, end, known.zone(region)),
            names.columns((s.role, known.person(s.person)) for s in shifts),
            _leads(shown, region, (start, end)) if any(s.role in ("primary", "weekend") for s in shifts) else "",
            tuple(f"{known.person(s.person)}: {s.because[-1]}" for s in shifts if _is_moved(s, moved)),
        )


def _is_moved(shift: Shift, moved: tuple[diff.Change, ...]) -> bool:
    mine = (c for c in moved if (c.person, c.region, c.role) == (shift.person, shift.region, shift.role))
    return bool(shift.because) and any(c.start < shift.end and shift.start < c.end for c in mine)


def _leads(shown: Shown, region: str, during: spans.Span) -> str:
    found = [spans.overlap((x.start, x.end), during) for x in shown.lead if x.region == region]
    return ", ".join(_utc(*span) for span in found if span)


def _gaps(known: Names, shown: Shown) -> Iterator[Row]:
    for gap in shown.gaps:
        why = f": {gap.because[-1]}" if gap.because else ""
        yield Row(
            gap.start,
            _utc(gap.start, gap.end),
            known.region(gap.region),
            names.between(gap.start, gap.end, known.zone(gap.region)),
            names.columns(()),
            alarm=f"NOBODY is {gap.role}{why}",
        )


def _nowhere(shown: Shown) -> Iterator[Row]:
    """Where no region leads: a page would go to its last resort."""
    for start, end in spans.without([(shown.start, shown.end)], [(x.start, x.end) for x in shown.lead]):
        yield Row(start, _utc(start, end), "everywhere", "", names.columns(()), alarm="NOBODY is on duty anywhere")


def _utc(start: datetime, end: datetime) -> str:
    return names.hours(start.astimezone(UTC), end.astimezone(UTC), "UTC")


def _width(rows: list[Row], column: str) -> int:
    cells = [row.cells[column] if column in row.cells else str(getattr(row, column)) for row in rows if not row.alarm]
    return max([len(column), *map(len, cells)])
