"""Somebody has less time between two stretches of duty than the limit."""

from collections.abc import Iterator
from itertools import pairwise

from schedules.rota.lint import model, stretches
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "short-rest"


def check(seen: Seen) -> Iterator[Finding]:
    limit = seen.limits.shortest_rest
    for person, found in stretches.of(seen).items():
        short = [(one, other) for one, other in pairwise(found) if other.start - one.end < limit]
        if not short:
            continue
        many, least = model.often(len(short)), model.length(limit)
        one, other = min(short, key=lambda pair: pair[1].start - pair[0].end)
        yield Finding(
            Severity.WARNING,
            ID,
            f"{person} rests for less than {least} between two stretches of duty {many}, the shortest for "
            f"{model.length(other.start - one.end)}: {model.day(one.end)} "
            f"{model.hours(one.end, other.start, seen.home(person, one.regions[0]))}.",
            "Swap one of the two shifts, or let the rotations turn the other way.",
            one.end,
            other.start,
            len(short),
            tuple(dict.fromkeys((*one.regions, *other.regions))),
            (person,),
        )
