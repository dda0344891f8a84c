"""Which region leads: one at every instant at which somebody who can lead is on duty anywhere. Pure.

A region can lead while its primary, or at weekends its weekend shift, is on duty; who was only added by an override
does not move the lead. It takes the lead `lead_after` its start, and never later than the leading region's end. When
the leading region ends, the region on duty that started last goes on; of equal starts, the file's first.
"""

from collections.abc import Iterable
from datetime import datetime

from schedules.rota import spans
from schedules.rota.model import Lead, Role, Rota, Shift

LEADING = (Role.PRIMARY, Role.WEEKEND)


def leads(rota: Rota, shifts: Iterable[Shift]) -> list[Lead]:
    on = {r.id: [] for r in rota.regions}  # type: dict[str, list[spans.Span]]
    for shift in shifts:
        if shift.role in LEADING:
            on[shift.region].append((shift.start, shift.end))
    order = {region.id: number for number, region in enumerate(rota.regions)}
    duty = sorted(
        (start, order[region], end, region) for region, found in on.items() for start, end in spans.union(found)
    )
    return _gone_on(_taken(rota, duty), duty)


def _taken(rota: Rota, duty: list[tuple[datetime, int, datetime, str]]) -> list[Lead]:
    taken: list[Lead] = []
    for start, _, end, region in duty:
        current = taken[-1] if taken else None
        at = start if current is None or current.end <= start else min(start + rota.lead_after, current.end)
        if at >= end:
            continue
        if current is not None and at < current.end:
            taken[-1] = Lead(current.region, current.start, at)
        taken.append(Lead(region, at, end))
    return [lead for lead in taken if lead.start < lead.end]


def _gone_on(taken: list[Lead], duty: list[tuple[datetime, int, datetime, str]]) -> list[Lead]:
    """Where a lead ends and somebody is still on duty, that region goes on until the next takes over."""
    filled: list[Lead] = []
    for number, lead in enumerate(taken):
        filled.append(lead)
        until = taken[number + 1].start if number + 1 < len(taken) else None
        now = lead.end
        while until is None or now < until:
            going = [(start, -place, end, region) for start, place, end, region in duty if start <= now < end]
            if not going:
                break
            _, _, end, region = max(going)
            end = min(end, until) if until else end
            filled.append(Lead(region, now, end))
            now = end
    return _joined(filled)


def _joined(found: list[Lead]) -> list[Lead]:
    joined: list[Lead] = []
    for lead in found:
        if joined and joined[-1].region == lead.region and joined[-1].end == lead.start:
            joined[-1] = Lead(lead.region, joined[-1].start, lead.end)
        else:
            joined.append(lead)
    return joined
