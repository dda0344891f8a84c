"""Time off and overrides from a calendar file: all of it in one transaction, or nothing; twice is once.

A row remembers the event's UID, so that a later export of the same calendar changes what was moved and takes back what
was cancelled. An event that is merely missing from a later file is left alone: calendars are exported for a year, for a
month, by one person or by another. What a person took back in Slack is not brought back by a file.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.calendars import whom
from bot.calendars.whom import As, Asked, Wish
from bot.clock import Clock
from bot.directory.model import Directory
from bot.roster.service import Roster
from bot.roster.tables import OverrideRow, TimeOffRow
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.ical import read
from schedules.rota.ical.lines import Problem
from schedules.rota.model import Gap, Override, OverrideKind, Rota, TimeOff

AHEAD = timedelta(days=400)
BY = "calendar import"
Row = TimeOffRow | OverrideRow


class Verb(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    SAME = "same"
    """There already, as it is."""
    TAKEN_BACK = "taken back"
    """A person cancelled it; it stays so."""


@dataclass(frozen=True)
class Step:
    verb: Verb
    wish: Wish
    instead_of: tuple[str, ...] = ()
    """Whom an override replaces: all who have the role then."""


@dataclass(frozen=True)
class Plan:
    """What a file asks for. With problems nothing is done; `gaps` are those that it opens."""

    what: As
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    past: int = 0
    gaps: tuple[Gap, ...] = ()
    written: bool = field(default=False)

    @property
    def changes(self) -> bool:
        return any(step.verb in (Verb.ADD, Verb.CHANGE, Verb.REMOVE) for step in self.steps)


class Imports:
    def __init__(self, db: Database, clock: Clock, directory: Callable[[], Directory], roster: Roster) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster

    async def plan(self, data: bytes, asked: Asked) -> Plan:
        """What would be done. Writes nothing."""
        wishes, problems, past = self._wishes(data, asked)
        if problems:
            return Plan(asked.what, problems=problems)
        async with self._db.read() as tx:
            rota = await self._roster.rota_as_it_stands(tx)
            steps = _steps(asked.what, wishes, await _rows(tx, asked.what), rota)
        return Plan(asked.what, steps, past=past, gaps=_opened(asked.what, steps, rota))

    async def write(self, data: bytes, asked: Asked) -> Plan:
        """Does it, looked at anew in the transaction that writes."""
        wishes, problems, past = self._wishes(data, asked)
        if problems:
            return Plan(asked.what, problems=problems)
        async with self._db.write() as tx:
            rota = await self._roster.standing.alone(tx)
            rows = await _rows(tx, asked.what)
            steps = _steps(asked.what, wishes, rows, rota)
            plan = Plan(asked.what, steps, past=past, written=True)
            if plan.changes:
                for step in steps:
                    _apply(tx, asked.what, step, rows, self._clock.now())
                await self._roster.standing.changed(tx)
        return replace(plan, gaps=_opened(asked.what, steps, rota))

    def _wishes(self, data: bytes, asked: Asked) -> tuple[list[Wish], tuple[Problem, ...], int]:
        now, directory = self._clock.now(), self._directory()
        given = read.events(data, now, now + AHEAD, asked.zone)
        problems, wishes, past = list(given.problems), [], 0
        for found in given.found:
            try:
                wish = whom.wish(found, asked, directory)
            except ValueError as error:
                problems.append(Problem(found.line, str(error)))
                continue
            if wish.end <= now:
                past += 1
            elif wish.start < now + AHEAD:
                wishes.append(wish)
        return wishes, tuple(dict.fromkeys(sorted(problems, key=lambda p: (p.line, p.text)))), past


def _source(what: As, wish: Wish, *, whole: bool) -> str:
    """Of a row: the event (`whole`: as it is now)."""
    event = f"ics/{what}/{hashlib.sha256(f'{wish.person}|{wish.key}'.encode()).hexdigest()[:32]}/"
    if not whole:
        return event
    said = [wish.start.isoformat(), wish.end.isoformat()]
    said += [wish.region, str(wish.role)] if what is As.OVERRIDE else []
    return event + hashlib.sha256("|".join(said).encode()).hexdigest()[:12]


async def _rows(tx: AsyncSession, what: As) -> list[Row]:
    start = f"ics/{what}/"
    if what is As.TIME_OFF:
        return [*(await tx.scalars(select(TimeOffRow).where(col(TimeOffRow.source).startswith(start)))).all()]
    return [*(await tx.scalars(select(OverrideRow).where(col(OverrideRow.source).startswith(start)))).all()]


def _steps(what: As, wishes: Iterable[Wish], rows: list[Row], rota: Rota) -> tuple[Step, ...]:
    steps = []
    for wish in wishes:
        event, now = _source(what, wish, whole=False), _source(what, wish, whole=True)
        mine = [row for row in rows if row.source.startswith(event)]
        live = [row for row in mine if row.cancelled_at is None]
        if wish.cancelled:
            steps += [Step(Verb.REMOVE, wish)] if live else []
        elif any(row.source.startswith(now) for row in live):
            steps.append(Step(Verb.SAME, wish))
        elif any(row.cancelled_by not in (None, BY) for row in mine):
            steps.append(Step(Verb.TAKEN_BACK, wish))
        else:
            instead = _replaced(wish, rota) if what is As.OVERRIDE else ()
            steps.append(Step(Verb.CHANGE if live else Verb.ADD, wish, instead))
    return tuple(steps)


def _replaced(wish: Wish, rota: Rota) -> tuple[str, ...]:
    """Who is called for then: also who is away, because that is what an override is for."""
    shifts = resolve.resolve(replace(rota, time_off=()), wish.start, wish.end).shifts
    here = [s.person for s in shifts if (s.region, s.role) == (wish.region, wish.role)]
    return tuple(dict.fromkeys(person for person in here if person != wish.person))


def _apply(tx: AsyncSession, what: As, step: Step, rows: list[Row], now: datetime) -> None:
    if step.verb in (Verb.SAME, Verb.TAKEN_BACK):
        return
    event = _source(what, step.wish, whole=False)
    for row in rows:
        if row.source.startswith(event) and row.cancelled_at is None:
            row.cancelled_at, row.cancelled_by = now, BY
    if step.verb is Verb.REMOVE:
        return
    known = {row.source: row for row in rows}
    for made in _made(what, step, now):
        if old := known.get(made.source):
            old.cancelled_at, old.cancelled_by, old.made_at = None, None, now
            if isinstance(old, OverrideRow) and isinstance(made, OverrideRow):
                old.kind, old.instead_of = made.kind, made.instead_of
        else:
            tx.add(made)


def _made(what: As, step: Step, now: datetime) -> list[Row]:
    wish, source = step.wish, _source(what, step.wish, whole=True)
    if what is As.TIME_OFF:
        row = TimeOffRow(source=source, person=wish.person, start=wish.start, end=wish.end, made_at=now, made_by=BY)
        return [row]
    return [
        OverrideRow(
            source=f"{source}/{number}",
            batch=source,
            region=override.region,
            role=str(override.role),
            kind=str(override.kind),
            person=override.person,
            instead_of=override.instead_of,
            start=override.start,
            end=override.end,
            reason=wish.summary,
            made_at=now,
            made_by=BY,
        )
        for number, override in enumerate(_overrides(step, now))
    ]


def _overrides(step: Step, now: datetime) -> list[Override]:
    """One for each who is replaced; where nobody is, the person comes."""
    wish = step.wish
    kind = OverrideKind.REPLACE if step.instead_of else OverrideKind.ADD
    return [
        Override(wish.region, wish.role, kind, wish.start, wish.end, wish.person, instead, now)
        for instead in step.instead_of or (None,)
    ]


def _opened(what: As, steps: tuple[Step, ...], rota: Rota) -> tuple[Gap, ...]:
    """The gaps that there would not be without it."""
    new = [step for step in steps if step.verb in (Verb.ADD, Verb.CHANGE)]
    if not new:
        return ()
    start, end = min(s.wish.start for s in new), max(s.wish.end for s in new)
    if what is As.TIME_OFF:
        away = tuple(TimeOff(s.wish.person, s.wish.start, s.wish.end) for s in new)
        after = replace(rota, time_off=rota.time_off + away)
    else:
        after = replace(rota, overrides=rota.overrides + tuple(o for s in new for o in _overrides(s, start)))
    there = resolve.resolve(rota, start, end).gaps
    found = resolve.resolve(after, start, end).gaps
    return tuple(gap for gap in found if not any(_same(gap, old) for old in there))


def _same(gap: Gap, other: Gap) -> bool:
    return (gap.region, gap.role, gap.start, gap.end) == (other.region, other.role, other.start, other.end)
