"""What the escalation's policies and steps cannot do: a policy that can end with nobody, one that is never reached.

Looked for in a file that is right in itself: every kind of page that its conditions tell apart is tried at every
instant of the week at which one of them begins or ends, however the zones' clocks differ in a year.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

from bot.config import build, schema
from bot.config.raw import Problem
from bot.config.yaml_lines import Path
from bot.paging import model
from schedules.rota import civil

FIRST = date(2026, 1, 5)
"""A Monday. Conditions know weekdays and times, and no dates: of a year only the weeks count in which clocks differ by
something else than before, as between the day in March when America's go forward and that when Europe's do."""
WEEK = timedelta(days=7)
FILLED = {"primary": ("primary", "weekend"), "secondary": ("secondary", "primary", "weekend"), "manager": ("manager",)}
"""Role of a target → roles of rules from which it can get somebody."""

Page = tuple[model.About, datetime]


@dataclass(frozen=True)
class Tried:
    """Each policy with the pages that come to it by its conditions."""

    policies: tuple[tuple[model.Policy, tuple[Page, ...]], ...]
    roles: frozenset[str]

    def finds(self, step: model.Step) -> bool:
        """Whether any of its targets can ever give somebody."""
        return any(t.kind is not model.Kind.ROLE or self.roles & set(FILLED[t.name]) for t in step.targets)


def problems(file: schema.File) -> Iterator[Problem]:
    """Each with the path it stands at."""
    found = list(_targets(file.escalation))
    yield from found
    last = len(file.escalation.policies) - 1
    if not build.of_escalation(file.escalation).policies[last].when.always:
        yield (
            ("escalation", "policies", last, "when"),
            "`when`: the last policy is for every page that is left; remove its `when`, or add a policy after it",
        )
    elif not found:
        yield from _nobody(_tried(file))


def unreachable(file: schema.File) -> Iterator[Problem]:
    """What is never asked: each a warning at its line."""
    tried = _tried(file)
    for number, (policy, pages) in enumerate(tried.policies):
        here: Path = ("escalation", "policies", number)
        if not pages:
            yield here, f"no page comes to the policy {policy.id} by itself: an earlier one is for all of them"
        for at, step in enumerate(policy.steps):
            if not tried.finds(step):
                wanted = " or ".join(dict.fromkeys(target.name for target in step.targets))
                yield (*here, "steps", at), f"no rule puts a {wanted} on duty, so this step is passed over"
            elif pages and not any(step.when.holds(*page) for page in pages):
                yield (*here, "steps", at), f"its `when` never holds for a page of {policy.id}, so it is passed over"


def _targets(escalation: schema.Escalation) -> Iterator[Problem]:
    for number, policy in enumerate(escalation.policies):
        for at, step in enumerate(policy.steps):
            for place, target in enumerate(step.targets):
                path: Path = ("escalation", "policies", number, "steps", at, "targets", place)
                named = [name for name in ("role", "person", "rotation") if getattr(target, name)]
                if len(named) != 1:
                    yield path, "`targets`: a target is a `role`, a `person` or a `rotation`; write exactly one of them"
                elif target.region and not target.role:
                    yield (
                        (*path, "region"),
                        f"`region`: it belongs to a `role`; a `{named[0]}` is where it is, remove it",
                    )


def _nobody(tried: Tried) -> Iterator[Problem]:
    for number, (policy, pages) in enumerate(tried.policies):
        steps = [step for step in policy.steps if tried.finds(step)]
        path: Path = ("escalation", "policies", number, "steps")
        if not steps:
            wanted = " or ".join(dict.fromkeys(t.name for step in policy.steps for t in step.targets))
            yield path, f"`steps`: no rule ever puts a {wanted} on duty; write one in `rules`"
            continue
        left = next((page for page in pages if not any(step.when.holds(*page) for step in steps)), None)
        if left is not None:
            yield path, f"`steps`: {_said(*left)} none of them applies; write a step without `when` as the last one"


def _said(about: model.About, at: datetime) -> str:
    """ "for a sev3 page on Sat at 09:00 (Europe/Berlin)", and the day where it is not so in January."""
    kind = " ".join(filter(None, (about.severity, "page", about.client and f"about {about.client}")))
    local = civil.local(at, about.zone)
    day = "" if local.date() < FIRST + WEEK else f", as clocks differ on {local:%d %B %Y},"
    return f"for a {kind} on {local:%a at %H:%M} ({about.zone}){day}"


def _tried(file: schema.File) -> Tried:
    escalation = build.of_escalation(file.escalation)
    pages: dict[str, list[Page]] = {policy.id: [] for policy in escalation.policies}
    for page in _pages(file, [w for p in escalation.policies for w in (p.when, *(s.when for s in p.steps))]):
        pages[escalation.of(*page).id].append(page)
    found = tuple((policy, tuple(pages[policy.id])) for policy in escalation.policies)
    return Tried(found, frozenset(rule.role for rule in file.rules))


def _pages(file: schema.File, conditions: list[model.When]) -> Iterator[Page]:
    """One of each kind that the conditions tell apart, at each instant at which one of them may begin or end."""
    named = [when for when in conditions if not when.always]
    severities = sorted({"", *(s for when in named for s in when.severities)})
    clients = sorted({"", *(c for when in named for c in when.clients)})
    homes = list(dict.fromkeys(region.zone for region in file.regions))
    times = {time(), *(at for when in named for at in (when.start, when.end) if at)}
    instants = _instants(dict.fromkeys([*homes, *(when.zone for when in named if when.zone)]), times)
    for zone, severity, client, at in product(homes, severities, clients, instants):
        yield model.About(zone, severity, client), at


def _instants(zones: Iterable[str], times: set[time]) -> list[datetime]:
    """Of those at which all clocks show the same weekday and time the first."""
    zones, found = list(zones), dict[tuple[tuple[int, time], ...], datetime]()
    for monday in _weeks(zones):
        for day, at, zone in product(range(8), times, zones):
            instant = civil.instant(monday + timedelta(days=day), at, zone).astimezone(UTC)
            clocks = (civil.local(instant, where) for where in zones)
            found.setdefault(tuple((clock.weekday(), clock.time()) for clock in clocks), instant)
    return sorted(found.values())


def _weeks(zones: list[str]) -> Iterator[date]:
    """Mondays of the weeks of a year in which the clocks of `zones` differ by something new."""
    seen: set[tuple[timedelta, ...]] = set()
    for monday in (FIRST + week * WEEK for week in range(53)):
        noons = [datetime.combine(monday + timedelta(days=day), time(12), UTC) for day in range(8)]
        clocks = [[civil.local(noon, zone) for zone in zones] for noon in noons]
        apart = tuple(clock - day[0] for day in clocks for clock in day)
        if apart not in seen:
            seen.add(apart)
            yield monday
