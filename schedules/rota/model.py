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


class OnHoliday(StrEnum):
    """What a public holiday does to a rule's shift: nothing, takes it away, or puts the weekend's in its place."""

    IGNORE = "ignore"
    SKIP = "skip"
    WEEKEND = "weekend"


@dataclass(frozen=True)
class Calendar:
    """Public holidays as the `holidays` package has them: ISO country, and its subdivision where it matters."""

    country: str
    subdivision: str = ""


@dataclass(frozen=True)
class Region:
    """`zone` is an IANA name. The order of regions in `Rota` counts."""

    id: str
    zone: str
    holidays: Calendar | None = None
    daytime: tuple[time, time] = (time(9), time(18))
    """Local hours outside which nobody here is paged at a weekend."""


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
    on_holiday: OnHoliday = OnHoliday.IGNORE


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
class Swap:
    """Accepted: in `[start, end)` `taker` has what the rules call `giver` for, in this region and role."""

    region: str
    role: Role
    giver: str
    taker: str
    start: datetime
    end: datetime
    made_at: datetime


@dataclass(frozen=True)
class TimeOff:
    """`person` is away for `[start, end)`. Nobody steps in by itself; `cover` does, where one is named."""

    person: str
    start: datetime
    end: datetime
    cover: str | None = None


@dataclass(frozen=True)
class Temporary:
    """For `[start, end)` the `roles` (all, if empty) of `region` are exactly `shifts`, and nothing else."""

    region: str
    start: datetime
    end: datetime
    shifts: tuple["Shift", ...]
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Rota:
    regions: tuple[Region, ...]
    rotations: tuple[Rotation, ...]
    rules: tuple[Rule, ...]
    overrides: tuple[Override, ...] = ()
    lead_after: timedelta = timedelta(minutes=30)
    swaps: tuple[Swap, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    temporary: tuple[Temporary, ...] = ()

    def rotation(self, id: str) -> Rotation:
        return next(r for r in self.rotations if r.id == id)

    def __post_init__(self) -> None:
        for number, one in enumerate(self.temporary):
            for other in self.temporary[:number]:
                shared = one.roles & other.roles if one.roles and other.roles else one.roles | other.roles | set(Role)
                if one.region == other.region and shared and one.start < other.end and other.start < one.end:
                    raise ValueError(
                        f"two temporary schedules of {one.region} overlap from {max(one.start, other.start)}"
                    )


@dataclass(frozen=True)
class Shift:
    region: str
    role: Role
    person: str
    start: datetime
    end: datetime
    because: tuple[str, ...] = ()
    """Why it is this person: the rule, the turn, and every exception that was applied, in their order."""


@dataclass(frozen=True)
class Gap:
    """A rule calls for somebody, and nobody is there."""

    region: str
    role: Role
    start: datetime
    end: datetime
    because: tuple[str, ...] = ()


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
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True)
class Moment:
    """`boundary` is the next lead change and `next_lead` who leads then; None where none is known within two weeks."""

    at: datetime
    shifts: tuple[Shift, ...]
    lead: str | None
    boundary: datetime | None
    next_lead: str | None
