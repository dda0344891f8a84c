"""What the rules call for, date by date: people from rotations, holidays taking or sparing a shift whole. Pure.

A shift belongs to the local date on which it starts. A hand-over inside a shift splits it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from schedules.rota import civil, holidays, rotations
from schedules.rota.model import OnHoliday, Region, Role, Rotation, Rule, Step, Swap

DAY = timedelta(days=1)
NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(slots=True)
class Slot:
    """A stretch of duty on its way through the exceptions.

    `chain` begins with whom the rules call; each further name came in the place of the one before. It is empty where
    the rotation has not begun. The last one is on duty if `there`. `closed`: a public holiday took it away.
    """

    day: date | None
    start: datetime
    end: datetime
    chain: tuple[str, ...]
    steps: tuple[Step, ...]
    there: bool = True
    closed: bool = False
    added: bool = False
    swapped: tuple[Swap, ...] = ()
    """The swaps that were of this, in their order."""

    @property
    def because(self) -> tuple[str, ...]:
        return tuple(step.text for step in self.steps)


def slots(
    region: Region, rules: list[Rule], known: dict[str, Rotation], start: datetime, end: datetime
) -> dict[Role, list[Slot]]:
    """What the region's `rules` say for every shift that touches `[start, end)`, uncut, sorted by start."""
    window = _Window(region, known, start, end)
    found: dict[Role, list[Slot]] = {role: [] for role in Role}
    for rule in rules:
        found[rule.role] += window.of(rule)
    for day, name in window.holidays():
        for rule in _stand_ins(rules, day):
            note = Step("holiday", f"{name} is a public holiday, and this rule counts in the place of another.")
            found[rule.role] += window.on(rule, day, (note,))
    for role in found:
        found[role].sort(key=lambda slot: slot.start)
    return found


def counts(rule: Rule, day: date) -> bool:
    """Whether the rule has a shift that starts on this date, public holidays aside."""
    return (
        day.weekday() in rule.weekdays
        and (rule.since is None or rule.since <= day)
        and (rule.until is None or day < rule.until)
    )


def _stand_ins(rules: list[Rule], day: date) -> list[Rule]:
    """The weekend rules that a holiday on `day` puts in the place of others, and that do not count by themselves."""
    wanted = {r.holiday_day for r in rules if counts(r, day) and r.on_holiday is OnHoliday.WEEKEND}
    return [
        rule
        for rule in rules
        if rule.role is Role.WEEKEND
        and wanted & rule.weekdays
        and (rule.since is None or rule.since <= day)
        and (rule.until is None or day < rule.until)
        and not (counts(rule, day) and rule.on_holiday is OnHoliday.IGNORE)
    ]


class _Window:
    """The local dates whose shifts may touch `[start, end)`, and the turns of rotations in them."""

    def __init__(self, region: Region, known: dict[str, Rotation], start: datetime, end: datetime) -> None:
        self._region, self._known = region, known
        self._start, self._end = start, end
        first, last = civil.local(start, region.zone).date() - 2 * DAY, civil.local(end, region.zone).date()
        self._days = [first + n * DAY for n in range((last - first).days + 1)]
        self._turns: dict[str, tuple[list[datetime], list[rotations.Turn]]] = {}
        self._steps: dict[tuple[str, int], Step] = {}

    def holidays(self) -> Iterator[tuple[date, str]]:
        for day in self._days if self._region.holidays else ():
            if name := holidays.name(self._region.holidays, day):
                yield day, name

    def of(self, rule: Rule) -> list[Slot]:
        """The rule on its own dates."""
        closed = dict(self.holidays()) if rule.on_holiday is not OnHoliday.IGNORE else {}
        found: list[Slot] = []
        for day in self._days:
            if counts(rule, day):
                made = self.on(rule, day, ())
                if day in closed:
                    note = Step("holiday", f"{closed[day]} is a public holiday, and the rule pauses.")
                    for slot in made:
                        slot.there, slot.closed, slot.steps = False, True, (*slot.steps, note)
                found += made
        return found

    def on(self, rule: Rule, day: date, notes: tuple[Step, ...]) -> list[Slot]:
        """The rule's shift that starts on `day`, whether or not it names that weekday; split by hand-overs."""
        zone = self._region.zone
        start = civil.instant(day, rule.start, zone)
        end = civil.instant(day if rule.end > rule.start else day + DAY, rule.end, zone, last=True)
        if start >= end or end <= self._start or start >= self._end:
            return []
        said = self._said(rule)
        if rule.person:
            return [Slot(day, start, end, (rule.person,), (said, *notes))]
        return [
            Slot(day, a, b, chain, (said, *notes, step), bool(chain))
            for a, b, chain, step in self._by(rule, start, end)
        ]

    def _by(
        self, rule: Rule, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime, tuple[str, ...], Step]]:
        """The parts of `[start, end)` by turn; what no turn has, because the rotation begins later, with nobody."""
        starts, turns = self._of_rotation(rule.rotation)
        at = max(0, bisect_right(starts, start) - 1)
        while start < end:
            turn = turns[at] if at < len(turns) else None
            if turn is None or start < turn.start:
                until = min(end, turn.start) if turn else end
                yield start, until, (), Step("turn", f"The rotation {rule.rotation} has not begun.")
            else:
                until = min(end, turn.end)
                yield start, until, (turn.person,), self._turn(rule.rotation, turn)
                at += 1
            start = until

    def _of_rotation(self, id: str) -> tuple[list[datetime], list[rotations.Turn]]:
        if id not in self._turns:
            turns = rotations.turns(self._known[id], self._start - 3 * DAY, self._end + 3 * DAY)
            self._turns[id] = [turn.start for turn in turns], turns
        return self._turns[id]

    def _turn(self, rotation: str, turn: rotations.Turn) -> Step:
        key = (rotation, turn.number)
        if key not in self._steps or self._steps[key].person != turn.person:
            said = f"Turn {turn.number + 1} of the rotation {rotation} is {turn.person}'s."
            self._steps[key] = Step("turn", said, turn.person)
        return self._steps[key]

    def _said(self, rule: Rule) -> Step:
        key = ("", id(rule))
        if key not in self._steps:
            days = ", ".join(NAMES[n] for n in sorted(rule.weekdays))
            who = rule.person or f"the rotation {rule.rotation}"
            said = (
                f"The rule {self._region.id} {rule.role}, {days} {rule.start:%H:%M}–{rule.end:%H:%M} "
                f"{self._region.zone}, asks {who}."
            )
            self._steps[key] = Step("rule", said, rule.person or None)
        return self._steps[key]
