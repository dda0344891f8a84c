"""What a file may say and its authors will regret: each a warning at its line, and none keeps the bot from running."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from bot.config import escalation
from bot.config.file import Config
from bot.config.yaml_lines import Path
from bot.paging import holes
from schedules.rota.lint import run
from schedules.rota.lint.model import Finding
from schedules.rota.lint.rules import gap

Advice = tuple[Path, str]
YEAR = timedelta(days=365)
BUILT_IN = re.compile(
    r"/(archive|away|active|call|collapse|dm|dnd|expand|feed|feedback|invite|join|kick|leave|"
    r"me|msg|mute|open|part|prefs|remind|remove|rename|search|shortcuts|shrug|star|status|topic|who)"
)
"""Slack's own commands: an app's of the same name may be refused, or hide them."""


def warnings(config: Config, now: datetime, env: Mapping[str, str]) -> Iterator[Advice]:
    yield from _contacts(config)
    yield from _links(config, env)
    yield from _heartbeats(config)
    yield from _duty(config)
    yield from escalation.unreachable(config.file)
    yield from _targets(config)
    yield from _commands(config)
    yield from _linted(config, now)
    yield from _holes(config, now)


def _contacts(config: Config) -> Iterator[Advice]:
    for number, person in enumerate(config.file.people):
        for at in range(len(person.contacts)):
            where: Path = ("people", number, "contacts", at, "url")
            if person.contacts[at].url and where not in config.document.from_environment:
                yield where, f"the contact of {person.id} stands in the file for all to read; write ${{NAME}}"


def _heartbeats(config: Config) -> Iterator[Advice]:
    for number, beat in enumerate(config.file.heartbeats):
        where: Path = ("heartbeats", number, "secret")
        if where not in config.document.from_environment:
            yield where, f"the secret of {beat.id} stands in the file for all to read; write ${{NAME}}"


def _links(config: Config, env: Mapping[str, str]) -> Iterator[Advice]:
    """A page outside Slack that can only be answered in Slack. The environment's address is asked like the file's."""
    if config.file.workspace.public_url or env.get("HELIOGRAPH_PUBLIC_URL"):
        return
    if any(c.url for person in config.file.people for c in person.contacts):
        yield (
            ("workspace",),
            "pages outside Slack have no link to answer them; set public_url, or HELIOGRAPH_PUBLIC_URL",
        )


def _duty(config: Config) -> Iterator[Advice]:
    file = config.file
    leading = {rule.region for rule in file.rules if rule.role in ("primary", "weekend")}
    for number, region in enumerate(file.regions):
        if region.id not in leading:
            yield ("regions", number), f"no rule ever puts somebody of {region.id} on duty, so it never leads"
    asked = {rule.rotation for rule in file.rules}
    for number, rotation in enumerate(file.rotations):
        if rotation.id not in asked:
            yield ("rotations", number), f"no rule asks the rotation {rotation.id}"


def _targets(config: Config) -> Iterator[Advice]:
    """A more severe request that may wait longer is a mistake of typing."""
    minutes = config.targets()
    for more, less in pairwise(sorted(minutes)):
        if minutes[more] > minutes[less]:
            yield ("targets", more), f"{more} may wait longer for its first response than {less}"


def _commands(config: Config) -> Iterator[Advice]:
    for feature, command in config.file.workspace.commands.model_dump().items():
        if BUILT_IN.fullmatch(command):
            yield ("workspace", "commands", feature), f"{command} is a command of Slack's own; write another"


def _linted(config: Config, now: datetime) -> Iterator[Advice]:
    """The next 12 months, clock changes, holidays and all, as `heliograph rota lint` sees them."""
    names = {region.id: region.name for region in config.file.regions}
    report = run.report(config.rota(), config.linted_people(), config.limits(), now, now + YEAR, names)
    clocks = {layout.name: f" (clocks: {', '.join(layout.clocks)})" for layout in report.layouts}
    for finding in report.findings:
        yield _where(config, finding), f"{finding.sentence} {finding.fix}{clocks.get(finding.layout, '')}"


def _holes(config: Config, now: datetime) -> Iterator[Advice]:
    """Who would be found in the next 12 months, at each change of duty, of the weekend and of a condition."""
    ids = [policy.id for policy in config.file.escalation.policies]
    directory = config.directory()
    for hole in holes.first(config.escalation(), config.rota(), directory, now, now + YEAR):
        yield (
            ("escalation", "policies", ids.index(hole.policy), "steps"),
            f"{holes.sentence(hole, directory)} {holes.FIX}",
        )


def _where(config: Config, finding: Finding) -> Path:
    """The line of the person or the region that it is about; else of the rules."""
    people = [person.id for person in config.file.people]
    regions = [region.id for region in config.file.regions]
    if finding.people and finding.people[0] in people:
        return ("people", people.index(finding.people[0]))
    if len(finding.regions) == 1 and finding.rule != gap.ID:
        return ("regions", regions.index(finding.regions[0]))
    return ("rules",)
