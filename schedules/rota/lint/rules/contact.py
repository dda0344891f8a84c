"""Somebody will be paged and has no contact outside Slack, where Do Not Disturb silences the page."""

from collections.abc import Iterator

from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "contact"


def check(seen: Seen) -> Iterator[Finding]:
    """Who is neither on duty in the window nor named by an escalation policy is not paged, and may do without."""
    for person in seen.people.values():
        if person.reachable:
            continue
        mine = [shift for shift in seen.actual.shifts if shift.person == person.id]
        if not mine and not person.last_resort and not person.asked:
            continue
        why = [f"is on duty {model.often(len(mine))}"] if mine else []
        why += ["is the last resort of every page"] if person.last_resort else []
        why += ["is named by an escalation policy"] if person.asked else []
        yield Finding(
            Severity.WARNING,
            ID,
            f"{person.id} {' and '.join(why)}, and cannot be reached outside Slack, where Do Not Disturb silences "
            "pages.",
            f"Write a contact for {person.id}.",
            mine[0].start if mine else seen.start,
            mine[0].end if mine else seen.end,
            max(1, len(mine)),
            tuple(dict.fromkeys(shift.region for shift in mine)),
            (person.id,),
        )
