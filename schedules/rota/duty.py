"""What rules and exceptions together make of one region's role: who is there, who is missing, what is closed. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from schedules.rota import exceptions, index, rules, spans
from schedules.rota.model import Recorded, Region, Role, Rota, Step, Temporary
from schedules.rota.rules import Slot


@dataclass
class Duty:
    """Stretches that touch the window, uncut. `missing`: a rule calls for somebody, and nobody took its place."""

    region: str
    role: Role
    held: list[Slot] = field(default_factory=list)
    missing: list[Slot] = field(default_factory=list)
    closed: list[Slot] = field(default_factory=list)

    def take(self, parts: list[Slot]) -> None:
        for part in parts:
            if part.there:
                self.held.append(part)
            elif part.closed:
                self.closed.append(part)
            elif not part.added:
                self.missing.append(part)


def of(rota: Rota, start: datetime, end: datetime) -> Iterator[Duty]:
    """Each region and role, in the file's order."""
    for region in rota.regions:
        yield from of_region(rota, region, start, end)


def of_region(rota: Rota, region: Region, start: datetime, end: datetime) -> Iterator[Duty]:
    known = index.of(rota)
    since = _asked_from(rota.recorded, start)
    called = rules.slots(region, known.rules.get(region.id, []), known.rotations, since, end) if since < end else {}
    for role in Role:
        found = known.exceptions((region.id, role))
        duty = Duty(region.id, role)
        for slot in called.get(role, ()):
            duty.take(exceptions.settled(slot, found))
        duty.take(exceptions.additions(found, since, end))
        for temporary in found.temporary.touching(since, end):
            duty.held += _named(temporary, role)
        if rota.recorded:
            _cut(duty, rota.recorded)
            _remember(rota, duty, start)
        yield duty


def _named(temporary: Temporary, role: Role) -> Iterator[Slot]:
    for shift in temporary.shifts:
        start, end = max(shift.start, temporary.start), min(shift.end, temporary.end)
        if shift.role == role and start < end:
            step = Step("temporary", f"A temporary schedule names {shift.person}.", shift.person)
            yield Slot(None, start, end, (shift.person,), (step,))


def _asked_from(recorded: Recorded | None, start: datetime) -> datetime:
    """From when on the rules are asked: not for what was recorded, unless something lies before it."""
    if recorded is None or (recorded.since is not None and start < recorded.since):
        return start
    return max(start, recorded.until)


def _cut(duty: Duty, recorded: Recorded) -> None:
    """What was recorded is not for the rules to say."""
    known = (recorded.since or datetime.min.replace(tzinfo=UTC), recorded.until)
    for stretches in (duty.held, duty.missing, duty.closed):
        left = [(slot, spans.minus((slot.start, slot.end), known)) for slot in stretches]
        stretches[:] = [replace(slot, start=start, end=end) for slot, parts in left for start, end in parts]


def _remember(rota: Rota, duty: Duty, start: datetime) -> None:
    """What was recorded as it happened, with the reasons of that time."""
    assert rota.recorded is not None
    here = duty.region, duty.role
    for shift in rota.recorded.shifts:
        if (shift.region, shift.role) == here and shift.end > start and shift.start < rota.recorded.until:
            steps = tuple(Step("recorded", text, shift.person) for text in shift.because)
            end = min(shift.end, rota.recorded.until)
            duty.held.append(Slot(None, shift.start, end, (shift.person,), steps, added=shift.added))
    for gap in rota.recorded.gaps:
        if (gap.region, gap.role) == here and gap.end > start and gap.start < rota.recorded.until:
            steps = tuple(Step("recorded", text) for text in gap.because)
            duty.missing.append(Slot(None, gap.start, min(gap.end, rota.recorded.until), (), steps, there=False))
