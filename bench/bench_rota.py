"""How long the rota takes: a year of four regions with 40 rotations and 100 overrides, and who is on duty now.

The year has 10,000 stretches of duty, six times as many as that of Grafana OnCall against which the goal was set.
"""

import time as clock
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from bench.figures import Figure
from schedules.rota import explain, resolve
from schedules.rota.model import Override, OverrideKind, Region, Role, Rota, Rotation, Rule, Swap, TimeOff

REGIONS = (
    ("au", "Australia/Sydney", "AU"),
    ("in", "Asia/Kolkata", "IN"),
    ("eu", "Europe/Berlin", "DE"),
    ("us", "America/Los_Angeles", "US"),
)
START = datetime(2026, 1, 5, tzinfo=UTC)
YEAR = timedelta(days=365)
NOW = datetime(2026, 7, 1, 15, 7, tzinfo=UTC)
EACH, OVERRIDES = 10, 100
WORKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})


def measure() -> list[Figure]:
    rota = roster()
    assert len(rota.rotations) == 40
    year = _best(lambda: resolve.resolve(fresh(rota), START, START + YEAR), 9) * 1e3
    cold = _best(lambda: resolve.at(fresh(rota), NOW), 9) * 1e3
    resolve.at(rota, NOW)
    warm = _best(lambda: [resolve.at(rota, NOW) for _ in range(100)], 9) / 100 * 1e3
    explain.why(rota, NOW, "eu", Role.PRIMARY)
    why = _best(lambda: [explain.why(rota, NOW, "eu", Role.PRIMARY) for _ in range(20)], 9) / 20 * 1e3
    return [
        Figure("rota: a year, 40 rotations, 100 overrides", year, "ms", "< 100", year < 100),
        Figure("rota: one instant, warm", warm, "ms", "< 1", warm < 1),
        Figure("rota: one instant, a roster just read", cold, "ms", "< 25", cold < 25),
        Figure("rota: why", why, "ms", "< 25", why < 25),
    ]


def roster() -> Rota:
    """Each region: ten rotations on duty by turns of a day, a week or twelve hours, in three roles and at weekends."""
    rotations, rules = [], []
    for region, zone, _ in REGIONS:
        people = tuple(f"{region}-{n}" for n in range(8))
        for n in range(EACH):
            days, hours = ((7, 0), (1, 0), (0, 12))[n % 3]
            rotations.append(Rotation(f"{region}-r{n}", zone, people[n % 4 :], days, time(9), date(2026, 1, 5), hours))
        for n, role in enumerate((Role.PRIMARY, Role.SECONDARY, Role.MANAGER)):
            for part in range(3):
                since, until = time(6 + 4 * part), time(10 + 4 * part)
                rules.append(Rule(region, role, WORKDAYS, since, until, rotation=f"{region}-r{3 * n + part}"))
        rules.append(Rule(region, Role.WEEKEND, WEEKEND, time(9), time(17), rotation=f"{region}-r9"))
    regions = tuple(Region(region, zone) for region, zone, _ in REGIONS)
    made = Rota(regions, tuple(rotations), tuple(rules))
    return replace(made, overrides=tuple(_overrides()), swaps=tuple(_swaps()), time_off=tuple(_away()))


def fresh(rota: Rota) -> Rota:
    """The same roster with nothing worked out yet, as it is after a reload."""
    return replace(rota)


def _overrides() -> list[Override]:
    kinds = (OverrideKind.REPLACE, OverrideKind.ADD, OverrideKind.REMOVE)
    found = []
    for n in range(OVERRIDES):
        region = REGIONS[n % 4][0]
        start = START + timedelta(days=3.5 * n, hours=n % 24)
        target = f"{region}-{n % 8}"
        role = (Role.PRIMARY, Role.SECONDARY)[n % 2]
        found.append(Override(region, role, kinds[n % 3], start, start + timedelta(hours=20), "sol", target, start))
    return found


def _swaps() -> list[Swap]:
    days = [START + timedelta(days=9 * n) for n in range(40)]
    return [Swap("eu", Role.PRIMARY, "eu-1", "eu-2", day, day + timedelta(days=5), day) for day in days]


def _away() -> list[TimeOff]:
    found = []
    for n in range(64):
        start = START + timedelta(days=5 * n)
        cover = f"{REGIONS[n % 4][0]}-{(n + 1) % 8}" if n % 2 else None
        found.append(TimeOff(f"{REGIONS[n % 4][0]}-{n % 8}", start, start + timedelta(days=10), cover))
    return found


def _best(work: Callable[[], object], runs: int) -> float:
    """CPU seconds of the quickest run: the work is pure, and whatever else the machine does only adds."""
    times = []
    for _ in range(runs):
        began = clock.process_time()
        work()
        times.append(clock.process_time() - began)
    return min(times)
