"""What rotations, rules and temporary schedules say that cannot be: turns without length, dates in the wrong order.

Works on what YAML gave. A value that is not right in itself is passed over; the schema reports it.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, TypeVar

from bot.config import raw, values
from bot.config.raw import Item, Problem
from bot.config.yaml_lines import Document, Path

T = TypeVar("T")
UNITS = ("hours", "days", "weeks")
ROLES = frozenset({"primary", "secondary", "weekend", "manager"})


def problems(document: Document) -> Iterator[Problem]:
    """Each with the path it stands at."""
    data = document.data
    for path, rotation in raw.items(data, "rotations"):
        yield from _length(path, rotation)
        yield from _advances(path, rotation)
        yield from _edits(document, path, rotation)
    for path, rule in raw.items(data, "rules"):
        yield from _dates(path, rule)
    yield from _holidays(data)
    for path, temporary in raw.items(data, "temporary"):
        yield from _temporary(path, temporary)
    yield from _overlapping(document)


def at_once(one: Item, other: Item) -> bool:
    """Whether there are dates on which both rules count."""
    first, last = date.min, date.max
    since = [_day(rule.get("from")) or first for rule in (one, other)]
    until = [_day(rule.get("until")) or last for rule in (one, other)]
    return max(since) < min(until)


def _length(path: Path, item: Item) -> Iterator[Problem]:
    length = raw.at(item, "length")
    if isinstance(length, dict) and not any(length.get(unit) for unit in UNITS):
        yield (*path, "length"), "`length`: a turn lasts an hour at least; write {weeks: 1}, {days: 1} or {hours: 12}"


def _advances(path: Path, rotation: Item) -> Iterator[Problem]:
    length = raw.mapping(rotation, "length")
    lasts = {unit: length[unit] for unit in UNITS if length.get(unit)}
    if rotation.get("advances_on") is not None and lasts and lasts != {"days": 1}:
        said = "only a turn of one day chooses the weekdays on which the next begins"
        yield (*path, "advances_on"), f"`advances_on`: {said}; write length: {{days: 1}}, or leave it out"


def _edits(document: Document, path: Path, rotation: Item) -> Iterator[Problem]:
    seen: dict[date, Path] = {}
    for inner, edit in raw.items(rotation, "edits"):
        where = (*path, *inner)
        yield from _length(where, edit)
        if not any(edit.get(option) for option in ("people", "length", "start")):
            yield where, "`edits`: this changes nothing; write what is new: `people`, `length` or `start`"
        since, start = _day(edit.get("from")), _day(edit.get("start"))
        if since is None:
            continue
        if start and start > since:
            said = f"from {since} on there would be nobody until {start}"
            yield (*where, "start"), f"`start`: {said}; write from: {start}, or an earlier start"
        if since in seen:
            line = document.line(seen[since])
            yield (*where, "from"), f"`from`: line {line} edits this rotation from {since} too; write one edit for both"
        seen.setdefault(since, where)


def _dates(path: Path, rule: Item) -> Iterator[Problem]:
    since, until = _day(rule.get("from")), _day(rule.get("until"))
    if since and until and since >= until:
        said = f"this rule begins on {since} and counts no more from {until} on"
        yield (*path, "until"), f"`until`: {said}; write a date after `from`"
    if rule.get("holiday_day") is not None and rule.get("on_holiday") != "weekend":
        said = "no other day's rule takes the place of this one"
        yield (*path, "holiday_day"), f"`holiday_day`: {said}; write on_holiday: weekend, or leave it out"


def _holidays(data: Any) -> Iterator[Problem]:
    """A rule that steps aside on holidays needs to know them, and what comes in its place."""
    known = {raw.word(region, "id") for _, region in raw.items(data, "regions") if region.get("holidays")}
    weekends: dict[str | None, set[str]] = {}
    for _, rule in raw.items(data, "rules"):
        if rule.get("role") == "weekend":
            weekends.setdefault(raw.word(rule, "region"), set()).update(day for _, day in raw.words(rule, "weekdays"))
    for path, rule in raw.items(data, "rules"):
        region, wanted = raw.word(rule, "region"), rule.get("on_holiday")
        day = raw.word(rule, "holiday_day") or "sun"
        if wanted in ("skip", "weekend") and region not in known:
            said = f"the region `{region}` has no `holidays`; write its country there"
            yield (*path, "on_holiday"), f"`on_holiday`: {said}"
        elif wanted == "weekend" and day not in weekends.get(region, set()):
            said = f"`{region}` has no rule with the role weekend for {day}; write one, or skip"
            yield (*path, "on_holiday"), f"`on_holiday`: {said}"


def _temporary(path: Path, temporary: Item) -> Iterator[Problem]:
    whole = _span(temporary)
    if whole and whole[0] >= whole[1]:
        yield (*path, "end"), f"`end`: {whole[1]:%Y-%m-%d %H:%M} is not after the start; write a later one"
        return
    listed = {role for _, role in raw.words(temporary, "roles")}
    for inner, shift in raw.items(temporary, "shifts"):
        where, span, role = (*path, *inner), _span(shift), raw.word(shift, "role")
        if listed and role in ROLES and role not in listed:
            said = f"this schedule leaves {role} as it is; write it in `roles`, or another role"
            yield (*where, "role"), f"`role`: {said}"
        if span and span[0] >= span[1]:
            yield (*where, "end"), f"`end`: {span[1]:%Y-%m-%d %H:%M} is not after the start; write a later one"
        elif span and whole and not whole[0] <= span[0] < span[1] <= whole[1]:
            said = f"this is not within the schedule's {whole[0]:%Y-%m-%d %H:%M} to {whole[1]:%Y-%m-%d %H:%M}"
            yield where, f"`shifts`: {said}; shorten it, or lengthen the schedule"


def _overlapping(document: Document) -> Iterator[Problem]:
    """Which of two that say \"this week is exactly this\" would count?"""
    seen: list[tuple[Path, Item, tuple[datetime, datetime], set[str]]] = []
    for path, temporary in raw.items(document.data, "temporary"):
        span = _span(temporary)
        if span is None or span[0] >= span[1]:
            continue
        roles = {role for _, role in raw.words(temporary, "roles")} or set(ROLES)
        for earlier, other, (start, end), others in seen:
            same = raw.word(temporary, "region") == raw.word(other, "region") and roles & others
            if same and span[0] < end and start < span[1]:
                said = f"from {max(span[0], start):%Y-%m-%d %H:%M} on that of line {document.line(earlier)} counts too"
                yield path, f"`temporary`: {said}; let one end where the other begins, or list other `roles`"
        seen.append((path, temporary, span, roles))


def _span(item: Item) -> tuple[datetime, datetime] | None:
    start, end = _read(values.local, item.get("start")), _read(values.local, item.get("end"))
    return (start, end) if start and end else None


def _day(value: object) -> date | None:
    return _read(values.day, value)


def _read(kind: Callable[[object], T], value: object) -> T | None:
    try:
        return kind(value) if value is not None else None
    except ValueError:
        return None
