"""The linter: resolves once with everything and once by the rules alone, and asks each rule what it finds. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import ModuleType

from schedules.rota import resolve
from schedules.rota.lint import layouts
from schedules.rota.lint.layouts import Layout
from schedules.rota.lint.model import Finding, Limits, Person, Seen, Severity
from schedules.rota.lint.rules import (
    contact,
    doubled,
    gap,
    long_duty,
    night,
    overlap,
    resort_away,
    short_rest,
    swap_away,
    swap_void,
    uncovered,
    weekend_load,
)
from schedules.rota.model import OnHoliday, Rota

RULES: tuple[ModuleType, ...] = (
    gap,
    uncovered,
    overlap,
    doubled,
    contact,
    resort_away,
    long_duty,
    short_rest,
    night,
    weekend_load,
    swap_away,
    swap_void,
)


@dataclass(frozen=True)
class Report:
    """`findings`: errors first, then by when they first happen."""

    layouts: tuple[Layout, ...]
    findings: tuple[Finding, ...]

    def count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for finding in self.findings)


def report(
    rota: Rota,
    people: Iterable[Person],
    limits: Limits,
    start: datetime,
    end: datetime,
    names: Mapping[str, str] | None = None,
) -> Report:
    """What is to be said about `[start, end)`, clock changes, holidays, time off and all. `names` are the regions'."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    found = layouts.of(rota.regions, start, end)
    seen = Seen(
        rota=rota,
        people={person.id: person for person in people},
        limits=limits,
        start=start,
        end=end,
        layouts=found,
        ruled=resolve.resolve(_rules_alone(rota), start - layouts.MARGIN, end + layouts.MARGIN),
        actual=resolve.resolve(rota, start, end),
        names=names or {},
    )
    said = [finding for rule in RULES for finding in rule.check(seen)]
    return Report(found, tuple(sorted(said, key=lambda f: (f.severity, f.start, f.rule, f.sentence))))


def _rules_alone(rota: Rota) -> Rota:
    """As if there were no holidays, and nobody had ever changed anything."""
    rules = tuple(replace(rule, on_holiday=OnHoliday.IGNORE) for rule in rota.rules)
    return replace(rota, rules=rules, overrides=(), swaps=(), time_off=(), temporary=(), recorded=None)
