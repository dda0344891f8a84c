"""Rosters to lint: one that is right, and what the linter says about a change of it."""

from datetime import UTC, date, datetime, time

from schedules.rota.lint import run
from schedules.rota.lint.model import Finding, Limits, Person
from schedules.rota.model import Region, Role, Rota, Rotation, Rule

ALL, WORKDAYS, WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset({5, 6})
ZONES = {"au": "Australia/Sydney", "in": "Asia/Kolkata", "eu": "Europe/Berlin", "us": "America/Los_Angeles"}
START, END = datetime(2026, 1, 10, tzinfo=UTC), datetime(2027, 1, 10, tzinfo=UTC)
MAY = datetime(2026, 5, 10, tzinfo=UTC)
"""Long enough for most rules, and four times as quick."""
JULY = {"au": (8, 14), "in": (9.5, 15.5), "eu": (12, 18), "us": (9, 15)}
"""Local hours that share the day of UTC exactly in July: 22–4, 4–10, 10–16, 16–22."""


OTHERS = {"jp": ("Asia/Tokyo", 9), "pk": ("Asia/Karachi", 13), "co": ("America/Bogota", 11)}
"""Local starts of eight hours each, which together are a day."""


def clock(hour: float) -> time:
    return time(int(hour), int(hour % 1 * 60))


def tiling() -> Rota:
    return Rota(
        tuple(Region(id, zone) for id, zone in ZONES.items()),
        tuple(Rotation(f"{r}-p", ZONES[r], (f"{r}-a", f"{r}-b"), 7, time(8), date(2026, 1, 5)) for r in ZONES),
        tuple(Rule(r, Role.PRIMARY, ALL, clock(a), clock(b), rotation=f"{r}-p") for r, (a, b) in JULY.items()),
    )


def europe(start: float = 8, end: float = 16, people: tuple[str, ...] = ("mira", "capella", "altair")) -> Rota:
    """Europe and three people. In three places that never change their clocks others have the whole day."""
    return Rota(
        (Region("eu", "Europe/Berlin"), *(Region(id, zone) for id, (zone, _) in OTHERS.items())),
        (Rotation("eu-p", "Europe/Berlin", people, 7, time(8), date(2026, 1, 5)),),
        (
            Rule("eu", Role.PRIMARY, ALL, clock(start), clock(end), rotation="eu-p"),
            *(Rule(r, Role.PRIMARY, ALL, time(h), time(h + 8), person=f"{r}-a") for r, (_, h) in OTHERS.items()),
        ),
    )


def linted(
    rota: Rota,
    *people: Person,
    limits: Limits | None = None,
    start: datetime = START,
    end: datetime = MAY,
) -> tuple[Finding, ...]:
    return run.report(rota, people, limits or Limits(), start, end).findings


def of(rule: str, findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]
