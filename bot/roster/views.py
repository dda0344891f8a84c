"""Rows as people read them: names, Slack ids, times. What templates are handed, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.directory.model import Directory
from bot.roster.model import CoverState, SwapState
from bot.roster.standing import given, returned
from bot.roster.stints import Stint
from bot.roster.tables import CoverRow, OverrideRow, SwapRow

ById = Callable[[str], str]


@dataclass(frozen=True)
class Instead:
    """Whose place it is, from when to when."""

    slack: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Overridden:
    """One decision. `slack` comes (None: somebody only goes); `instead` are those who go."""

    id: int
    kind: str
    slack: str | None
    role: str
    region: str
    start: datetime
    end: datetime
    instead: tuple[Instead, ...]
    reason: str
    by: str
    cancelled_at: datetime | None = None
    cancelled_by: str | None = None

    @property
    def concerned(self) -> list[str]:
        """Everybody whose duty it changes, except who made it."""
        people = [self.slack, *(one.slack for one in self.instead)]
        return list(dict.fromkeys(p for p in people if p is not None and p != self.by))


@dataclass(frozen=True)
class SwapView:
    """`gives` goes from `giver` to `taker`, `back` the other way; `channel` is where leads are asked."""

    id: int
    state: SwapState
    giver: str
    taker: str
    region: str
    channel: str
    gives: Stint
    back: Stint | None
    reason: str
    last_by: str
    because: str
    approval: bool
    also: tuple[str, ...] = ()
    """Other roles that the taker has at the time."""


@dataclass(frozen=True)
class CoverView:
    id: int
    state: CoverState
    role: str
    region: str
    start: datetime
    last: datetime
    end: datetime
    asked: tuple[str, ...]
    taken_by: str | None


def slack_of(directory: Directory) -> ById:
    """Person → Slack id; somebody who left the file keeps their word."""

    def found(person: str) -> str:
        known = directory.person(person)
        return known.slack if known else person

    return found


def region_name(directory: Directory, region: str) -> str:
    known = directory.region(region)
    return known.name if known else region


def overridden(rows: Sequence[OverrideRow], directory: Directory) -> Overridden:
    """The rows of one decision, the first first."""
    first = rows[0]
    assert first.id is not None
    return Overridden(
        id=first.id,
        kind=first.kind,
        slack=slack_of(directory)(first.person) if first.person else None,
        role=first.role,
        region=region_name(directory, first.region),
        start=min(row.start for row in rows),
        end=max(row.end for row in rows),
        instead=tuple(_instead_of(rows, directory)),
        reason=first.reason,
        by=first.made_by,
        cancelled_at=first.cancelled_at,
        cancelled_by=first.cancelled_by,
    )


def _instead_of(rows: Sequence[OverrideRow], directory: Directory) -> list[Instead]:
    """Who goes by these rows, each part for itself."""
    return [Instead(slack_of(directory)(r.instead_of), r.start, r.end) for r in rows if r.instead_of]


def swap(row: SwapRow, directory: Directory, *, approval: bool, also: Sequence[str] = ()) -> SwapView:
    assert row.id is not None
    person, region = slack_of(directory), directory.region(row.region)
    return SwapView(
        id=row.id,
        state=SwapState(row.state),
        giver=person(row.giver),
        taker=person(row.taker),
        region=region_name(directory, row.region),
        channel=region.channel if region else directory.admin_channel,
        gives=given(row),
        back=returned(row),
        reason=row.reason,
        last_by=row.last_by,
        because=row.because,
        approval=approval,
        also=tuple(also),
    )


def cover(row: CoverRow, directory: Directory) -> CoverView:
    assert row.id is not None
    person = slack_of(directory)
    return CoverView(
        id=row.id,
        state=CoverState(row.state),
        role=row.role,
        region=region_name(directory, row.region),
        start=row.start,
        last=row.last,
        end=row.end,
        asked=tuple(person(p) for p in row.asked.split(",") if p),
        taken_by=person(row.taken_by) if row.taken_by else None,
    )
