"""What the rules call for, date by date: people from rotations, holidays taking or sparing a shift whole. Pure.

A shift belongs to the local date on which it starts. A hand-over inside a shift splits it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

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
        return tuple([step.text for step in self.steps])


def slots(
    region: Region, rules: list[Rule], known: dict[str, Rotation], start: datetime, end: datetime
) -> dict[Role, list[Slot]]:
    """What the region's `rules` say for every shift that touches `[start, end)`, uncut, sorted by start."""
    window = _Window(region, known, start, end)
    found: dict[Role, list[Slot]] = {role: [] for role in Role}
    for rule in rules:
        found[rule.role] += window.of(rule)
    for number, name in window.holidays():
        for rule in _stand_ins(rules, window.day(number)):
            note = Step("holiday", f"{name} is a public holiday, and this rule counts in the place of another.")
            found[rule.role] += window.on(rule, number, (note,))
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
        self._days = [first + n * DAY for n in range((last - first).days + 2)]
        """One more than may have shifts: on which those of the last end."""
        self._instants: dict[tuple[time, bool], list[datetime]] = {}
        self._turns: dict[str, _Turns] = {}
        self._rules: dict[int, Step] = {}

    def holidays(self) -> Iterator[tuple[int, str]]:
        """The number of the day in the window, and what it is called."""
        if self._region.holidays:
            for number, day in enumerate(self._days[:-1]):
                if name := holidays.name(self._region.holidays, day):
                    yield number, name

    def day(self, number: int) -> date:
        return self._days[number]

    def of(self, rule: Rule) -> list[Slot]:
        """The rule on its own dates."""
        closed = dict(self.holidays()) if rule.on_holiday is not OnHoliday.IGNORE else {}
        found: list[Slot] = []
        for number, day in enumerate(self._days[:-1]):
            if day.weekday() in rule.weekdays and counts(rule, day):
                made = self.on(rule, number, ())
                if number in closed:
                    note = Step("holiday", f"{closed[number]} is a public holiday, and the rule pauses.")
                    for slot in made:
                        slot.there, slot.closed, slot.steps = False, True, (*slot.steps, note)
                found += made
        return found

    def on(self, rule: Rule, number: int, notes: tuple[Step, ...]) -> list[Slot]:
        """The rule's shift that starts on this day, whether or not it names that weekday; split by hand-overs."""
        start = self._at(rule.start, last=False)[number]
        end = self._at(rule.end, last=True)[number if rule.end > rule.start else number + 1]
        if start >= end or end <= self._start or start >= self._end:
            return []
        day, steps = self._days[number], (self._said(rule), *notes)
        if rule.person:
            return [Slot(day, start, end, (rule.person,), steps)]
        turns = self._of_rotation(rule.rotation)
        at = bisect_right(turns.starts, start) - 1
        if at >= 0 and end <= turns.turns[at].end:
            return [Slot(day, start, end, (turns.turns[at].person,), (*steps, turns.step(at)))]
        return list(_split(Slot(day, start, end, (), steps), turns, max(at, 0)))

    def _at(self, at: time, *, last: bool) -> list[datetime]:
        """For each day, the instant of this time; many rules ask for the same."""
        found = self._instants.get((at, last))
        if found is None:
            zone = self._region.zone
            found = [civil.instant(day, at, zone, last=last) for day in self._days]
            self._instants[at, last] = found
        return found

    def _of_rotation(self, id: str) -> "_Turns":
        if id not in self._turns:
            turns = rotations.turns(self._known[id], self._start - 3 * DAY, self._end + 3 * DAY)
            self._turns[id] = _Turns(id, turns)
        return self._turns[id]

    def _said(self, rule: Rule) -> Step:
        if id(rule) not in self._rules:
            days = ", ".join(NAMES[n] for n in sorted(rule.weekdays))
            who = rule.person or f"the rotation {rule.rotation}"
            said = (
                f"The rule {self._region.id} {rule.role}, {days} {rule.start:%H:%M}–{rule.end:%H:%M} "
                f"{self._region.zone}, asks {who}."
            )
            self._rules[id(rule)] = Step("rule", said, rule.person or None)
        return self._rules[id(rule)]


class _Turns:
    """A rotation's turns in the window, found by when they start."""

    def __init__(self, rotation: str, turns: list[rotations.Turn]) -> None:
        self._rotation = rotation
        self.turns = turns
        self.starts = [turn.start for turn in turns]
        self._steps: dict[int, Step] = {}

    def step(self, at: int) -> Step:
        if at not in self._steps:
            turn = self.turns[at]
            said = f"Turn {turn.number + 1} of the rotation {self._rotation} is {turn.person}'s."
            self._steps[at] = Step("turn", said, turn.person)
        return self._steps[at]

    def not_begun(self) -> Step:
        return Step("turn", f"The rotation {self._rotation} has not begun.")


def _split(whole: Slot, turns: _Turns, at: int) -> Iterator[Slot]:
    """By turn, the first of which is number `at`. Before the rotation begins there is nobody."""
    start = whole.start
    while start < whole.end:
        turn = turns.turns[at] if at < len(turns.turns) else None
        if turn is None or start < turn.start:
            until = min(whole.end, turn.start) if turn else whole.end
            yield Slot(whole.day, start, until, (), (*whole.steps, turns.not_begun()), there=False)
        else:
            until = min(whole.end, turn.end)
            yield Slot(whole.day, start, until, (turn.person,), (*whole.steps, turns.step(at)))
            at += 1
        start = until
