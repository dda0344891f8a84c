"""An iCalendar file → its events' properties, each with its line, so that what is wrong can be shown. Pure.

Only what an import needs is kept: attachments, alarms, time-zone definitions and other components fall out here, and
with them most of what is broken in real files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_EVENTS = 5_000
MOST_DEPTH = 8
NEEDED = frozenset(
    {
        "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE",
        "STATUS", "SUMMARY", "ATTENDEE", "ORGANIZER", "X-HELIOGRAPH-PERSON", "X-HELIOGRAPH-REGION", "X-HELIOGRAPH-ROLE",
        "X-HELIOGRAPH-KIND",
    }
)  # fmt: skip
SLOPPY = frozenset({"ATTENDEE", "ORGANIZER"})
"""Many programs forget the quotes there; such a line is passed over."""
_PARAMETER = r'[\w-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*'
_LINE = re.compile(rf"(?P<name>[\w-]+)(?P<parameters>(?:;{_PARAMETER})*):(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """What cannot be read, and what to do about it. Line 0 is the whole file."""

    line: int
    text: str


@dataclass(frozen=True)
class Line:
    number: int
    name: str
    parameters: str
    value: str


@dataclass(frozen=True)
class Block:
    """One VEVENT, which begins at `line`."""

    line: int
    lines: tuple[Line, ...]

    def first(self, name: str) -> Line | None:
        return next((line for line in self.lines if line.name == name), None)

    def value(self, name: str) -> str:
        found = self.first(name)
        return found.value.strip() if found else ""


@dataclass(frozen=True)
class File:
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    zone: str = ""
    """What the calendar says its zone is, for times that name none."""


def read(data: bytes) -> File:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        return File((), (Problem(number, "this is not UTF-8; export the calendar again as UTF-8"),))
    if "\x00" in text or not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        return File((), (Problem(1, "this is no iCalendar file; it would begin with BEGIN:VCALENDAR"),))
    reader = _Reader()
    for number, line in _unfolded(text):
        if not reader.take(number, line):
            break
    return reader.file()


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines (RFC 5545, 3.1) with the number of their first one."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1):
        if line[:1] in (" ", "\t") and parts:
            parts.append(line[1:])
            continue
        if parts:
            yield first, "".join(parts)
        parts, first = [line], number
    if parts:
        yield first, "".join(parts)


class _Reader:
    def __init__(self) -> None:
        self._open: list[tuple[str, int]] = []
        self._lines: list[Line] = []
        self._blocks: list[Block] = []
        self._problems: list[Problem] = []
        self._zone = ""

    def take(self, number: int, text: str) -> bool:
        """→ whether to go on."""
        name = re.split(r"[;:]", text, maxsplit=1)[0].strip().upper()
        if name == "BEGIN":
            return self._begin(number, text)
        if name == "END":
            return self._end(number, text)
        inside = self._open[-1][0] if self._open else ""
        if inside == "VCALENDAR" and name == "X-WR-TIMEZONE":
            self._zone = text.partition(":")[2].strip()
        if inside == "VEVENT" and name in NEEDED:
            self._property(number, name, text)
        return True

    def file(self) -> File:
        if self._open and not self._problems:
            name, line = self._open[-1]
            self._problems.append(Problem(line, f"the file ends inside this {name}; it is not whole"))
        return File(tuple(self._blocks), tuple(self._problems), self._zone)

    def _begin(self, number: int, text: str) -> bool:
        name = text.partition(":")[2].strip().upper()
        if len(self._open) >= MOST_DEPTH:
            return self._stop(number, "components are nested too deeply; is this another kind of file?")
        if name == "VEVENT":
            if len(self._blocks) >= MOST_EVENTS:
                return self._stop(number, f"there are more than {MOST_EVENTS:,} events; export fewer")
            if any(outer == "VEVENT" for outer, _ in self._open):
                return self._stop(number, "this event begins inside another one")
            self._lines = []
        self._open.append((name, number))
        return True

    def _end(self, number: int, text: str) -> bool:
        name = text.partition(":")[2].strip().upper()
        if not self._open or self._open[-1][0] != name:
            inside = f"inside {self._open[-1][0]}, which begins at line {self._open[-1][1]}" if self._open else "alone"
            return self._stop(number, f"END:{name[:20]} stands {inside}; the file is damaged")
        _, began = self._open.pop()
        if name == "VEVENT":
            self._blocks.append(Block(began, tuple(self._lines)))
        return True

    def _property(self, number: int, name: str, text: str) -> None:
        match = _LINE.fullmatch(text)
        if match:
            self._lines.append(Line(number, name, match["parameters"], match["value"]))
        elif name not in SLOPPY:
            self._problems.append(Problem(number, f"this {name} cannot be read"))

    def _stop(self, number: int, text: str) -> bool:
        self._problems.append(Problem(number, text))
        return False
