"""An iCalendar file → events with starts and ends, or what is wrong with it, line by line. Pure.

The file is somebody's: it may be damaged, endless or hostile. Every event is parsed by itself, so that one that is
broken hides no other; repetitions are followed inside the window only (`recurrence`); and the library's errors end
here. Who an event is about, and what an all-day event means in their zone, is decided by whoever asked.
"""

import hashlib
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import icalendar
import recurring_ical_events

from schedules.rota.ical import lines, recurrence, zones
from schedules.rota.ical.lines import Block, Line, Problem

MOST_BYTES = 4_000_000
MOST_STEPS = 200_000
"""Of all rules together."""
MOST_FOUND = 2_000
LONGEST = timedelta(days=366)
YEARS = range(1900, 2200)
_TZID = re.compile(r';TZID=("[^"]*"|[^";:,]*)', re.IGNORECASE)
_TIMES = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "RDATE", "EXDATE"})


@dataclass(frozen=True)
class Found:
    """An occurrence. All-day ones have dates, `end` excluded; others aware times. `key` is the same in every export."""

    key: str
    line: int
    summary: str
    start: date | datetime
    end: date | datetime
    cancelled: bool
    mentioned: tuple[str, ...]
    """What may name a person: ids, names, mail addresses of who is invited."""
    region: str = ""
    role: str = ""
    person: str = ""
    """Of an export of Heliograph's own: ids."""

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)


@dataclass(frozen=True)
class Read:
    found: tuple[Found, ...]
    problems: tuple[Problem, ...]


def events(data: bytes, since: datetime, until: datetime, zone: str = "") -> Read:
    """What touches `[since, until)`. `zone` is for times that name none; the file may say it too (X-WR-TIMEZONE)."""
    if len(data) > MOST_BYTES:
        return Read((), (Problem(0, f"this is larger than {MOST_BYTES:,} bytes; export fewer events"),))
    file = lines.read(data)
    return _Reader(file, since, until, zone or file.zone).read()


class _Reader:
    def __init__(self, file: lines.File, since: datetime, until: datetime, zone: str) -> None:
        self._file, self._since, self._until = file, since, until
        self._zone = zones.iana(zone) if zone else None
        self._problems = list(file.problems)
        self._steps = 0

    def read(self) -> Read:
        groups: dict[str, list[tuple[Block, Any]]] = {}
        for block in self._file.blocks:
            try:
                event = self._event(block)
            except ValueError as error:
                self._problems.append(Problem(block.line, str(error)))
                continue
            groups.setdefault(_uid(block), []).append((block, event))
        found: list[Found] = []
        for uid, group in groups.items():
            found += self._occurrences(uid, group)
            if len(found) > MOST_FOUND:
                self._problems.append(Problem(0, f"there are more than {MOST_FOUND:,} events; export fewer"))
                break
        found.sort(key=lambda f: (f.line, f.start.isoformat()))
        return Read(tuple(found), tuple(sorted(set(self._problems), key=lambda p: (p.line, p.text))))

    def _event(self, block: Block) -> Any:
        """Raises `ValueError` with what is wrong."""
        if block.first("DTSTART") is None:
            raise ValueError("this event has no start (DTSTART)")
        if block.first("EXRULE") is not None:
            raise ValueError("it has an EXRULE, which is not followed; name the dates as EXDATE")
        for name in ("RDATE", "EXDATE"):
            if sum(line.value.count(",") + 1 for line in block.lines if line.name == name) > recurrence.MOST_DATES:
                raise ValueError(f"it has more than {recurrence.MOST_DATES:,} {name}s")
        event = self._parsed([_in_zone(line) for line in block.lines if line.name != "RRULE"])
        if "DTSTART" not in event:
            raise ValueError("its start (DTSTART) cannot be read")
        self._checked(event)
        for line in block.lines:
            if line.name == "RRULE":
                rule = self._bounded(line.value, event["DTSTART"].dt)
                event.add("rrule", _recur(rule))
        return event

    def _parsed(self, block: Iterable[Line]) -> Any:
        text = "".join(f"{line.name}{line.parameters}:{line.value}\r\n" for line in block)
        try:
            event: Any = icalendar.Event.from_ical(f"BEGIN:VEVENT\r\n{text}END:VEVENT\r\n")
        except Exception as error:
            raise ValueError(f"this event cannot be read: {str(error)[:80]}") from error
        for name, _ in event.errors:
            if name in _TIMES or name in ("DURATION", "SEQUENCE"):
                raise ValueError(f"its {name} cannot be read: {_said(event, name)}")
        for name in ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"):
            if isinstance(event.get(name), list):
                raise ValueError(f"it has more than one {name}")
        return event

    def _checked(self, event: Any) -> None:
        for name in _TIMES:
            for given in _times(event, name):
                if not isinstance(given, date) or given.year not in YEARS:
                    raise ValueError(f"its {name} is {str(given)[:30]}, which is not believable")
                if isinstance(given, datetime) and given.tzinfo is None and self._zone is None:
                    raise ValueError(f"its {name} has no zone; say which one with --zone, such as Europe/Berlin")
        self._in_a_zone(event)
        start, end = event["DTSTART"].dt, _end(event)
        if type(start) is not type(end):
            raise ValueError("it starts with a day and ends with a time, or the other way round")
        if end.year not in YEARS:
            raise ValueError(f"it ends in {end.year}, which is not believable")
        if end < start:
            raise ValueError("it ends before it starts (DTEND, DTSTART)")
        if end == start and isinstance(start, datetime):
            raise ValueError("it has no length: neither DTEND nor DURATION")
        if end - start > LONGEST:
            raise ValueError("it is longer than a year")

    def _in_a_zone(self, event: Any) -> None:
        """Times that name no zone are in the one that was given."""
        for name in _TIMES:
            given = event.get(name)
            if self._zone and given is not None and any(_floating(t) for t in _times(event, name)):
                raw = given if isinstance(given, list) else [given]
                values = [self._zoned(t) for one in raw for t in _values(one)]
                del event[name]
                event.add(name, values if name in ("RDATE", "EXDATE") else values[0])

    def _zoned(self, given: Any) -> Any:
        return given.replace(tzinfo=zones.zone(str(self._zone))) if _floating(given) else given

    def _bounded(self, rule: str, start: date | datetime) -> str:
        made, steps = recurrence.bounded(rule, start, self._until)
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise ValueError("all repetitions together are too many to follow; export fewer events")
        return made

    def _occurrences(self, uid: str, group: list[tuple[Block, Any]]) -> Iterator[Found]:
        calendar = icalendar.Calendar()
        for block, event in group:
            event["X-LINE"] = str(block.line)
            calendar.add_component(event)
        margin = timedelta(days=2)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # COUNT beside our UNTIL
                made = recurring_ical_events.of(calendar).between(self._since - margin, self._until + margin)
            repeats = any(block.first(name) for block, _ in group for name in ("RRULE", "RDATE", "RECURRENCE-ID"))
            return iter([_found(uid, one, repeats=repeats) for one in made])
        except Exception as error:
            text = f"its repetitions cannot be followed: {str(error)[:80]}"
            self._problems.append(Problem(group[0][0].line, text))
            return iter(())


def _recur(rule: str) -> Any:
    try:
        return icalendar.vRecur.from_ical(rule)
    except Exception as error:
        raise ValueError(f"its rule cannot be read: {str(error)[:80]}") from error


def _in_zone(line: Line) -> Line:
    """With the IANA name of its zone. Raises `ValueError` on a zone that nobody knows."""
    match = _TZID.search(line.parameters) if line.name in _TIMES else None
    if match is None:
        return line
    if line.value.strip().upper().endswith("Z"):
        return Line(line.number, line.name, _TZID.sub("", line.parameters), line.value)
    known = zones.iana(match[1])
    if known is None:
        raise ValueError(f"its {line.name} is in the zone {match[1][:60]}, which is not known")
    return Line(line.number, line.name, _TZID.sub(f";TZID={known}", line.parameters), line.value)


def _uid(block: Block) -> str:
    """Few programs leave it out; then what the event says is its name."""
    said = "|".join(block.value(name) for name in ("DTSTART", "DTEND", "DURATION", "SUMMARY"))
    return block.value("UID") or hashlib.sha256(said.encode()).hexdigest()


def _end(event: Any) -> Any:
    """A day without an end is that day, as are days that end where they begin."""
    start = event["DTSTART"].dt
    if event.get("DTEND") is not None:
        end = event["DTEND"].dt
    elif event.get("DURATION") is not None:
        length = event["DURATION"].dt
        try:
            end = start + length
        except OverflowError:
            raise ValueError("its DURATION leads beyond the calendar") from None
    else:
        end = start
    if end == start and not isinstance(start, datetime):
        event.pop("DURATION", None)
        event.pop("DTEND", None)
        event.add("dtend", start + timedelta(days=1))
        return start + timedelta(days=1)
    return end


def _times(event: Any, name: str) -> list[Any]:
    given = event.get(name)
    return [] if given is None else [t for one in (given if isinstance(given, list) else [given]) for t in _values(one)]


def _values(given: Any) -> list[Any]:
    """The times in a property; of a period (RDATE) its start."""
    found = [d.dt for d in given.dts] if hasattr(given, "dts") else [given.dt]
    return [one[0] if isinstance(one, tuple) else one for one in found]


def _floating(given: Any) -> bool:
    return isinstance(given, datetime) and given.tzinfo is None


def _said(event: Any, name: str) -> str:
    return str(event.get(name, ""))[:40]


def _found(uid: str, event: Any, *, repeats: bool) -> Found:
    """An event that does not repeat is known by its UID alone, so that it may move."""
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    original = event["RECURRENCE-ID"].dt if event.get("RECURRENCE-ID") is not None else start
    name = f"{uid}|{original.isoformat()}" if repeats else uid
    return Found(
        key=hashlib.sha256(name.encode()).hexdigest()[:32],
        line=int(event["X-LINE"]),
        summary=" ".join(str(event.get("SUMMARY", "")).split())[:200],
        start=start,
        end=end,
        cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
        mentioned=tuple(_mentioned(event)),
        region=str(event.get("X-HELIOGRAPH-REGION", "")),
        role=str(event.get("X-HELIOGRAPH-ROLE", "")),
        person=str(event.get("X-HELIOGRAPH-PERSON", "")),
    )


def _mentioned(event: Any) -> Iterator[str]:
    for name in ("ATTENDEE", "ORGANIZER"):
        given = event.get(name, [])
        for one in given if isinstance(given, list) else [given]:
            yield str(one.params.get("CN", ""))
            yield re.sub(r"(?i)^mailto:", "", str(one))
