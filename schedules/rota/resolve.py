"""Who is on duty, who leads, where nobody is, and why: for an instant and for an interval. Pure.

Everything is computed in UTC from civil times. `docs/rota.md` says in words what is meant.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from operator import attrgetter

from schedules.rota import duty, lead, spans
from schedules.rota.duty import Duty
from schedules.rota.model import Gap, Lead, Moment, Rota, Schedule, Shift
from schedules.rota.rules import Slot

DAY = timedelta(days=1)
START = attrgetter("start")
BEFORE = 2 * DAY
"""So far back is looked for what has to be known about the lead; further, where regions are never off duty."""
LONGEST_BEFORE = 1100 * DAY
REACHES = ((2 * DAY, 3 * DAY), (35 * DAY, 35 * DAY))
"""How far around an instant is looked: what begins or ends further away is cut there."""
KEPT = 8
"""Windows that are remembered for each roster."""


def at(rota: Rota, now: datetime) -> Moment:
    """Everything about one instant. Shifts are as long as they are, up to five weeks to each side."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    for before, after in REACHES:
        start, end = midnight - before, midnight + after
        moment = _moment(_window(rota, start, end), now, end)
        if moment.boundary is not None and all(start < s.start and s.end < end for s in moment.shifts):
            break
    return moment


def resolve(rota: Rota, start: datetime, end: datetime) -> Schedule:
    """Maximal intervals that touch `[start, end)`, cut to it, sorted by start; then region, role and person."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return Schedule((), ())
    since = start - BEFORE
    duties = list(duty.of(rota, since, end))
    shifts, gaps, closed = [], [], []
    for one in sorted(duties, key=attrgetter("region", "role")):
        held = _cut(one.held, start, end)
        shifts += _shifts(one, held)
        there = [(slot.start, slot.end) for slot in held] if one.missing or one.closed else []
        gaps += _gaps(one, _cut(one.missing, start, end), there)
        closed += _gaps(one, _cut(one.closed, start, end), there)
    return Schedule(
        tuple(sorted(shifts, key=START)),
        tuple(_leads(rota, duties, since, start, end)),
        tuple(sorted(gaps, key=START)),
        tuple(sorted(closed, key=START)),
    )


def _moment(window: Schedule, now: datetime, known_until: datetime) -> Moment:
    shifts = tuple(s for s in window.shifts if s.start <= now < s.end)
    leading = next((x for x in window.leads if x.start <= now < x.end), None)
    following = next((x for x in window.leads if x.start > now), None)
    boundary = leading.end if leading else following.start if following else None
    if boundary == known_until:
        boundary = None
    next_lead = following.region if following and following.start == boundary else None
    return Moment(now, shifts, leading.region if leading else None, boundary, next_lead)


def _window(rota: Rota, start: datetime, end: datetime) -> Schedule:
    windows: dict[tuple[datetime, datetime], Schedule] = rota.memo.setdefault("windows", {})
    if (start, end) not in windows:
        if len(windows) >= KEPT:
            del windows[next(iter(windows))]
        windows[start, end] = resolve(rota, start, end)
    return windows[start, end]


def _cut(slots: list[Slot], start: datetime, end: datetime) -> list[Slot]:
    """The slots that touch `[start, end)`, cut to it. Most lie inside and are passed on as they are."""
    found: list[Slot] = []
    for slot in slots:
        if slot.start >= start and slot.end <= end:
            found.append(slot)
        elif slot.start < end and slot.end > start:
            found.append(replace(slot, start=max(slot.start, start), end=min(slot.end, end)))
    return found


def _shifts(one: Duty, held: list[Slot]) -> list[Shift]:
    """Touching and overlapping stretches of one person become one, with the first one's reasons. Sorted by person."""
    by_person: dict[str, list[Slot]] = {}
    for slot in held:
        by_person.setdefault(slot.chain[-1], []).append(slot)
    found: list[Shift] = []
    for person, slots in sorted(by_person.items()):
        slots.sort(key=lambda slot: slot.start)
        first, end = slots[0], slots[0].end
        for slot in slots[1:]:
            if slot.start > end:
                found.append(_shift(one, person, first, end))
                first = slot
            end = max(end, slot.end) if slot is not first else slot.end
        found.append(_shift(one, person, first, end))
    return found


def _shift(one: Duty, person: str, first: Slot, end: datetime) -> Shift:
    return Shift(one.region, one.role, person, first.start, end, first.because, first.added)


def _gaps(one: Duty, missing: list[Slot], there: list[spans.Span]) -> list[Gap]:
    """Where nobody else has the role either; touching ones are one, with the first one's reasons."""
    if not missing:
        return []
    found: list[Gap] = []
    for start, end in spans.without([(slot.start, slot.end) for slot in missing], there):
        reason = next(slot for slot in missing if slot.start <= start < slot.end)
        found.append(Gap(one.region, one.role, start, end, reason.because))
    return found


def _leads(rota: Rota, duties: Iterable[Duty], since: datetime, start: datetime, end: datetime) -> list[Lead]:
    on = _on_duty(rota, duties, since)
    floor = max(start - LONGEST_BEFORE, min(_beginning(rota), start) - BEFORE)
    while since > floor and not _is_known(on, since, start):
        since = max(floor, start - 4 * (start - since))
        on = _on_duty(rota, duty.of(rota, since, end), since)
    found = lead.leads(on, rota.lead_after)
    return [
        replace(one, start=max(one.start, start), end=min(one.end, end))
        for one in found
        if one.start < end and one.end > start
    ]


def _is_known(on: list[tuple[str, list[spans.Span]]], since: datetime, start: datetime) -> bool:
    known = lead.known_from(((region, [s for s in found if s[0] < start]) for region, found in on), since)
    return known is not None and known <= start


def _on_duty(rota: Rota, duties: Iterable[Duty], since: datetime) -> list[tuple[str, list[spans.Span]]]:
    """When each region has somebody on duty who lets it lead, from `since` on."""
    on: dict[str, list[spans.Span]] = {region.id: [] for region in rota.regions}
    for one in duties:
        if one.role in lead.LEADING:
            on[one.region] += [(max(s.start, since), s.end) for s in one.held if not s.added and s.end > since]
    return [(region, spans.union(found)) for region, found in on.items()]


def _beginning(rota: Rota) -> datetime:
    """Before this, nothing but rules that always were: who started last is then for the file's order to say."""
    dates = [r.start for r in rota.rotations] + [r.since for r in rota.rules if r.since]
    begun = [datetime.combine(day, time(), UTC) for day in dates]
    exceptions: list[spans.Timed] = [*rota.overrides, *rota.swaps, *rota.time_off, *rota.temporary]
    begun += [one.start for one in exceptions]
    return min(begun, default=datetime.max.replace(tzinfo=UTC))
