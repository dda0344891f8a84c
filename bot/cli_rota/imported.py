"""What an import did or would do, as the terminal shows it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.calendars.importing import Plan, Step, Verb
from bot.calendars.whom import As
from bot.cli_rota.names import Names, between
from bot.cli_rota.sources import Source
from schedules.rota.model import Gap

MOST_PROBLEMS = 40
WORDS = {Verb.ADD: "+", Verb.CHANGE: "~", Verb.REMOVE: "-", Verb.TAKEN_BACK: "!"}


@dataclass(frozen=True)
class Row:
    mark: str
    person: str
    when: str
    note: str


def text_values(source: Source, file: Path, plan: Plan) -> dict[str, Any]:
    known = Names(source.directory)
    shown = [f"{file}:{p.line}: {p.text}" if p.line else f"{file}: {p.text}" for p in plan.problems[:MOST_PROBLEMS]]
    return {
        "file": str(file),
        "plan": plan,
        "problems": shown,
        "more": len(plan.problems) - len(shown),
        "rows": [_row(step, plan.what, known) for step in plan.steps if step.verb is not Verb.SAME],
        "gaps": [_gap(gap, known) for gap in plan.gaps],
        "counts": _counts(plan),
    }


def _row(step: Step, what: As, known: Names) -> Row:
    wish = step.wish
    notes = [f"“{wish.summary}”"] if wish.summary else []
    if what is As.OVERRIDE:
        instead = " and ".join(known.person(p) for p in step.instead_of)
        added = ", where the rules call for nobody" if step.verb in (Verb.ADD, Verb.CHANGE) else ""
        what_then = f" instead of {instead}" if instead else added
        notes.insert(0, f"{wish.role} in {known.region(wish.region)}{what_then}")
    if step.verb is Verb.TAKEN_BACK:
        notes.append("was taken back by a person, and stays so")
    when = _span(wish.start, wish.end, known.home(wish.person))
    return Row(WORDS[step.verb], known.person(wish.person), when, ", ".join(notes))


def _span(start: datetime, end: datetime, zone: str) -> str:
    """Whole days by their dates, the last one in it; else hours."""
    local, until = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, until.hour, until.minute) != (0, 0, 0, 0):
        return between(start, end, zone)
    last = until.date().fromordinal(until.date().toordinal() - 1)
    return f"{local:%a %d %b %Y}" if last == local.date() else f"{local:%a %d %b} to {last:%a %d %b %Y}"


def _gap(gap: Gap, known: Names) -> str:
    return f"{known.region(gap.region)}, {gap.role}: {between(gap.start, gap.end, known.zone(gap.region))}"


def _counts(plan: Plan) -> str:
    counted = Counter(step.verb for step in plan.steps)
    words = {Verb.ADD: "new", Verb.CHANGE: "changed", Verb.REMOVE: "cancelled", Verb.SAME: "there already"}
    said = [f"{counted[verb]} {word}" for verb, word in words.items() if counted[verb]]
    said += [f"{plan.past} in the past, left out"] if plan.past else []
    return ", ".join(said) or "nothing in it from now on"
