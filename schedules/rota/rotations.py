"""Whose turn it is: a rotation's turns on the wall clock of its zone, through its edits. Pure.

Turns are counted in civil time and only then become instants: a hand-over time that occurs twice counts once, at its
first occurrence, and a turn that a jump of the clock swallows whole has no instant left, so its person is passed over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from schedules.rota import civil
from schedules.rota.model import Edit, Rotation

DAY = timedelta(days=1)
WEEK = 7


class Turn(NamedTuple):
    """`number` counts from 0."""

    number: int
    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Leg:
    """A rotation between two edits. Turn `number` begins at `anchor`, on the wall clock; what is before `since` is not
    this leg's."""

    since: datetime
    anchor: datetime
    number: int
    length: timedelta
    people: tuple[str, ...]
    advances: frozenset[int]

    def begins(self, turns: int) -> datetime:
        """When, so many `turns` after the anchor, the next one begins on the wall clock."""
        if not self.advances:
            return self.anchor + turns * self.length
        weeks, rest = divmod(turns - 1, len(self.advances))
        return self.anchor if turns == 0 else self.anchor + (WEEK * weeks + self._days()[rest]) * DAY

    def turns(self, local: datetime) -> int:
        """How many turns have begun since the anchor's when clocks show `local`."""
        if not self.advances:
            return (local - self.anchor) // self.length
        weeks, rest = divmod((local - self.anchor) // DAY, WEEK)
        return weeks * len(self.advances) + sum(days <= rest for days in self._days())

    def _days(self) -> list[int]:
        """After how many days from the anchor, in the first week, a turn begins."""
        return [days for days in range(1, WEEK + 1) if (self.anchor + days * DAY).weekday() in self.advances]


class Turns:
    """The turns of a rotation that touch a window, in order, found by when they start; made only when looked at."""

    def __init__(self, rotation: Rotation, start: datetime, end: datetime) -> None:
        self.starts: Sequence[datetime] = ()
        self.ends: Sequence[datetime] = ()
        self._numbers: Sequence[int] = ()
        self._legs: list[tuple[int, Leg]] = []
        """With the place of the first turn of each."""
        for leg, following in pairwise([*_legs(rotation), None]):
            assert leg is not None
            self._add(leg, following, rotation.zone, (start, end))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, at: int) -> Turn:
        if not 0 <= at < len(self.starts):
            raise IndexError(at)
        leg = next(leg for first, leg in reversed(self._legs) if first <= at)
        number = leg.number + self._numbers[at]
        return Turn(number, leg.people[number % len(leg.people)], self.starts[at], self.ends[at])

    def _add(self, leg: Leg, following: Leg | None, zone: str, window: tuple[datetime, datetime]) -> None:
        begins = civil.first(leg.since, zone)
        until = civil.first(following.since, zone) if following else None
        start, end = max(window[0], begins), min(window[1], until) if until else window[1]
        if start >= end:
            return
        numbers, starts, ends = _grid(leg.anchor, leg.length, leg.advances, zone, start, end)
        if starts[0] < begins:
            starts = (begins, *starts[1:])
        if until and ends[-1] > until:
            ends = (*ends[:-1], until)
        self._legs.append((len(self.starts), leg))
        self.starts, self.ends = (*self.starts, *starts), (*self.ends, *ends)
        self._numbers = (*self._numbers, *numbers)


def turns(rotation: Rotation, start: datetime, end: datetime) -> list[Turn]:
    """The turns that touch `[start, end)`, in order. Before the rotation's start there is nobody."""
    found = Turns(rotation, start, end)
    return [found[at] for at in range(len(found))]


Grid = tuple[tuple[int, ...], tuple[datetime, ...], tuple[datetime, ...]]


@lru_cache(maxsize=64)
def _grid(
    anchor: datetime, length: timedelta, advances: frozenset[int], zone: str, start: datetime, end: datetime
) -> Grid:
    """Number, start and end of the turns from `anchor` on that touch `[start, end)`.

    Many rotations of a team change at the same times, so this is worked out once for all of them.
    """
    leg = Leg(anchor, anchor, 0, length, (), advances)
    turn = max(0, leg.turns(civil.local(start, zone)) - 1)  # one early: where the clock goes back, it shows less
    begins = civil.first(leg.begins(turn), zone)
    numbers, starts, ends = [], [], []
    while begins < end:
        until = civil.first(leg.begins(turn + 1), zone)
        if until > start and begins < until:
            numbers.append(turn)
            starts.append(begins)
            ends.append(until)
        turn, begins = turn + 1, until
    return tuple(numbers), tuple(starts), tuple(ends)


def _legs(rotation: Rotation) -> list[Leg]:
    start = datetime.combine(rotation.start, rotation.handover)
    legs = [Leg(start, start, 0, rotation.length, rotation.people, rotation.advances)]
    for edit in sorted(rotation.edits, key=lambda e: e.since):
        leg = _edited(legs[-1], edit, rotation)
        if leg.since == legs[-1].since:
            legs.pop()
        legs.append(leg)
    return legs


def _edited(before: Leg, edit: Edit, rotation: Rotation) -> Leg:
    """The count goes on: the turn that is running keeps its number.

    With another length it ends at the first multiple of that, from its own beginning, which is not before the edit.
    """
    since = max(datetime.combine(edit.since, rotation.handover), before.since)
    length = edit.length or before.length
    people = edit.people or before.people
    advances = before.advances if length == DAY else frozenset[int]()
    if edit.start:
        return Leg(since, datetime.combine(edit.start, rotation.handover), 0, length, people, advances)
    running = before.turns(since)
    anchor = before.begins(running)
    if length != before.length and anchor < since:
        anchor += (-((anchor - since) // length) - 1) * length
    return Leg(since, anchor, before.number + running, length, people, advances)
