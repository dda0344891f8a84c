"""What the rules call for, date by date: people from rotations, holidays taking or sparing a shift whole. Pure.

A shift belongs to the local date on which it starts. A hand-over inside a shift splits it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from schedules.rota import civil, holidays
from schedules.rota.model import OnHoliday, Region, Role, Rota, Rotation, Rule, Shift

DAY = timedelta(days=1)
SUNDAY = 6


@dataclass(frozen=True)
class Piece:
    """A shift on its way through the exceptions. `instead_of`: whom an exception put it there for."""

    shift: Shift
    instead_of: str | None = None
    fixed: bool = False
    """By a swap: stronger than time off."""

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.shift.start, self.shift.end


@dataclass(frozen=True)
class Called:
    """`all` is what the rules say, holidays aside; `kept` what the holidays leave of it; `taken` what they take."""

    all: tuple[Piece, ...]
    kept: tuple[Piece, ...]
    taken: tuple[Piece, ...]


def called(rota: Rota, start: datetime, end: datetime) -> Called:
    """Uncut shifts of every local date that may touch `[start, end)`."""
    every: list[Piece] = []
    kept: list[Piece] = []
    taken: list[Piece] = []
    for region in rota.regions:
        rules = [r for r in rota.rules if r.region == region.id]
        for day in _days(region, start, end):
            holiday = holidays.name(region.holidays, day)
            for rule in (r for r in rules if day.weekday() in r.weekdays):
                pieces = list(_pieces(rota, region, rule, day))
                every += pieces
                if holiday is None or rule.on_holiday is OnHoliday.IGNORE:
                    kept += pieces
                    continue
                taken += [_noted(p, f"{holiday} is a public holiday, and the rule steps aside") for p in pieces]
            if holiday and any(r.on_holiday is OnHoliday.WEEKEND and day.weekday() in r.weekdays for r in rules):
                kept += _weekend(rota, region, rules, day, holiday)
    return Called(tuple(every), tuple(kept), tuple(taken))


def _weekend(rota: Rota, region: Region, rules: list[Rule], day: date, holiday: str) -> list[Piece]:
    """On a public holiday the region's rules for Sunday, as the rule that steps aside asks."""
    if day.weekday() == SUNDAY:
        return []
    sundays = [r for r in rules if r.role is Role.WEEKEND and SUNDAY in r.weekdays and day.weekday() not in r.weekdays]
    reason = f"{holiday} is a public holiday: the rule for Sunday counts"
    return [_noted(p, reason) for rule in sundays for p in _pieces(rota, region, rule, day)]


def _days(region: Region, start: datetime, end: datetime) -> Iterator[date]:
    zone = ZoneInfo(region.zone)
    day = start.astimezone(zone).date() - DAY
    while day <= end.astimezone(zone).date():
        yield day
        day += DAY


def _pieces(rota: Rota, region: Region, rule: Rule, day: date) -> Iterator[Piece]:
    start = civil.instant(day, rule.start, region.zone)
    end = civil.instant(day if rule.end > rule.start else day + DAY, rule.end, region.zone, last=True)
    if start >= end:
        return
    said = f"the rule {region.id} {rule.role} {day:%a} {rule.start:%H:%M}–{rule.end:%H:%M} {region.zone}"
    if rule.person:
        yield Piece(Shift(region.id, rule.role, rule.person, start, end, (f"{said} names {rule.person}",)))
        return
    rotation = rota.rotation(rule.rotation)
    for number, person, turn_start, turn_end in turns(rotation, start, end):
        because = (f"{said} asks the rotation {rotation.id}", f"turn {number + 1} of it is {person}'s")
        yield Piece(Shift(region.id, rule.role, person, max(start, turn_start), min(end, turn_end), because))


def turns(rotation: Rotation, start: datetime, end: datetime) -> Iterator[tuple[int, str, datetime, datetime]]:
    """(number from 0, person, start, end) of turns that touch `[start, end)`. Before the first there is nobody."""
    local = start.astimezone(ZoneInfo(rotation.zone)).date()
    number = max(0, (local - rotation.start).days // rotation.days - 1)
    while True:
        turn_start = _handover(rotation, number)
        if turn_start >= end:
            return
        turn_end = _handover(rotation, number + 1)
        if turn_end > start and turn_start < turn_end:
            yield number, rotation.people[number % len(rotation.people)], turn_start, turn_end
        number += 1


def _handover(rotation: Rotation, number: int) -> datetime:
    day = rotation.start + timedelta(days=number * rotation.days)
    return civil.instant(day, rotation.handover, rotation.zone).astimezone(UTC)


def _noted(piece: Piece, reason: str) -> Piece:
    shift = piece.shift
    return replace(piece, shift=replace(shift, because=(*shift.because, reason)))
