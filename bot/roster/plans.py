"""What an override comes to: who goes and who comes, when, in how many parts. Pure.

An override of several days may cross from one person's turn to the next: it takes the place of each of them, and says
so. It begins and ends within duty, because who is told “18:00 to 20:33” relies on it also where nobody has the role
any more. What makes no sense is refused here, with the field of the form that it is about.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.directory.model import Directory, Person
from bot.errors import UserError
from bot.roster import spell, stints
from schedules.rota import resolve, spans
from schedules.rota.model import OverrideKind, Role, Rota, Shift

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=14)
LASTS = "An override lasts from a minute to 14 days."
FARTHEST = timedelta(days=366)
LATE = timedelta(minutes=10)
"""A form that is filled in slowly: what started so short a time ago starts now."""
SLACK = timedelta(minutes=2)
"""What lies so little over the edge of a duty is cut there: a length in minutes was right when it was typed."""


@dataclass(frozen=True)
class Wanted:
    """`slack` comes (add, replace) or goes (remove) in `role` of `region`. An empty role is the one that leads then.

    With `or_add` (the short form), who would replace nobody is added.
    """

    slack: str
    start: datetime
    end: datetime
    kind: OverrideKind = OverrideKind.REPLACE
    region: str = ""
    role: str = ""
    reason: str = ""
    or_add: bool = False


@dataclass(frozen=True)
class Part:
    """For one turn of one person who is replaced or goes (None: somebody is added): as much of it as is taken."""

    instead_of: str | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    kind: OverrideKind
    region: str
    role: str
    person: str
    start: datetime
    end: datetime
    parts: tuple[Part, ...]


def plan(rota: Rota, directory: Directory, wanted: Wanted, now: datetime) -> Plan:
    """Raises `UserError`, with its field, where it cannot be done."""
    person = directory.person_by_slack(wanted.slack)
    if person is None:
        raise UserError(
            f"<@{wanted.slack}> is not in the roster file.", hint="Add them to `people` first.", field="who"
        )
    region = _region(directory, person, wanted.region)
    start = begins(wanted.start, now)
    if wanted.end - start > LONGEST:
        raise UserError(LASTS, hint="For longer, edit the roster file.", field="end")
    if wanted.end <= start:
        raise UserError("It ends before it starts.", hint=LASTS, field="end")
    role = wanted.role or _leading(rota, region, start)
    window = (start, wanted.end)
    around = (start - SLACK, wanted.end + SLACK)
    duty = [s for s in _called(rota, around) if s.region == region and s.role == role]
    kind, parts = _parts(directory, person, wanted, _cut(duty, window), window)
    if kind is not OverrideKind.ADD:
        _require_within(directory, wanted, person, duty, window, now)
    return Plan(kind, region, role, person.id, parts[0].start, max(part.end for part in parts), parts)


def begins(start: datetime, now: datetime) -> datetime:
    """`start`, or now where that was a moment ago. Raises `UserError` on the past and on next year."""
    if start < now - LATE:
        raise UserError("That is in the past.", hint="What has been is not changed.", field="start")
    if start > now + FARTHEST:
        raise UserError("That is more than a year ahead.", hint="Choose an earlier time.", field="start")
    return max(start, now)


def _region(directory: Directory, person: Person, wanted: str) -> str:
    region = directory.region(wanted or person.region)
    if region is None:
        raise UserError(f"There is no region {wanted} in the roster file.", field="where")
    if person.region != region.id:
        home = directory.region(person.region)
        raise UserError(
            f"{person.name} is of {home.name if home else person.region}, not of {region.name}.",
            hint="Choose somebody of the region, or move them in the roster file.",
            field="who",
        )
    return region.id


def _leading(rota: Rota, region: str, at: datetime) -> str:
    roles = {s.role for s in resolve.at(stints.called_for(rota), at).shifts if s.region == region}
    return "weekend" if Role.WEEKEND in roles and Role.PRIMARY not in roles else "primary"


def _called(rota: Rota, window: spans.Span) -> list[Shift]:
    """Who is on duty in `window`, and who would be but for time off and holidays where nobody is."""
    there = list(resolve.resolve(rota, *window).shifts)
    for shift in resolve.resolve(stints.called_for(rota), *window).shifts:
        covered = [(s.start, s.end) for s in there if (s.region, s.role) == (shift.region, shift.role)]
        missing = spans.without([(shift.start, shift.end)], covered)
        there += [replace(shift, start=start, end=end) for start, end in missing]
    return sorted(there, key=lambda s: s.start)


def _cut(shifts: list[Shift], window: spans.Span) -> list[Shift]:
    """What of them is in `window`. Less than a minute of a turn is what a second click finds left, and nobody's."""
    inside = [(s, spans.overlap((s.start, s.end), window)) for s in shifts]
    return [replace(s, start=w[0], end=w[1]) for s, w in inside if w and w[1] - w[0] >= SHORTEST]


def _parts(
    directory: Directory, person: Person, wanted: Wanted, shifts: list[Shift], window: spans.Span
) -> tuple[OverrideKind, tuple[Part, ...]]:
    mine = [s for s in shifts if s.person == person.id]
    if wanted.kind is OverrideKind.REMOVE:
        if not mine:
            raise UserError(f"{person.name} is not on duty there then.", hint="Nothing to take away.", field="who")
        return OverrideKind.REMOVE, _turns(mine)
    others = [s for s in shifts if s.person != person.id]
    if wanted.kind is OverrideKind.REPLACE and others:
        return OverrideKind.REPLACE, _turns(others)
    left = spans.without([window], [(s.start, s.end) for s in mine])
    there = mine and all(end - start < SHORTEST for start, end in left)
    if there or (mine and wanted.kind is OverrideKind.REPLACE):
        raise UserError(f"{person.name} is on duty there already.", hint="Choose somebody else.", field="who")
    if wanted.kind is OverrideKind.REPLACE and not wanted.or_add:
        raise UserError("Nobody has that role then, so nobody can be replaced.", hint="Add somebody.", field="kind")
    return OverrideKind.ADD, (Part(None, *window),)


def _turns(shifts: list[Shift]) -> tuple[Part, ...]:
    """What touches is one turn, by whatever rule or exception each piece of it came."""
    parts = [
        Part(person, start, end)
        for person in dict.fromkeys(s.person for s in shifts)
        for start, end in spans.union((s.start, s.end) for s in shifts if s.person == person)
    ]
    return tuple(sorted(parts, key=lambda part: part.start))


def _require_within(
    directory: Directory, wanted: Wanted, person: Person, duty: list[Shift], window: spans.Span, now: datetime
) -> None:
    """`duty` is what of the role touches `window`. Raises `UserError` where the window begins or ends outside it."""
    start, end = window
    if not any(s.start - SLACK <= start <= s.end for s in duty):
        first = min((s for s in duty if s.start > start), key=lambda s: s.start)
        raise UserError(
            f"Nobody is {first.role} before {_said(directory, first, first.start, now)}.",
            hint=f"Choose a start inside {'a shift in the form' if wanted.or_add else 'a shift'}, or add somebody.",
            field="start",
        )
    if not any(s.start <= end <= s.end + SLACK for s in duty):
        last = max((s for s in duty if s.end < end), key=lambda s: s.end)
        raise UserError(
            f"{_name(directory, last.person)}'s shift ends {_said(directory, last, last.end, now)}.",
            hint=_shorter(wanted, person, last.end - start),
            field="end",
        )


def _shorter(wanted: Wanted, person: Person, lasts: timedelta) -> str:
    if not wanted.or_add:
        return "Choose that as the end, or an end inside a later shift."
    words = " ".join(filter(None, (f"@{person.id}", spell.length(lasts), wanted.role)))
    return f"Say until then: `/oncall override {words}`, or choose an end inside a later shift in the form."


def _said(directory: Directory, shift: Shift, at: datetime, now: datetime) -> str:
    """On the wall clock of the shift's region, which it says, because a form's errors know no reader's zone."""
    region = directory.region(shift.region)
    return spell.moment(at, region.zone if region else "UTC", now)


def _name(directory: Directory, person: str) -> str:
    known = directory.person(person)
    return known.name if known else person
