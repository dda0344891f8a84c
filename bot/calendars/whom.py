"""Whose an event is, and what it means in their zone. Pure.

A colleague's own calendar is given with the person's id. In a team's calendar each event has to name one person of the
roster file: as who is invited, or in its title. A guess would take the wrong person off duty, so nothing is guessed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.directory.model import Directory, Person
from schedules.rota import civil
from schedules.rota.ical.read import Found
from schedules.rota.model import Role


class As(StrEnum):
    """What an event becomes."""

    TIME_OFF = "time-off"
    OVERRIDE = "override"


@dataclass(frozen=True)
class Asked:
    """As it was typed; empty is not said. `zone` is for times that name none."""

    what: As
    person: str = ""
    region: str = ""
    role: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Wish:
    """One event as the roster understands it. `region` and `role` count for overrides."""

    key: str
    line: int
    person: str
    region: str
    role: Role
    start: datetime
    end: datetime
    summary: str
    cancelled: bool


def wish(found: Found, asked: Asked, directory: Directory) -> Wish:
    """Raises `ValueError` with what is wrong."""
    person = _person(found, asked, directory)
    region = asked.region or found.region or person.region
    if directory.region(region) is None:
        known = ", ".join(r.id for r in directory.regions)
        raise ValueError(f"there is no region {region[:40]}; there are: {known}")
    role = asked.role or found.role or Role.PRIMARY
    if role not in list(Role):
        raise ValueError(f"there is no role {role[:40]}; there are: {', '.join(Role)}")
    start, end = _instant(found.start, person.zone), _instant(found.end, person.zone)
    return Wish(found.key, found.line, person.id, region, Role(role), start, end, found.summary, found.cancelled)


def _person(found: Found, asked: Asked, directory: Directory) -> Person:
    if said := asked.person or found.person:
        person = directory.person(said)
        if person is None:
            raise ValueError(f"{said[:40]} is not in the roster file")
        return person
    invited = [p for p in directory.people if any(_is(p, name) for name in found.mentioned)]
    named = [p for p in directory.people if _in_title(p, found.summary)]
    people = {p.id: p for p in (named or invited)}
    if len(people) == 1:
        return next(iter(people.values()))
    title = f"“{found.summary[:60]}”" if found.summary else "an event without a title"
    if people:
        raise ValueError(f"{title} names {', '.join(people)}; say who it is with --person")
    raise ValueError(f"{title} names nobody who is in the roster file; say who it is with --person")


def _is(person: Person, name: str) -> bool:
    given = name.strip().strip('"').casefold()
    known = {person.id, person.name.casefold(), person.kubernetes_user.casefold()} - {""}
    return given in known or given.partition("@")[0] == person.id


def _in_title(person: Person, title: str) -> bool:
    """The id or the name as a word of its own: “Vega: vacation”, but not “Vegan lunch”."""
    return any(re.search(rf"(?<![\w-]){re.escape(w)}(?![\w-])", title, re.IGNORECASE) for w in (person.id, person.name))


def _instant(given: date | datetime, zone: str) -> datetime:
    """A day begins when it begins where the person lives."""
    if isinstance(given, datetime):
        local = given.replace(tzinfo=None)
        if isinstance(given.tzinfo, ZoneInfo) and given.tzinfo.key:
            return civil.instant(local.date(), local.time(), given.tzinfo.key)
        return given.astimezone(UTC)
    return civil.instant(given, time(), zone)
