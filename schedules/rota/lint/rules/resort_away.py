"""The last resort of every page has time off. They are paged all the same: there is nobody after them."""

from collections.abc import Iterator

from schedules.rota import spans
from schedules.rota.lint import model
from schedules.rota.lint.model import Finding, Seen, Severity

ID = "resort-away"


def check(seen: Seen) -> Iterator[Finding]:
    for person in seen.people.values():
        offs = [(off.start, off.end) for off in seen.rota.time_off if off.person == person.id and person.last_resort]
        away = [inside for off in sorted(offs) if (inside := spans.overlap(off, (seen.start, seen.end)))]
        if away:
            start, end = away[0]
            yield Finding(
                Severity.WARNING,
                ID,
                f"{person.id} is the last resort of every page and has time off {model.often(len(away))}, the first "
                f"from {model.day(start)}: they are paged all the same.",
                "Write somebody else as `escalation.last_resort` for that time, or ask whether they know.",
                start,
                end,
                len(away),
                (),
                (person.id,),
            )
