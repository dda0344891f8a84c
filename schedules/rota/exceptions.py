"""What exceptions make of a stretch of duty, in the order of their strength. Pure.

A stretch is cut wherever an exception begins or ends, so that within each part the same ones hold throughout; then each
part is decided by itself: time off, then swaps, then overrides as they were made, and a temporary schedule last of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise

from schedules.rota.index import Exceptions, Made
from schedules.rota.model import OverrideKind, Step, Swap, Temporary, TimeOff
from schedules.rota.rules import Slot
from schedules.rota.spans import Timed


@dataclass
class _Touching:
    """The exceptions that may matter to one stretch."""

    away: dict[str, list[TimeOff]]
    swaps: list[Swap]
    overrides: list[Made]
    temporary: list[Temporary]

    def edges(self) -> Iterator[datetime]:
        found: list[Timed] = [swap for swap in self.swaps if not swap.dates]
        found += [*chain(*self.away.values()), *self.overrides, *self.temporary]
        for one in found:
            yield from (one.start, one.end)


def settled(slot: Slot, exceptions: Exceptions) -> list[Slot]:
    """The parts of `slot`, each with whom it ends up with and why."""
    off = exceptions.away.get(slot.chain[0]) if slot.chain else None
    is_away = off is not None and off.touches(slot.start, slot.end)
    if not (is_away or exceptions.any.touches(slot.start, slot.end) or slot.day in exceptions.dated):
        return [slot]
    away, swaps = _away(slot, exceptions), _swaps(slot, exceptions)
    overrides = exceptions.overrides.touching(slot.start, slot.end)
    touching = _Touching(away, swaps, overrides, exceptions.temporary.touching(slot.start, slot.end))
    touching.overrides.sort(key=lambda made: made.number)
    return _parts(slot, touching)


def additions(exceptions: Exceptions, start: datetime, end: datetime) -> list[Slot]:
    """Whom overrides add, and temporary schedules name, in `[start, end)`."""
    found: list[Slot] = []
    made = exceptions.overrides.touching(start, end)
    for one in made:
        person = one.override.person
        if one.override.kind is not OverrideKind.ADD or not person:
            continue
        step = Step("override", f"An override adds {person}.", person)
        slot = Slot(None, one.start, one.end, (person,), (step,), added=True)
        later = sorted((m for m in made if m.number > one.number), key=lambda m: m.number)
        found += _parts(slot, _Touching({}, [], later, exceptions.temporary.touching(one.start, one.end)))
    return found


def _parts(slot: Slot, touching: _Touching) -> list[Slot]:
    inside = {at for at in touching.edges() if slot.start < at < slot.end}
    edges = [slot.start, *sorted(inside), slot.end]
    return [_decided(slot, start, end, touching) for start, end in pairwise(edges)]


def _decided(slot: Slot, start: datetime, end: datetime, touching: _Touching) -> Slot:
    """`[start, end)` of `slot`, in which no exception begins or ends."""
    part = Slot(slot.day, start, end, slot.chain, slot.steps, slot.there, slot.closed, slot.added)
    if part.there and not part.added:
        _take_off(part, touching.away)
        _swap(part, [s for s in touching.swaps if s.dates or s.start <= start < s.end])
    for made in touching.overrides:
        if made.start <= start < made.end:
            _override(part, made)
    if any(t.start <= start < t.end for t in touching.temporary):
        part.there = False
        part.steps += (Step("temporary", "A temporary schedule takes the place of rules and all other exceptions."),)
    return part


def _take_off(part: Slot, away: dict[str, list[TimeOff]]) -> None:
    """Who is away goes. Their cover comes, unless away too: then the cover's cover, and so on."""
    asked: set[str] = set()
    while part.there:
        person = part.chain[-1]
        now = [off for off in away.get(person, ()) if off.start <= part.start < off.end]
        if not now:
            return
        asked.add(person)
        cover = next((off.cover for off in reversed(now) if off.cover), None)
        if cover is None or cover in asked:
            part.there = False
            part.steps += (Step("time_off", f"{person} is away, and nobody covers."),)
        else:
            part.chain += (cover,)
            part.steps += (Step("time_off", f"{person} is away, and {cover} covers.", cover),)


def _swap(part: Slot, swaps: list[Swap]) -> None:
    """A swap is of whose shift it is, by the rules or by a swap before, away or not; or of who covers it."""
    owner = part.chain[0] if part.chain else None
    for swap in swaps:
        covering = part.chain[-1] if part.there else None
        if swap.giver not in (owner, covering):
            continue
        owner = swap.taker if swap.giver == owner else owner
        _put(part, swap.giver, swap.taker)
        part.swapped += (swap,)
        part.steps += (Step("swap", f"{swap.taker} has it from {swap.giver} by a swap.", swap.taker),)


def _override(part: Slot, made: Made) -> None:
    override, target = made.override, made.override.instead_of
    if override.kind is OverrideKind.REPLACE and override.person and target in part.chain:
        _put(part, target, override.person)
        said = f"An override puts {override.person} in the place of {target}."
        part.steps += (Step("override", said, override.person),)
    elif override.kind is OverrideKind.REMOVE and part.there and part.chain[-1] == target:
        part.there = False
        part.steps += (Step("override", f"An override takes {target} off."),)


def _put(part: Slot, giver: str, taker: str) -> None:
    """In the chain, `taker` follows on `giver`; whoever had come in the giver's place goes."""
    part.chain = (*part.chain[: part.chain.index(giver) + 1], taker)
    part.there, part.closed = True, False


def _swaps(slot: Slot, exceptions: Exceptions) -> list[Swap]:
    found = exceptions.swaps.touching(slot.start, slot.end)
    if slot.day in exceptions.dated:
        found += exceptions.dated[slot.day]
    return sorted(found, key=lambda swap: swap.made_at)


def _away(slot: Slot, exceptions: Exceptions) -> dict[str, list[TimeOff]]:
    """The time off of everybody who may come into it: whom the rules call, who covers them, who covers those."""
    found: dict[str, list[TimeOff]] = {}
    asked = list(slot.chain[:1]) if slot.there else []
    while asked:
        person = asked.pop()
        timeline = exceptions.away.get(person)
        offs = timeline.touching(slot.start, slot.end) if timeline and person not in found else None
        if offs:
            found[person] = offs
            asked += [off.cover for off in offs if off.cover]
    return found
