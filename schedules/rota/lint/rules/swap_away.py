"""Somebody took a shift by a swap for a time in which they are away. The swap counts; they should know."""

from collections.abc import Iterator

from schedules.rota import spans
from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Seen, Severity
from schedules.rota.model import Swap

ID = "swap-away"


def check(seen: Seen) -> Iterator[Finding]:
    for swap in seen.rota.swaps:
        away = [(off.start, off.end) for off in seen.rota.time_off if off.person == swap.taker]
        for start, end in _taken(seen, swap) if away else ():
            hours = model.hours(start, end, seen.zone(swap.region))
            if any(spans.overlap((start, end), off) for off in away):
                yield Finding(
                    Severity.WARNING,
                    ID,
                    f"{swap.taker} has time off and still works for {swap.giver} as {swap.role} of "
                    f"{seen.called(swap.region)} on {model.day(start)} {hours}: a swap is stronger.",
                    f"Ask {swap.taker} whether they know, or swap again.",
                    start,
                    end,
                    1,
                    (swap.region,),
                    (swap.taker, swap.giver),
                )


def _taken(seen: Seen, swap: Swap) -> Iterator[spans.Span]:
    """What the taker has in the giver's place, as the schedule says."""
    for shift in seen.actual.shifts:
        if (shift.region, shift.role, shift.person) == (swap.region, swap.role, swap.taker):
            inside = spans.overlap((shift.start, shift.end), (swap.start, swap.end))
            if inside:
                yield inside
