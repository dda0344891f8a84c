"""What a person is told about their shifts, and when: the day before, at the start, at the end. Pure.

A notice is decided at the moment at which it is due, from the roster as it stands then, so a swap or an override that
came in between is in it. It is never told as if it were on time when it is not: what is stale is left out, and the
start of a shift that still runs is told with how late it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from schedules.rota import civil
from schedules.rota.lead import LEADING
from schedules.rota.model import Lead, Role, Schedule, Shift

LATE = timedelta(minutes=5)
"""Whoever is told later than this is told that it is late, or not at all."""


class Kind(StrEnum):
    DAY_BEFORE = "day_before"
    START = "start"
    END = "end"


class Fate(StrEnum):
    TELL = "tell"
    SAY_LATE = "say late"
    LEAVE_OUT = "leave out"


@dataclass(frozen=True)
class Wanted:
    """Which notices the team wants. With `hours_before` the first one comes so long before, else at `day_before_at`."""

    kinds: frozenset[Kind] = frozenset(Kind)
    day_before_at: time = time(16)
    hours_before: int = 0
    roles: frozenset[Role] = frozenset({Role.PRIMARY, Role.SECONDARY, Role.WEEKEND})
    shortest: timedelta = timedelta(hours=1)
    gap_days: int = 7
    """So far ahead a gap is told; 0 tells none."""
    edit_weeks: int = 8
    """So far ahead people are told what an edit of the roster file moves."""


@dataclass(frozen=True)
class Reader:
    """Whose notices these are: their zone, and the kinds they do not want."""

    zone: str
    muted: frozenset[Kind] = frozenset()


@dataclass(frozen=True)
class Notice:
    kind: Kind
    due: datetime
    shift: Shift

    @property
    def at(self) -> datetime:
        """The instant that it is about; with kind, person and role it says which notice this is."""
        return self.shift.end if self.kind is Kind.END else self.shift.start


@dataclass(frozen=True)
class Company:
    """Who is there besides: `hands_over` to me (or, at the end, takes over from me), `joins` with me, `stays` on."""

    handing: tuple[Shift, ...]
    joining: tuple[Shift, ...]
    staying: tuple[Shift, ...]
    lead: Lead | None = None
    """At the start: my region's lead in this shift. At the end: whose lead it is then."""
    led_before: str | None = None
    """Which region leads until then."""


def notices(shifts: Iterable[Shift], readers: Mapping[str, Reader], wanted: Wanted) -> Iterator[Notice]:
    """All that are due about `shifts`, which are whole: not cut at a window's edge."""
    for shift in shifts:
        reader = readers.get(shift.person)
        if reader is None or shift.role not in wanted.roles or shift.end - shift.start < wanted.shortest:
            continue
        for kind in sorted(wanted.kinds - reader.muted):
            yield Notice(kind, _due(kind, shift, reader.zone, wanted), shift)


def fate(notice: Notice, now: datetime) -> Fate:
    if now - notice.due <= LATE:
        return Fate.TELL
    running = notice.shift.start <= now < notice.shift.end
    return Fate.SAY_LATE if notice.kind is Kind.START and running else Fate.LEAVE_OUT


def company(schedule: Schedule, mine: Shift, kind: Kind) -> Company:
    """Who is around at the start of `mine`, or at its end."""
    at = mine.end if kind is Kind.END else mine.start
    others = [s for s in schedule.shifts if s.region == mine.region and s.person != mine.person]
    ends, starts = [s for s in others if s.end == at], [s for s in others if s.start == at]
    handing = [s for s in (starts if kind is Kind.END else ends) if _alike(s.role, mine.role)]
    joining = [] if kind is Kind.END else starts
    lead, before = _lead(schedule, mine, kind)
    return Company(tuple(handing), tuple(joining), tuple(s for s in others if s.start < at < s.end), lead, before)


def leading(schedule: Schedule, region: str, at: datetime) -> Shift | None:
    """Who of `region` takes what comes in at `at`."""
    there = [s for s in schedule.shifts if s.region == region and s.role in LEADING and s.start <= at < s.end]
    return min(there, key=lambda s: LEADING.index(s.role), default=None)


def _lead(schedule: Schedule, mine: Shift, kind: Kind) -> tuple[Lead | None, str | None]:
    if kind is Kind.END:
        return next((x for x in schedule.leads if x.start <= mine.end < x.end), None), None
    own = next(
        (x for x in schedule.leads if x.region == mine.region and mine.start < x.end and x.start < mine.end), None
    )
    if own is None:
        return None, None
    return own, next((x.region for x in schedule.leads if x.end == own.start), None)


def _alike(one: Role, other: Role) -> bool:
    """A weekend's shift takes over from a primary, and the other way round."""
    return one == other or (one in LEADING and other in LEADING)


def _due(kind: Kind, shift: Shift, zone: str, wanted: Wanted) -> datetime:
    if kind is not Kind.DAY_BEFORE:
        return shift.end if kind is Kind.END else shift.start
    if wanted.hours_before:
        return shift.start - timedelta(hours=wanted.hours_before)
    day = shift.start.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return civil.instant(day, wanted.day_before_at, zone)
