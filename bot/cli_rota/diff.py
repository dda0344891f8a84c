"""`heliograph rota diff`: two roster files, and whom the difference moves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cli_rota import names
from bot.cli_rota.names import Names
from bot.cli_rota.sources import Source
from bot.cli_rota.window import Window
from schedules.rota import diff as core
from schedules.rota.diff import Change, LeadChange, Moved
from schedules.rota.model import Gap

SHOWN = 6
"""So many of a kind are listed for people, and the rest counted; `--json` has all."""


@dataclass(frozen=True)
class Compared:
    """What machines get."""

    old: str
    new: str
    start: datetime
    end: datetime
    differs: bool
    changes: tuple[Change, ...]
    lead: tuple[LeadChange, ...]
    gaps_opened: tuple[Gap, ...]
    gaps_closed: tuple[Gap, ...]


@dataclass(frozen=True)
class Person:
    """What one person gains and loses, in their own local time."""

    name: str
    said: str
    lines: tuple[str, ...]


def compare(old: Source, new: Source, window: Window) -> Compared:
    found = core.diff(old.rota, new.rota, window.start, window.end)
    return Compared(
        old.said[0],
        new.said[0],
        window.start,
        window.end,
        found.differs,
        found.changes,
        found.leads,
        found.opened,
        found.closed,
    )


def text_values(old: Source, new: Source, found: Compared) -> dict[str, Any]:
    """What the template needs."""
    before, after = Names(old.directory), Names(new.directory)
    people = sorted({c.person for c in found.changes})
    known = {p: after if new.directory.person(p) else before for p in people}
    return {
        "found": found,
        "window": names.window(found.start, found.end),
        "people": [_person(known[p], p, [c for c in found.changes if c.person == p]) for p in people],
        "lead": _few([_lead(after, change) for change in found.lead]),
        "opened": _few([_gap(after, gap) for gap in found.gaps_opened]),
        "closed": _few([_gap(before, gap) for gap in found.gaps_closed]),
    }


def _person(known: Names, person: str, changes: list[Change]) -> Person:
    said = []
    for moved, verb in ((Moved.GAINED, "gains"), (Moved.LOST, "loses")):
        hours = names.length((c.start, c.end) for c in changes if c.what is moved)
        count = sum(c.what is moved for c in changes)
        if count:
            said.append(f"{verb} {hours:g} h in {count} {'shift' if count == 1 else 'shifts'}")
    lines = [
        f"{'+' if c.what is Moved.GAINED else '-'} {names.between(c.start, c.end, known.home(person))}  "
        f"{known.region(c.region)} {c.role}"
        for c in changes
    ]
    return Person(known.person(person), "; ".join(said), tuple(_few(lines)))


def _lead(known: Names, change: LeadChange) -> str:
    when = names.between(change.start, change.end, "UTC")
    return f"{when}  {known.region(change.after)}, was {known.region(change.before)}"


def _gap(known: Names, gap: Gap) -> str:
    return f"{names.between(gap.start, gap.end, known.zone(gap.region))}  {known.region(gap.region)} {gap.role}"


def _few(lines: list[str]) -> list[str]:
    return (
        lines
        if len(lines) <= SHOWN + 1
        else [*lines[:SHOWN], f"… and {len(lines) - SHOWN} more, to be seen with --json"]
    )
