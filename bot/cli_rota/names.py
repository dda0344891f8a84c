"""Names, local times and columns, as the tables of `heliograph rota` show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.directory.model import Directory
from schedules.rota import spans
from schedules.rota.model import Role


@dataclass(frozen=True)
class Names:
    directory: Directory

    def person(self, id: str) -> str:
        found = self.directory.person(id)
        return found.name if found else id

    def region(self, id: str | None) -> str:
        found = self.directory.region(id or "")
        return found.name if found else id or "nobody"

    def zone(self, region: str | None) -> str:
        found = self.directory.region(region or "")
        return found.zone if found else "UTC"

    def home(self, person: str) -> str:
        """The zone that somebody lives in."""
        found = self.directory.person(person)
        return found.zone if found else "UTC"


def between(start: datetime, end: datetime, zone: str) -> str:
    """ "Tue 24 Nov 08:00–18:30 CET": on the wall of `zone`; the end has its day only where it is another."""
    local, until = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    return f"{local:%a %d %b} {hours(start, end, zone)} {until:%Z}"


def hours(start: datetime, end: datetime, zone: str) -> str:
    """ "08:00–18:30", "22:00–Wed 06:00", "Tue 24 Nov 08:00–Fri 27 Nov 08:00" without the first day."""
    local, until = start.astimezone(ZoneInfo(zone)), end.astimezone(ZoneInfo(zone))
    nights = (until.date() - local.date()).days
    midnight = nights == 1 and (until.hour, until.minute) == (0, 0)
    if nights == 0 or midnight:
        return f"{local:%H:%M}–{'24:00' if midnight else f'{until:%H:%M}'}"
    return f"{local:%H:%M}–{until:%a %H:%M}" if nights < 7 else f"{local:%H:%M}–{until:%a %d %b %Y %H:%M}"


def window(start: datetime, end: datetime) -> str:
    return f"{start.astimezone(UTC):%a %d %b %Y %H:%M} to {end.astimezone(UTC):%a %d %b %Y %H:%M} UTC"


def columns(roles: Iterable[tuple[Role, str]]) -> dict[str, str]:
    """Who is asked first, second, and who manages; a weekend shift is who is asked first."""
    cells: dict[str, list[str]] = {"primary": [], "secondary": [], "manager": []}
    for role, name in roles:
        column = "primary" if role is Role.WEEKEND else role.value
        if name not in cells[column]:
            cells[column].append(name)
    return {column: ", ".join(names) for column, names in cells.items()}


def length(found: Iterable[spans.Span]) -> float:
    """Hours."""
    return sum((end - start).total_seconds() for start, end in found) / 3600
