"""A sheet in words, for who does not see the picture: the same person with the same hours, over days in a row. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.pictures.sheet import Hole, Row, Sheet, Turn

DAY = timedelta(days=1)
LISTED = 8
"""Gaps that are named one by one; a message has an end, and so has patience."""


@dataclass(frozen=True)
class Spell:
    """`start` and `end` are the reader's clock on each of the days; `second` is who has the same days behind them."""

    first: date
    last: date
    start: str
    end: str
    name: str
    role: str
    mark: str = ""
    instead_of: str = ""
    second: str = ""

    @property
    def days(self) -> str:
        """ "Mon 23 – Fri 27 Nov" """
        if self.first == self.last:
            return f"{self.last:%a} {self.last.day} {self.last:%b}"
        month = f" {self.first:%b}" if self.first.month != self.last.month else ""
        return f"{self.first:%a} {self.first.day}{month} – {self.last:%a} {self.last.day} {self.last:%b}"

    @property
    def why(self) -> str:
        """What put them there, if it was not the rules: "swap, instead of Mira"."""
        instead = f", instead of {self.instead_of}" if self.instead_of and self.mark else ""
        return f"{self.mark}{instead}"


@dataclass(frozen=True)
class Open:
    """A hole, in words."""

    region: str
    role: str
    when: str


def of_row(row: Row, zone: str) -> list[Spell]:
    """Who has the region, in the order in which they begin; who is second stands beside the first where days agree."""
    first = _joined(t for t in row.turns if t.role != "secondary")
    behind = _joined(t for t in row.turns if t.role == "secondary")
    seconds = _said(behind, zone)
    said = [_followed(spell, seconds) for spell in _said(first, zone)]
    beside = [s for s in seconds if not any(_same_days(s, spell) for spell in said)]
    return sorted([*said, *beside], key=lambda s: (s.first, s.role == "secondary", s.start, s.name))


def holes(sheet: Sheet) -> list[Open]:
    """The soonest `LISTED`."""
    return [Open(row.name, hole.role, _when(hole, sheet.zone)) for row, hole in sheet.holes[:LISTED]]


def headline(sheet: Sheet) -> str:
    """The point, in one line."""
    first, last = sheet.days[0].date, sheet.days[-1].date
    span = f"{first.day} {first:%b} – {last.day} {last:%b}"
    where = f" in {sheet.rows[0].name}" if len(sheet.rows) == 1 else ""
    found = holes(sheet)
    if not found:
        return f"On call{where}, {span}: no gaps"
    number = f"{len(sheet.holes)} gaps, first" if len(sheet.holes) > 1 else "1 gap,"
    return f"On call{where}, {span}: {number} {found[0].region} ({found[0].role}) {found[0].when}"


def _joined(turns: Iterable[Turn]) -> list[Turn]:
    return sorted(turns, key=lambda t: (t.start, t.end, t.person))


def _said(turns: list[Turn], zone: str) -> list[Spell]:
    spells: list[Spell] = []
    for turn in turns:
        day, start, end = _local(turn, zone)
        spell = Spell(day, day, start, end, turn.name, turn.role, turn.mark, turn.instead_of)
        before = next((n for n, s in enumerate(spells) if _goes_on(s, spell)), None)
        if before is None:
            spells.append(spell)
        else:
            spells[before] = replace(spells[before], last=day)
    return spells


def _followed(spell: Spell, seconds: list[Spell]) -> Spell:
    """With who is second, where somebody is on the same days."""
    behind = next((s for s in seconds if _same_days(s, spell)), None)
    if behind is None:
        return spell
    return replace(spell, second=f"{behind.name} ({behind.why})" if behind.mark else behind.name)


def _goes_on(before: Spell, spell: Spell) -> bool:
    return before.last + DAY == spell.first and replace(before, first=spell.first, last=spell.last) == spell


def _same_days(one: Spell, other: Spell) -> bool:
    return (one.first, one.last, one.start, one.end) == (other.first, other.last, other.start, other.end)


def _local(turn: Turn, zone: str) -> tuple[date, str, str]:
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (turn.start, turn.end))
    later = (end.date() - start.date()).days if end.time() != datetime.min.time() else 0
    return start.date(), f"{start:%H:%M}", f"{end:%H:%M}" + (f" (+{later} d)" if later > 0 else "")


def _when(hole: Hole, zone: str) -> str:
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (hole.start, hole.end))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a} {end.day} {end:%b} {end:%H:%M}"
    return f"{start:%a} {start.day} {start:%b} {start:%H:%M}–{until}"
