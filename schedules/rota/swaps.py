"""Swaps whose giver no longer has the shift: void, so that both are to be told. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from schedules.rota import exceptions, index, rules
from schedules.rota.model import Region, Rota, Swap

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Void:
    """Nothing is left of `swap`; or, where it has `dates`, nothing of these dates."""

    swap: Swap
    dates: tuple[date, ...] = ()


def void(rota: Rota) -> tuple[Void, ...]:
    """In the order in which they were made. A swap of a region that is no longer in the roster is void too."""
    regions = {region.id: region for region in rota.regions}
    found: list[Void] = []
    for swap in sorted(rota.swaps, key=lambda s: s.made_at):
        region = regions.get(swap.region)
        had = _dates(rota, region, swap) if region else set()
        lost = tuple(sorted(swap.dates - had))
        if lost or not had:
            found.append(Void(swap, lost))
    return tuple(found)


def _dates(rota: Rota, region: Region, swap: Swap) -> set[date]:
    """On which the giver has a shift to give: by the rules, by a swap before, or as somebody's cover."""
    start, end = _window(swap)
    known = index.of(rota)
    called = rules.slots(region, known.rules.get(region.id, []), known.rotations, start, end)[swap.role]
    found = known.exceptions((region.id, swap.role))
    parts = [part for slot in called for part in exceptions.settled(slot, found)]
    return {part.day for part in parts if part.day is not None and swap in part.swapped}


def _window(swap: Swap) -> tuple[datetime, datetime]:
    if not swap.dates:
        return swap.start, swap.end
    days = [datetime.combine(day, time(), UTC) for day in (min(swap.dates), max(swap.dates))]
    return days[0] - DAY, days[1] + 3 * DAY
