"""A swap of a shift that its giver no longer has: the roster moved, and both should be told."""

from collections.abc import Iterator

from schedules.rota import swaps
from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "swap-void"


def check(seen: Seen) -> Iterator[Finding]:
    for void in swaps.void(seen.rota):
        swap = void.swap
        if swap.end <= seen.start or swap.start >= seen.end:
            continue
        yield Finding(
            Severity.WARNING,
            ID,
            f"The swap of {swap.giver} with {swap.taker} as {swap.role} of {seen.called(swap.region)} on "
            f"{model.day(swap.start)} is void: {swap.giver} has no such shift.",
            "Take it back, or swap the shift that is meant.",
            swap.start,
            swap.end,
            1,
            (swap.region,),
            (swap.giver, swap.taker),
        )
