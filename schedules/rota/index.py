"""The roster's rules and exceptions, sorted for look-up once for each value of `Rota`. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from schedules.rota.model import Override, Role, Rota, Rotation, Swap, Temporary, TimeOff
from schedules.rota.spans import Timed, Timeline

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
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


class Exceptions:
    """Those of one region and role. `away` is everybody's, by person; `dated` are the swaps that name dates."""

    def __init__(
        self, overrides: list[Made], swaps: list[Swap], temporary: list[Temporary], away: dict[str, Timeline[TimeOff]]
    ) -> None:
        timed = [swap for swap in swaps if not swap.dates]
        self.away = away
        self.dated = _grouped((day, swap) for swap in swaps for day in swap.dates)
        self.swaps, self.overrides, self.temporary = Timeline(timed), Timeline(overrides), Timeline(temporary)
        self.any: Timeline[Timed] = Timeline([*timed, *overrides, *temporary])
        """For most stretches of duty a single look here is enough."""


class Index:
    def __init__(self, rota: Rota) -> None:
        self.rotations: dict[str, Rotation] = {r.id: r for r in rota.rotations}
        self.rules = _grouped((rule.region, rule) for rule in rota.rules)
        self._away = {p: Timeline(off) for p, off in _grouped((off.person, off) for off in rota.time_off).items()}
        made = [Made(n, o) for n, o in enumerate(sorted(rota.overrides, key=lambda o: o.made_at))]
        self._overrides = _grouped(((m.override.region, m.override.role), m) for m in made)
        self._swaps = _grouped(((s.region, s.role), s) for s in rota.swaps)
        self._temporary = _grouped(((t.region, role), t) for t in rota.temporary for role in t.replaces)
        self._exceptions: dict[Group, Exceptions] = {}

    def exceptions(self, group: Group) -> Exceptions:
        if group not in self._exceptions:
            found = self._overrides.get(group, []), self._swaps.get(group, []), self._temporary.get(group, [])
            self._exceptions[group] = Exceptions(*found, self._away)
        return self._exceptions[group]


def of(rota: Rota) -> Index:
    """Made once for this value; the roster itself is never hashed."""
    found: Index | None = rota.memo.get("index")
    if found is None:
        found = rota.memo["index"] = Index(rota)
    return found


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)
