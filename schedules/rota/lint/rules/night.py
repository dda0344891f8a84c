"""Somebody is on duty in the night of the place where they live."""

from collections.abc import Iterator
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from schedules.rota import civil, fairness, spans
from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Limits, Seen, Severity
from schedules.rota.model import Shift

ID = "night"
DAY = timedelta(days=1)


def check(seen: Seen) -> Iterator[Finding]:
    found: dict[tuple[str, str], list[tuple[Shift, spans.Span]]] = {}
    for shift in seen.actual.shifts:
        if shift.role not in fairness.COUNTED:
            continue
        inside = nights(seen.limits, seen.home(shift.person, shift.region), (shift.start, shift.end))
        if inside:
            found.setdefault((shift.person, shift.region), []).append((shift, inside[0]))
    for (person, region), shifts in sorted(found.items()):
        first, hours = shifts[0]
        zone = seen.home(person, region)
        yield Finding(
            Severity.WARNING,
            ID,
            f"{person} is on duty for {seen.called(region)} in their night {model.often(len(shifts))}, first as "
            f"{first.role} on {hours[0].astimezone(ZoneInfo(zone)):%a %Y-%m-%d} {model.hours(*hours, zone)}.",
            f"Let somebody have these hours for whom it is day, or take {person} out of the rotation.",
            first.start,
            first.end,
            len(shifts),
            (region,),
            (person,),
        )


def nights(limits: Limits, zone: str, span: spans.Span) -> list[spans.Span]:
    """The parts of `span` that lie in the night of `zone`."""
    day = span[0].astimezone(ZoneInfo(zone)).date() - DAY
    last = span[1].astimezone(ZoneInfo(zone)).date()
    over = limits.night_end <= limits.night_start
    found = []
    while day <= last:
        start = civil.instant(day, time(limits.night_start), zone)
        end = civil.instant(day + DAY if over else day, time(limits.night_end), zone, last=True)
        if inside := spans.overlap(span, (start, end)):
            found.append(inside)
        day += DAY
    return found
