"""Which region leads: one at every instant at which somebody who can lead is on duty anywhere. Pure.

A region can lead while its primary, or at weekends its weekend shift, is on duty; who was only added by an override
does not move the lead. A region that starts while another leads takes over `after` so long, and at the latest when that
one ends. When the leading region ends, the region on duty that started last leads; of equal starts, the file's first.
"""

from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from schedules.rota import spans
from schedules.rota.model import Lead, Role

LEADING = (Role.PRIMARY, Role.WEEKEND)


class _On(NamedTuple):
    """A region on duty without a break. `place`: its number in the file's order."""

    start: datetime
    place: int
    end: datetime
    region: str


def leads(duty: Sequence[tuple[str, list[spans.Span]]], after: timedelta) -> list[Lead]:
    """`duty`: the regions in the file's order, each with when somebody who can lead is on duty, maximal and sorted."""
    on = [_On(start, n, end, region) for n, (region, found) in enumerate(duty) for start, end in found]
    waiting = sorted(on, reverse=True)
    times = sorted({at for one in on for at in (one.start, one.end, one.start + after)})
    active: list[_On] = []
    leading: _On | None = None
    since = times[0] if times else datetime.min.replace(tzinfo=UTC)
    found: list[Lead] = []
    for at in times:
        while waiting and waiting[-1].start <= at:
            insort(active, waiting.pop())
        active = [one for one in active if one.end > at]
        following = _following(leading, active, at, after)
        if following is leading:
            continue
        if leading is not None:
            found.append(Lead(leading.region, since, at))
        leading, since = following, at
    return _joined(found)


def known_from(duty: Iterable[tuple[str, list[spans.Span]]], start: datetime) -> datetime | None:
    """The first instant from `start` on at which at most one region is on duty: who leads then needs no past."""
    on = [span for _, found in duty for span in found]
    for at in sorted({start, *(end for _, end in on if end > start)}):
        if sum(a <= at < b for a, b in on) <= 1:
            return at
    return None


def _following(leading: _On | None, active: list[_On], at: datetime, after: timedelta) -> _On | None:
    """Who leads from `at` on, of the `active`, which are sorted by start and the file's order."""
    if leading is None or leading.end <= at:
        able = active
    else:
        able = [one for one in active if one is leading or (one.start > leading.start and one.start + after <= at)]
    if len(able) < 2:
        return able[0] if able else None
    latest = able[-1].start
    return next(one for one in able if one.start == latest)


def _joined(found: list[Lead]) -> list[Lead]:
    joined: list[Lead] = []
    for lead in found:
        if joined and joined[-1].region == lead.region and joined[-1].end == lead.start:
            joined[-1] = Lead(lead.region, joined[-1].start, lead.end)
        elif lead.start < lead.end:
            joined.append(lead)
    return joined
