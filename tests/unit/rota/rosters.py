"""Small rosters for tests: one or more regions in their zones, and questions asked of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schedules.rota import resolve
from schedules.rota.model import Override, OverrideKind, Region, Role, Rota, Rotation, Rule, Shift, Swap, TimeOff

ALWAYS, WORKDAYS, WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset({5, 6})
ZONES = {
    "au": "Australia/Sydney",
    "in": "Asia/Kolkata",
    "eu": "Europe/Berlin",
    "us": "America/Los_Angeles",
    "lh": "Australia/Lord_Howe",
}
MONDAY = date(2026, 1, 5)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def region(id: str, **options: Any) -> Region:
    return Region(id, ZONES[id], **options)


def rotation(
    id: str = "eu-p", people: Iterable[str] = ("ada", "bix", "cyd"), days: int = 7, **options: Any
) -> Rotation:
    handover, start = options.pop("handover", time(9)), options.pop("start", MONDAY)
    return Rotation(id, ZONES[id[:2]], tuple(people), days, handover, start, **options)


def rule(id: str = "eu", role: Role = Role.PRIMARY, hours: tuple[int, int] = (8, 17), **options: Any) -> Rule:
    """Workdays, from the region's rotation, unless something else is given."""
    who = {} if "person" in options or "rotation" in options else {"rotation": f"{id}-p"}
    weekdays = options.pop("weekdays", WORKDAYS)
    return Rule(id, role, weekdays, time(hours[0]), time(hours[1]), **who, **options)


def rota(*rules: Rule, rotations: Iterable[Rotation] | None = None, **options: Any) -> Rota:
    """The regions of its rules, in the order of `ZONES`; each with a weekly rotation, unless others are given."""
    ids = [id for id in ZONES if id in {r.region for r in rules}]
    regions = options.pop("regions", None) or tuple(region(id) for id in ids)
    made = tuple(rotations) if rotations is not None else tuple(rotation(f"{id}-p") for id in ids)
    return Rota(tuple(regions), made, rules, **options)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, id: str = "eu") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONES[id]))


def people(made: Rota, at: datetime, role: Role = Role.PRIMARY) -> list[str]:
    return sorted(s.person for s in resolve.at(made, at).shifts if s.role == role)


def shifts(made: Rota, start: datetime, end: datetime) -> list[Shift]:
    return list(resolve.resolve(made, start, end).shifts)


def override(
    kind: str, start: datetime, hours: int, person: str | None, target: str | None, order: int = 0
) -> Override:
    made = start - DAY + timedelta(minutes=order)
    return Override("eu", Role.PRIMARY, OverrideKind(kind), start, start + hours * HOUR, person, target, made)


def swap(giver: str, taker: str, start: datetime, end: datetime, **options: Any) -> Swap:
    return Swap("eu", Role.PRIMARY, giver, taker, start, end, options.pop("made_at", start - DAY), **options)


def away(person: str, start: datetime, end: datetime, cover: str | None = None) -> TimeOff:
    return TimeOff(person, start, end, cover)


def having(made: Rota, **exceptions: Any) -> Rota:
    """The same roster with more: `overrides=[…]`, `swaps=[…]`, `time_off=[…]`, `temporary=[…]`."""
    return replace(made, **{name: tuple(found) for name, found in exceptions.items()})
