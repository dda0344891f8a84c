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
        found[rule.role] += _Rule(rule, window).slots()
    for number, name in window.holidays.items():
        note = Step("holiday", f"{name} is a public holiday, and this rule counts in the place of another.")
        for rule in _stand_ins(rules, window.days[number]):
            found[rule.role] += _Rule(rule, window).on(number, (note,))
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
    """The local dates whose shifts may touch `[start, end)`, and what many rules ask for on them."""

    def __init__(self, region: Region, known: dict[str, Rotation], start: datetime, end: datetime) -> None:
        self.region, self.start, self.end = region, start, end
        self._known = known
        first, last = civil.local(start, region.zone).date() - 2 * DAY, civil.local(end, region.zone).date()
        self.days = [first + n * DAY for n in range((last - first).days + 1)]
        self.holidays = dict(self._holidays())
        """The number of the day in the window, and what it is called."""
        self._instants: dict[tuple[time, bool], list[datetime]] = {}
        self._turns: dict[str, _Turns] = {}

    def _holidays(self) -> Iterator[tuple[int, str]]:
        for number, day in enumerate(self.days if self.region.holidays else ()):
            if name := holidays.name(self.region.holidays, day):
                yield number, name

    def instants(self, at: time, *, last: bool) -> list[datetime]:
        """For each day, and the one after them, when clocks show `at`."""
        found = self._instants.get((at, last))
        if found is None:
            days = (*self.days, self.days[-1] + DAY)
            found = civil.instants(days, at, self.region.zone, last=last)
            self._instants[at, last] = found
        return found

    def turns(self, rotation: str) -> "_Turns":
        if rotation not in self._turns:
            found = rotations.Turns(self._known[rotation], self.start - 3 * DAY, self.end + 3 * DAY)
            self._turns[rotation] = _Turns(rotation, found)
        return self._turns[rotation]


class _Rule:
    """One rule, ready to be asked for each day of the window."""

    def __init__(self, rule: Rule, window: _Window) -> None:
        self._rule, self._window = rule, window
        self._said = _said(rule, window.region)
        self._turns = None if rule.person else window.turns(rule.rotation)
        self._starts = window.instants(rule.start, last=False)
        ends = window.instants(rule.end, last=True)
        self._ends = ends if rule.end > rule.start else ends[1:]
        self._known: dict[int, tuple[tuple[str, ...], tuple[Step, ...]]] = {}

    def slots(self) -> list[Slot]:
        """On its own dates."""
        rule, closed = self._rule, self._window.holidays
        always = rule.since is None and rule.until is None
        found: list[Slot] = []
        for number, day in enumerate(self._window.days):
            if day.weekday() in rule.weekdays and (always or counts(rule, day)):
                made = self.on(number, ())
                if closed and number in closed and rule.on_holiday is not OnHoliday.IGNORE:
                    note = Step("holiday", f"{closed[number]} is a public holiday, and the rule pauses.")
                    for slot in made:
                        slot.there, slot.closed, slot.steps = False, True, (*slot.steps, note)
                found += made
        return found

    def on(self, number: int, notes: tuple[Step, ...]) -> list[Slot]:
        """The shift that starts on this day, whether or not the rule names its weekday; split by hand-overs."""
        start, end = self._starts[number], self._ends[number]
        window = self._window
        if start >= end or end <= window.start or start >= window.end:
            return []
        day, turns = window.days[number], self._turns
        if turns is None:
            return [Slot(day, start, end, (self._rule.person,), (self._said, *notes))]
        at = bisect_right(turns.starts, start) - 1
        if at >= 0 and end <= turns.ends[at]:
            chain, steps = self._whole(at) if not notes else self._new(at, notes)
            return [Slot(day, start, end, chain, steps)]
        return list(_split(Slot(day, start, end, (), (self._said, *notes)), turns, max(at, 0)))

    def _whole(self, at: int) -> tuple[tuple[str, ...], tuple[Step, ...]]:
        """What the shifts of one turn have in common, so that they share it."""
        found = self._known.get(at)
        if found is None:
            found = self._known[at] = self._new(at, ())
        return found

    def _new(self, at: int, notes: tuple[Step, ...]) -> tuple[tuple[str, ...], tuple[Step, ...]]:
        assert self._turns is not None
        person, step = self._turns.at(at)
        return (person,), (self._said, *notes, step)


class _Turns:
    """A rotation's turns in the window, each with the sentence about it."""

    def __init__(self, rotation: str, turns: rotations.Turns) -> None:
        self._rotation, self._turns = rotation, turns
        self.starts, self.ends = turns.starts, turns.ends
        self._known: dict[int, tuple[str, Step]] = {}

    def at(self, at: int) -> tuple[str, Step]:
        """Whose turn number `at` of the window is, and the sentence that says it."""
        found = self._known.get(at)
        if found is None:
            turn = self._turns[at]
            said = f"Turn {turn.number + 1} of the rotation {self._rotation} is {turn.person}'s."
            found = self._known[at] = turn.person, Step("turn", said, turn.person)
        return found

    def not_begun(self) -> Step:
        return Step("turn", f"The rotation {self._rotation} has not begun.")


def _split(whole: Slot, turns: _Turns, at: int) -> Iterator[Slot]:
    """By turn, the first of which is number `at`. Before the rotation begins there is nobody."""
    start = whole.start
    while start < whole.end:
        begins = turns.starts[at] if at < len(turns.starts) else whole.end
        if start < begins:
            until = min(whole.end, begins)
            yield Slot(whole.day, start, until, (), (*whole.steps, turns.not_begun()), there=False)
        else:
            until = min(whole.end, turns.ends[at])
            person, step = turns.at(at)
            yield Slot(whole.day, start, until, (person,), (*whole.steps, step))
            at += 1
        start = until


def _said(rule: Rule, region: Region) -> Step:
    days = ", ".join(NAMES[n] for n in sorted(rule.weekdays))
    who = rule.person or f"the rotation {rule.rotation}"
    hours = f"{rule.start:%H:%M}–{rule.end:%H:%M} {region.zone}"
    return Step("rule", f"The rule {region.id} {rule.role}, {days} {hours}, asks {who}.", rule.person or None)
