"""Somebody is on duty for longer at a stretch than the limit, in whatever roles and regions."""

from collections.abc import Iterator

from schedules.rota.lint import model, stretches
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "long-duty"


def check(seen: Seen) -> Iterator[Finding]:
    limit = seen.limits.longest_duty
    for person, found in stretches.of(seen).items():
        long = [one for one in found if one.end - one.start > limit]
        if not long:
            continue
        many, most = model.often(len(long)), model.length(limit)
        worst = max(long, key=lambda one: one.end - one.start)
        yield Finding(
            Severity.WARNING,
            ID,
            f"{person} is on duty for more than {most} at a stretch {many}, the longest for "
            f"{model.length(worst.end - worst.start)}: {model.day(worst.start)} "
            f"{model.hours(worst.start, worst.end, seen.home(person, worst.regions[0]))}.",
            "Split the shift between two people, or take one of the two roles away.",
            worst.start,
            worst.end,
            len(long),
            worst.regions,
            (person,),
        )
