"""The roster as values: regions, rotations, rules, overrides, and what resolution makes of them. Pure.

All instants are aware; all intervals are half open, `[start, end)`.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum


class Role(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    WEEKEND = "weekend"
    MANAGER = "manager"


@dataclass(frozen=True)
class Region:
    """`zone` is an IANA name. The order of regions in `Rota` counts."""

    id: str
    zone: str


@dataclass(frozen=True)
class Rotation:
    """An ordered list of people that advances every `length` at `handover` on the wall clock of `zone`."""

    id: str
    zone: str
    people: tuple[str, ...]
    days: int
    handover: time
    start: date

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError(f"rotation {self.id} has nobody in it")
        if self.days < 1:
            raise ValueError(f"rotation {self.id} advances at least once a day at most, not every {self.days} days")


@dataclass(frozen=True)
class Rule:
    """Weekdays (0 is Monday) and local times → a rotation or a person, for a role. `end` ≤ `start` ends next day."""

    region: str
    role: Role
    weekdays: frozenset[int]
    start: time
    end: time
    rotation: str = ""
    person: str = ""


class OverrideKind(StrEnum):
    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


@dataclass(frozen=True)
class Override:
    """For `[start, end)`: `person` comes (add, replace), `instead_of` goes (remove, replace)."""

    region: str
    role: Role
    kind: OverrideKind
    start: datetime
    end: datetime
    person: str | None
    instead_of: str | None
    made_at: datetime


@dataclass(frozen=True)
class Rota:
    regions: tuple[Region, ...]
    rotations: tuple[Rotation, ...]
    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...] = ()
    lead_after: timedelta = timedelta(minutes=30)


@dataclass(frozen=True)
class Shift:
    region: str
    role: Role
    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Lead:
    region: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Schedule:
    """Maximal intervals, in UTC, sorted by start."""

    shifts: tuple[Shift, ...]
    leads: tuple[Lead, ...]


@dataclass(frozen=True)
class Moment:
    """`boundary` is the next lead change and `next_lead` who leads then; None where none is known within two weeks."""

    at: datetime
    shifts: tuple[Shift, ...]
    lead: str | None
    boundary: datetime | None
    next_lead: str | None
