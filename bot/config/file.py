"""heliograph.yaml → plain frozen values for the services. All mistakes at once, each with its line and a remedy."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config import references, schema, yaml_lines
from bot.config.yaml_lines import did_you_mean
from bot.directory import model as directory
from bot.errors import ConfigError
from bot.paging import model as paging
from schedules.rota import model as rota

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WORDS = {
    "missing": "this is missing; add it",
    "extra_forbidden": "there is no such option",
    "string_pattern_mismatch": "this does not look like the id that is wanted",
}
PATTERNS = {
    "slack": "a Slack user id such as U0VEGA",
    "channel": "a Slack channel id such as C0HANDOFF",
    "channels": "Slack channel ids such as C0HANDOFF",
    "user_group": "a Slack user group id such as S0SUPPORT",
    "id": "lower-case letters, digits and dashes",
}


@dataclass(frozen=True)
class Config:
    """A file that has been found right."""

    path: Path
    file: schema.File

    def directory(self) -> directory.Directory:
        return _directory(self.file)

    def rota(self) -> rota.Rota:
        return _rota(self.file)

    def escalation(self) -> paging.Policy:
        policy = self.file.escalation
        steps = tuple(paging.Step(paging.Target(s.target), timedelta(minutes=s.wait_minutes)) for s in policy.steps)
        return paging.Policy(steps, policy.repeat, policy.last_resort)


def load(path: Path, env: Mapping[str, str] | None = None) -> Config:
    """Raises `ConfigError` with every problem of the file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; `heliograph init` writes an example"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from None
    document = yaml_lines.read(text, os.environ if env is None else env)
    found = list(document.problems)
    file: schema.File | None = None
    if document.data is not None:
        try:
            file = schema.File.model_validate(document.data)
        except ValidationError as error:
            found += [(document.line(tuple(e["loc"])), _said(e)) for e in error.errors()]
        else:
            found += [(document.line(where), what) for where, what in references.problems(file)]
    if found or file is None:
        raise ConfigError([f"{path}:{line}: {what}" for line, what in sorted(set(found))])
    return Config(path, file)


def _said(error: ErrorDetails) -> str:
    """Pydantic's error as a sentence that names the option and says what to write."""
    where = [str(part) for part in error["loc"]]
    name = next((part for part in reversed(where) if not part.isdigit()), "file")
    kind, message = error["type"], error["msg"].removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"`{name}`: there is no such option here{did_you_mean(name, _options_at(error['loc']))}"
    if kind == "string_pattern_mismatch":
        return f"`{name}`: `{error['input']}` is not right; write {PATTERNS.get(name, error['ctx']['pattern'])}"
    if kind == "missing":
        return f"`{name}` is missing; add it"
    return f"`{name}`: {message[:1].lower()}{message[1:]}"


def _options_at(loc: tuple[int | str, ...]) -> list[str]:
    """The options that exist where an unknown one was found."""
    here: type[schema.Strict] = schema.File
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        found = here.model_fields.get(part)
        inner = _model_of(found.annotation) if found else None
        if inner is None:
            return []
        here = inner
    return list(here.model_fields)


def _model_of(annotation: object) -> type[schema.Strict] | None:
    if isinstance(annotation, type) and issubclass(annotation, schema.Strict):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if inner := _model_of(argument):
            return inner
    return None


def _directory(file: schema.File) -> directory.Directory:
    zones = {r.id: r.zone for r in file.regions}
    roles = file.workspace.roles.model_dump()
    groups = file.workspace.kubernetes_groups.model_dump()
    return directory.Directory(
        regions=tuple(
            directory.Region(r.id, r.name, r.zone, r.channel, r.user_group, _hours(r.hours)) for r in file.regions
        ),
        people=tuple(_person(p, zones) for p in file.people),
        clients=tuple(_client(c, file.targets) for c in file.clients),
        clusters=tuple(directory.Cluster(c.id, c.name, c.kubeconfig, c.context, c.in_cluster) for c in file.clusters),
        handoff_channel=file.workspace.handoff_channel,
        admin_channel=file.workspace.admin_channel,
        role_groups={directory.Role(name): group for name, group in roles.items() if group},
        kubernetes_groups={directory.Role(name): tuple(names) for name, names in groups.items()},
        commands=file.workspace.commands.model_dump(),
    )


def _hours(hours: schema.Hours) -> str:
    days = hours.weekdays
    spell = f"{days[0]}–{days[-1]}" if len(days) > 2 else ", ".join(days)
    return f"{spell} {hours.start:%H:%M}–{hours.end:%H:%M}"


def _person(person: schema.Person, zones: dict[str, str]) -> directory.Person:
    return directory.Person(
        id=person.id,
        name=person.name,
        slack=person.slack,
        region=person.region,
        zone=person.zone or zones[person.region],
        role=directory.Role(person.role),
        kubernetes_user=person.kubernetes_user,
        contacts=tuple(directory.ContactMethod(f"{person.id}/{c.kind}", c.kind, c.url) for c in person.contacts),
    )


def _client(client: schema.Client, targets: schema.Targets) -> directory.Client:
    minutes = {}
    for severity in schema.Targets.model_fields:
        target = getattr(client.targets, severity) or getattr(targets, severity)
        if target:
            minutes[severity] = target.first_response
    return directory.Client(
        id=client.id,
        name=client.name,
        channels=tuple(client.channels),
        access=tuple(
            directory.ClientAccess(a.cluster, frozenset(a.namespaces), frozenset(a.queues)) for a in client.access
        ),
        kubernetes_groups=tuple(client.kubernetes_groups),
        response_minutes=minutes,
    )


def _rota(file: schema.File) -> rota.Rota:
    zones = {r.id: r.zone for r in file.regions}
    return rota.Rota(
        regions=tuple(rota.Region(r.id, r.zone) for r in file.regions),
        rotations=tuple(
            rota.Rotation(
                id=r.id,
                zone=r.zone or zones[r.region],
                people=tuple(r.people),
                days=r.length.days + 7 * r.length.weeks,
                handover=r.handover,
                start=r.start,
            )
            for r in file.rotations
        ),
        rules=tuple(
            rota.Rule(
                region=r.region,
                role=rota.Role(r.role),
                weekdays=frozenset(WEEKDAYS.index(d) for d in r.weekdays),
                start=r.start,
                end=r.end,
                rotation=r.rotation or "",
                person=r.person or "",
            )
            for r in file.rules
        ),
        lead_after=timedelta(minutes=file.lead.after_minutes),
    )
