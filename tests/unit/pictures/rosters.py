"""A rota in which everything happens that a picture has to show."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from bot.directory import model as directory
from bot.pictures import compose, sheet
from bot.pictures.sheet import Sheet
from schedules.rota import fairness
from schedules.rota.model import (
    Calendar,
    Override,
    OverrideKind,
    Region,
    Role,
    Rota,
    Rotation,
    Rule,
    Swap,
    TimeOff,
)

WEEKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})
REGIONS = (
    ("au", "Australia", "Australia/Sydney", Calendar("AU", "NSW"), ("canopus", "achernar", "antares")),
    ("in", "India", "Asia/Kolkata", Calendar("IN"), ("spica", "atria", "regulus")),
    ("eu", "Europe", "Europe/Berlin", Calendar("DE"), ("mira", "capella", "altair")),
    ("us", "United States", "America/Los_Angeles", Calendar("US"), ("vega", "rigel", "deneb")),
)
NOW = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@cache
def rota() -> Rota:
    """Four regions, 08:00–18:00 on each day, a week for each of three people in turn."""
    rotations, rules = [], []
    for region, _, zone, _, people in REGIONS:
        for shift, role in enumerate(("primary", "secondary", "weekend")):
            turned = people[shift:] + people[:shift]
            rotations.append(Rotation(f"{region}-{role}", zone, turned, 7, time(8), date(2026, 1, 5)))
            days = WEEKEND if role == "weekend" else WEEKDAYS
            rules.append(Rule(region, Role(role), days, time(8), time(18), rotation=f"{region}-{role}"))
    regions = tuple(Region(id, zone, calendar) for id, _, zone, calendar, _ in REGIONS)
    return Rota(regions, tuple(rotations), tuple(rules))


@cache
def busy() -> Rota:
    """With an override, somebody added, a swap, a cover, and days that nobody has."""
    return replace(
        rota(),
        overrides=(
            Override(
                "us", Role.PRIMARY, OverrideKind.REPLACE, at(11, 25, 16), at(11, 26, 2), "deneb", "rigel", at(11, 9)
            ),
            Override("eu", Role.PRIMARY, OverrideKind.ADD, at(11, 27, 9), at(11, 27, 15), "castor", None, at(11, 9)),
        ),
        swaps=(Swap("in", Role.PRIMARY, "regulus", "spica", at(12, 2), at(12, 4), at(11, 20)),),
        time_off=(
            TimeOff("mira", at(11, 28), at(11, 30), "capella"),
            TimeOff("antares", at(12, 1, 10), at(12, 3, 22)),
        ),
    )


@cache
def interrupted() -> Rota:
    """Mira instead of Capella for half an hour, in the middle of a shift."""
    start = NOW.replace(hour=14)
    override = Override(
        "eu", Role.PRIMARY, OverrideKind.REPLACE, start, start + timedelta(minutes=30), "mira", "capella", at(11, 9)
    )
    return replace(rota(), overrides=(override,))


def people(**names: str) -> directory.Directory:
    """Everybody by their id with a capital, unless `names` says otherwise."""
    found = [
        directory.Person(id, names.get(id, id.capitalize()), f"U0{id.upper()}", region, zone)
        for region, _, zone, _, ids in REGIONS
        for id in (*ids, *(("castor",) if region == "eu" else ()))
    ]
    regions = tuple(directory.Region(id, name, zone, f"C0{id.upper()}") for id, name, zone, *_ in REGIONS)
    return directory.Directory(regions, tuple(found), (), (), "C0HANDOFF", "C0ADMIN")


def made(
    rota: Rota, *, zone: str = "Europe/Berlin", now: datetime = NOW, region: str | None = None, **names: str
) -> Sheet:
    """The two weeks from the reader's Monday on, with the year's ledger."""
    wanted = compose.Wanted(zone, now, sheet.monday(now, zone), region)
    return compose.sheet(rota, people(**names), wanted, _year(rota, now.year))


@cache
def _year(rota: Rota, year: int) -> tuple[fairness.Load, ...]:
    return fairness.year(rota, year)
