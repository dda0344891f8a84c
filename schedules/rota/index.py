"""The roster's rules and exceptions, sorted for look-up once for each value of `Rota`. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from schedules.rota.model import Override, Role, Rota, Rotation, Rule, Swap, Temporary, TimeOff
from schedules.rota.spans import Timed, Timeline

K = TypeVar("K", bound=Hashable)
T = TypeVar("T", bound=Timed)

Group = tuple[str, Role]
"""The id of a region, and a role in it."""


@dataclass(frozen=True)
class Made:
    """An override, and its place in the order in which they were made."""

    number: int
    override: Override

    @property
    def start(self) -> datetime:
        return self.override.start

    @property
    def end(self) -> datetime:
        return self.override.end


@dataclass(frozen=True)
class Exceptions:
    """Those of one region and role. `away` is everybody's, by person."""

    overrides: Timeline[Made]
    swaps: Timeline[Swap]
    swaps_of: dict[date, list[Swap]]
    """Those that name the dates of their shifts."""
    temporary: Timeline[Temporary]
    away: dict[str, Timeline[TimeOff]]


class Index:
    def __init__(self, rota: Rota) -> None:
        self.rotations: dict[str, Rotation] = {r.id: r for r in rota.rotations}
        self.rules: dict[str, list[Rule]] = {region.id: [] for region in rota.regions}
        for rule in rota.rules:
            self.rules[rule.region].append(rule)
        self._away = _timelines((off.person, off) for off in rota.time_off)
        self._exceptions = dict(self._groups(rota))

    def exceptions(self, group: Group) -> Exceptions:
        return self._exceptions[group]

    def _groups(self, rota: Rota) -> Iterator[tuple[Group, Exceptions]]:
        made = [Made(n, o) for n, o in enumerate(sorted(rota.overrides, key=lambda o: o.made_at))]
        swaps = sorted(rota.swaps, key=lambda s: s.made_at)
        overrides = _timelines(((m.override.region, m.override.role), m) for m in made)
        timed = _timelines(((s.region, s.role), s) for s in swaps if not s.dates)
        temporary = _timelines(((t.region, role), t) for t in rota.temporary for role in t.replaces)
        dated: dict[Group, dict[date, list[Swap]]] = defaultdict(lambda: defaultdict(list))
        for swap in swaps:
            for day in swap.dates:
                dated[swap.region, swap.role][day].append(swap)
        for region in rota.regions:
            for role in Role:
                group = region.id, role
                yield (
                    group,
                    Exceptions(
                        overrides.get(group, Timeline(())),
                        timed.get(group, Timeline(())),
                        dict(dated[group]) if group in dated else {},
                        temporary.get(group, Timeline(())),
                        self._away,
                    ),
                )


def _timelines(pairs: Iterable[tuple[K, T]]) -> dict[K, Timeline[T]]:
    found: dict[K, list[T]] = defaultdict(list)
    for key, thing in pairs:
        found[key].append(thing)
    return {key: Timeline(things) for key, things in found.items()}


def of(rota: Rota) -> Index:
    """Made once for this value; the roster itself is never hashed."""
    found: Index | None = rota.memo.get("index")
    if found is None:
        found = rota.memo["index"] = Index(rota)
    return found
