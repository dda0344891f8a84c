"""`heliograph rota picture` and `rota fairness`: what `/oncall week` shows, as a file and as a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.cli_rota.sources import Source
from bot.cli_rota.window import Window
from bot.errors import UserError
from bot.pictures import sheet as sheets
from bot.pictures import studio
from bot.pictures.compose import Wanted
from schedules.rota import fairness
from schedules.rota.fairness import Load, Proposal

MOST_WEEKS = 8


@dataclass(frozen=True)
class Ledger:
    """`uneven` and `next` by region: 0 is even; who should take the next weekend that is open, in their order."""

    year: int
    loads: tuple[Load, ...]
    uneven: dict[str, float]
    next: dict[str, tuple[Proposal, ...]]


def picture(source: Source, zone: str, window: Window, now: datetime, region: str) -> bytes:
    """Whole weeks from the day of the window's start on. Raises `UserError` where they are too many."""
    weeks = ceil((window.end - window.start) / timedelta(weeks=1))
    if weeks > MOST_WEEKS:
        raise UserError(f"{weeks} weeks do not fit into one picture.", hint=f"Ask for {MOST_WEEKS} at most.")
    first = window.start.astimezone(ZoneInfo(zone)).date()
    wanted = Wanted(zone, now, first, source.region(region) or None, weeks)
    drawn = studio.draw(source.rota, source.directory, wanted).picture
    if drawn is None:
        raise UserError("The picture could not be drawn.", hint="The log says why.")
    return drawn


def two_weeks(zone: str, now: datetime) -> Window:
    """From the reader's Monday on."""
    days = sheets.days(sheets.monday(now, zone), 7 * sheets.WEEKS, zone)
    return Window(days[0].start, days[-1].end)


def write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.", hint="Name another place with -o.") from error


def ledger(source: Source, year: int, now: datetime, region: str) -> Ledger:
    chosen = source.region(region)
    loads = tuple(x for x in fairness.year(source.rota, year) if chosen in ("", x.region))
    regions = [r.id for r in source.rota.regions if chosen in ("", r.id)]
    at = min(max(now, datetime(year, 1, 1, tzinfo=UTC)), datetime(year, 12, 24, tzinfo=UTC))
    return Ledger(
        year,
        loads,
        {id: round(fairness.uneven(loads, id), 3) for id in regions},
        {id: fairness.next_for(source.rota, id, at, loads) for id in regions},
    )


def names(source: Source, loads: Iterable[Load]) -> dict[str, str]:
    known = {person.id: person.name for person in source.directory.people}
    return {load.person: known.get(load.person, load.person) for load in loads}
