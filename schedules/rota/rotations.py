"""Whose turn it is: a rotation's turns on the wall clock of its zone, through its edits. Pure.

Turns are counted in civil time and only then become instants: a hand-over time that occurs twice counts once, at its
first occurrence, and a turn that a jump of the clock swallows whole has no instant left, so its person is passed over.
"""

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


def turns(rotation: Rotation, start: datetime, end: datetime) -> list[Turn]:
    """The turns that touch `[start, end)`, in order. Before the rotation's start there is nobody."""
    found: list[Turn] = []
    for leg, following in pairwise([*_legs(rotation), None]):
        assert leg is not None
        begins = civil.first(leg.since, rotation.zone)
        ends = civil.first(following.since, rotation.zone) if following else None
        since, until = max(start, begins), min(end, ends) if ends else end
        if since < until:
            made = _turns(leg, rotation.zone, since, until)
            made[0] = made[0]._replace(start=max(made[0].start, begins))
            made[-1] = made[-1]._replace(end=min(made[-1].end, ends) if ends else made[-1].end)
            found += made
    return found


def _turns(leg: Leg, zone: str, start: datetime, end: datetime) -> list[Turn]:
    people, number = leg.people, leg.number
    grid = _grid(leg.anchor, leg.length, leg.advances, zone, start, end)
    return [Turn(number + n, people[(number + n) % len(people)], begins, ends) for n, begins, ends in grid]


@lru_cache(maxsize=64)
def _grid(
    anchor: datetime, length: timedelta, advances: frozenset[int], zone: str, start: datetime, end: datetime
) -> tuple[tuple[int, datetime, datetime], ...]:
    """The turns from `anchor` on that touch `[start, end)`. Many rotations of a team change at the same times."""
    leg = Leg(anchor, anchor, 0, length, (), advances)
    turn = max(0, leg.turns(civil.local(start, zone)) - 1)  # one early: where the clock goes back, it shows less
    begins = civil.first(leg.begins(turn), zone)
    found = []
    while begins < end:
        ends = civil.first(leg.begins(turn + 1), zone)
        if ends > start and begins < ends:
            found.append((turn, begins, ends))
        turn, begins = turn + 1, ends
    return tuple(found)


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
