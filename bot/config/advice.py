"""What a file may say and its authors will regret: each a warning at its line, and none keeps the bot from running."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from bot.config.file import Config
from bot.config.yaml_lines import Path
from schedules.rota import resolve

Advice = tuple[Path, str]
YEAR = timedelta(days=365)
BUILT_IN = re.compile(
    r"/(archive|away|active|call|collapse|dm|dnd|expand|feed|feedback|invite|join|kick|leave|"
    r"me|msg|mute|open|part|prefs|remind|remove|rename|search|shortcuts|shrug|star|status|topic|who)"
)
"""Slack's own commands: an app's of the same name may be refused, or hide them."""


def warnings(config: Config, now: datetime) -> Iterator[Advice]:
    yield from _contacts(config)
    yield from _people_elsewhere(config)
    yield from _duty(config)
    yield from _targets(config)
    yield from _commands(config)
    yield from coverage(config, now)


def coverage(config: Config, now: datetime) -> Iterator[Advice]:
    """Hours of the next 12 months, clock changes and all, in which no region leads: nobody would be asked."""
    start, end = now, now + YEAR
    gaps, reached = [], start
    for lead in resolve.resolve(config.rota(), start, end).leads:
        if lead.start > reached:
            gaps.append((reached, lead.start))
        reached = max(reached, lead.end)
    if reached < end:
        gaps.append((reached, end))
    if gaps:
        hours = sum((b - a for a, b in gaps), timedelta()) / timedelta(hours=1)
        first, last = gaps[0]
        yield (
            ("rules",),
            f"in the next 12 months nobody is on duty for {hours:,.0f} hours, {len(gaps)} times, first "
            f"{first:%a %Y-%m-%d %H:%M} to {last:%a %H:%M} UTC; lengthen a rule, or add one",
        )


def _contacts(config: Config) -> Iterator[Advice]:
    for number, person in enumerate(config.file.people):
        here: Path = ("people", number)
        if not person.contacts:
            last = " and is the last resort of every page" if person.id == config.file.escalation.last_resort else ""
            yield here, f"{person.id} cannot be reached outside Slack, where Do Not Disturb silences pages{last}"
        for at in range(len(person.contacts)):
            where: Path = (*here, "contacts", at, "url")
            if where not in config.document.from_environment:
                yield where, f"the contact of {person.id} stands in the file for all to read; write ${{NAME}}"


def _people_elsewhere(config: Config) -> Iterator[Advice]:
    """Somebody in another region's rotation is paged in their night."""
    home = {person.id: person.region for person in config.file.people}
    for number, rotation in enumerate(config.file.rotations):
        for at, person in enumerate(rotation.people):
            if home[person] != rotation.region:
                yield (
                    ("rotations", number, "people", at),
                    f"{person} lives in {home[person]} and is paged in {rotation.region}'s hours, perhaps at night",
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
    roles = {rule.role for rule in file.rules}
    for number, step in enumerate(file.escalation.steps):
        if step.target not in roles:
            yield ("escalation", "steps", number), f"no rule puts a {step.target} on duty, so this step is passed over"


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
