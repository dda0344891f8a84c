"""What an override comes to: who goes and who comes, when, in how many parts. Pure.

An override of several days may cross from one person's turn to the next: it takes the place of each of them, and says
so. What makes no sense is refused here, with the field of the form that it is about.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.directory.model import Directory, Person
from bot.errors import UserError
from bot.roster import stints
from schedules.rota import resolve, spans
from schedules.rota.model import OverrideKind, Role, Rota, Shift

LONGEST = timedelta(days=14)
FARTHEST = timedelta(days=366)
LATE = timedelta(minutes=10)
"""A form that is filled in slowly: what started so short a time ago starts now."""


@dataclass(frozen=True)
class Wanted:
    """`slack` comes (add, replace) or goes (remove) in `role` of `region`. An empty role is the one that leads then.

    With `or_add`, who would replace nobody is added.
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
    """For one person who is replaced or goes (None: somebody is added), from their first minute of it to their last."""

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
        raise UserError(
            "An override lasts from a minute to 14 days.", hint="For longer, edit the roster file.", field="end"
        )
    if wanted.end <= start:
        raise UserError("It ends before it starts.", hint="An override lasts from a minute to 14 days.", field="end")
    role = wanted.role or _leading(rota, region, start)
    window = (start, wanted.end)
    shifts = [s for s in _called(rota, window) if s.region == region and s.role == role]
    kind, parts = _parts(directory, person, wanted, shifts, window)
    return Plan(kind, region, role, person.id, start, wanted.end, parts)


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
        if spans.without([(shift.start, shift.end)], covered):
            there.append(shift)
    return sorted(there, key=lambda s: s.start)


def _parts(
    directory: Directory, person: Person, wanted: Wanted, shifts: list[Shift], window: spans.Span
) -> tuple[OverrideKind, tuple[Part, ...]]:
    mine = [s for s in shifts if s.person == person.id]
    if wanted.kind is OverrideKind.REMOVE:
        if not mine:
            raise UserError(f"{person.name} is not on duty there then.", hint="Nothing to take away.", field="who")
        return OverrideKind.REMOVE, (Part(person.id, mine[0].start, mine[-1].end),)
    others = list(dict.fromkeys(s.person for s in shifts if s.person != person.id))
    if wanted.kind is OverrideKind.REPLACE and others:
        return OverrideKind.REPLACE, tuple(_part(shifts, other) for other in others)
    if not spans.without([window], [(s.start, s.end) for s in mine]) or (mine and wanted.kind is OverrideKind.REPLACE):
        raise UserError(f"{person.name} is on duty there already.", hint="Choose somebody else.", field="who")
    if wanted.kind is OverrideKind.REPLACE and not wanted.or_add:
        raise UserError("Nobody has that role then, so nobody can be replaced.", hint="Add somebody.", field="kind")
    return OverrideKind.ADD, (Part(None, *window),)


def _part(shifts: list[Shift], person: str) -> Part:
    theirs = [s for s in shifts if s.person == person]
    return Part(person, theirs[0].start, max(s.end for s in theirs))
