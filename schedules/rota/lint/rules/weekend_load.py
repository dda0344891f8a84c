"""A region's weekends fall on some more than on others, by the ledger of `fairness`."""

from collections.abc import Iterator
from datetime import timedelta

from schedules.rota import fairness
from schedules.rota.fairness import Load
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "weekend-load"


def check(seen: Seen) -> Iterator[Finding]:
    limit = seen.limits.weekend_uneven / timedelta(hours=1)
    loads = fairness.ledger(seen.rota, seen.start, seen.end)
    for region in seen.rota.regions:
        uneven = sorted((x for x in loads if x.region == region.id and abs(x.over) > limit), key=lambda x: -x.over)
        if uneven:
            yield Finding(
                Severity.WARNING,
                ID,
                f"The weekends of {seen.called(region.id)} are not even: {', '.join(_said(load) for load in uneven)}.",
                "Put those with too few first in the weekend's rotation, or swap.",
                seen.start,
                seen.end,
                1,
                (region.id,),
                tuple(load.person for load in uneven),
            )


def _said(load: Load) -> str:
    return f"{load.person} has {load.hours:.0f} h, {abs(load.over):.0f} h {'above' if load.over > 0 else 'below'} fair"
