"""The roster as values: regions, rotations, rules, overrides, and what resolution makes of them. Pure.

All instants are aware; all intervals are half open, `[start, end)`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any


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
class Edit:
    """From the hand-over on `since` on: other `people`, another length (`days` and `hours`), or both.

    The count of turns goes on. Only a `start` lets it begin again there with the first of the people. Nothing before
    `since` moves.
    """

    since: date
    people: tuple[str, ...] = ()
    days: int = 0
    hours: int = 0
    start: date | None = None

    @property
    def length(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours)


@dataclass(frozen=True)
class Rotation:
    """An ordered list of people that advances every `days` and `hours`, at `handover` on the wall clock of `zone`.

    A turn of one day may name the weekdays (0 is Monday) on which it `advances`; without, on each.
    """

    id: str
    zone: str
    people: tuple[str, ...]
    days: int
    handover: time
    start: date
    hours: int = 0
    advances: frozenset[int] = frozenset()
    edits: tuple[Edit, ...] = ()

    @property
    def length(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours)

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError(f"rotation {self.id} has nobody in it")
        if min(self.days, self.hours) < 0 or not self.length:
            raise ValueError(f"rotation {self.id} advances at most once an hour, not every {self.length}")
        if self.advances and self.length != timedelta(days=1):
            raise ValueError(f"rotation {self.id} names weekdays, and only a turn of one day can")
        for edit in self.edits:
            if min(edit.days, edit.hours) < 0:
                raise ValueError(f"rotation {self.id}: the edit from {edit.since} has a length below nothing")
            if edit.start and edit.start > edit.since:
                raise ValueError(f"rotation {self.id}: the edit from {edit.since} starts later, on {edit.start}")


@dataclass(frozen=True)
class Rule:
    """Weekdays (0 is Monday) and local times → a rotation or a person, for a role. `end` ≤ `start` ends next day.

    It counts for shifts that start on a date in `[since, until)`. On a holiday with `OnHoliday.WEEKEND`, the region's
    weekend rules for `holiday_day` (0 is Monday) take its place.
    """

    region: str
    role: Role
    weekdays: frozenset[int]
    start: time
    end: time
    rotation: str = ""
    person: str = ""
    on_holiday: OnHoliday = OnHoliday.IGNORE
    holiday_day: int = 6
    since: date | None = None
    until: date | None = None


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
    """Accepted: in `[start, end)` `taker` has the shifts of `giver`, in this region and role.

    A shift is known by the local date on which it starts. With `dates` the swap is of the giver's shifts of those
    dates, whole, and moves with them when the roster moves them; `start` and `end` then only say when they were. Of a
    part of a shift, a swap has no dates, and is exactly `[start, end)`.
    """

    region: str
    role: Role
    giver: str
    taker: str
    start: datetime
    end: datetime
    made_at: datetime
    dates: frozenset[date] = frozenset()


@dataclass(frozen=True)
class TimeOff:
    """`person` is away for `[start, end)`. Nobody steps in by itself; `cover` does, where one is named.

    Of two that name a cover for the same time, the one that begins later counts.
    """

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

    @property
    def replaces(self) -> frozenset[Role]:
        return self.roles or frozenset(Role)


@dataclass(frozen=True)
class Shift:
    region: str
    role: Role
    person: str
    start: datetime
    end: datetime
    because: tuple[str, ...] = ()
    """Why it is this person: the rule, the turn, and every exception that was applied, in their order, as sentences."""
    added: bool = False
    """By an override, beside whom the rules call; so it does not move the lead."""


@dataclass(frozen=True)
class Gap:
    """A rule calls for somebody, and nobody is there."""

    region: str
    role: Role
    start: datetime
    end: datetime
    because: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recorded:
    """What happened before `until`: the truth about then, which no edit of the roster rewrites.

    Before `since`, where there is one, nobody wrote anything down, and the rules say what must have been.
    """

    until: datetime
    shifts: tuple[Shift, ...]
    gaps: tuple[Gap, ...] = ()
    since: datetime | None = None


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
    recorded: Recorded | None = None
    memo: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What resolution has worked out about this value. To hash the whole roster for a look-up would cost more."""

    def rotation(self, id: str) -> Rotation:
        return next(r for r in self.rotations if r.id == id)

    def __post_init__(self) -> None:
        for number, one in enumerate(self.temporary):
            for other in self.temporary[:number]:
                if one.region == other.region and one.replaces & other.replaces:
                    start = max(one.start, other.start)
                    if start < min(one.end, other.end):
                        raise ValueError(f"two temporary schedules of {one.region} overlap from {start}")


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
    closed: tuple[Gap, ...] = ()
    """What public holidays took away, as the roster wants it, and nobody has. No gap: no rule calls for anybody."""


@dataclass(frozen=True)
class Moment:
    """`boundary` is the next lead change and `next_lead` who leads then; None where none is known within two weeks."""

    at: datetime
    shifts: tuple[Shift, ...]
    lead: str | None
    boundary: datetime | None
    next_lead: str | None


@dataclass(frozen=True)
class Step:
    """One reason, as a sentence. `person` is who is on duty after it; None: nobody."""

    kind: str
    text: str
    person: str | None = None


@dataclass(frozen=True)
class Explanation:
    """Why `people` (nobody, if empty) have the role at an instant, and why the lead is where it is: last, `lead`."""

    region: str
    role: Role
    at: datetime
    people: tuple[str, ...]
    steps: tuple[Step, ...]
