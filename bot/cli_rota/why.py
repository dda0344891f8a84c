"""`heliograph rota why`: the chain of rules, swaps, absences and overrides that chose somebody, or left nobody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.cli_rota.names import Names
from bot.cli_rota.sources import Source
from bot.config.yaml_lines import near
from bot.errors import UserError
from schedules.rota import explain, resolve
from schedules.rota.model import Role, Step


@dataclass(frozen=True)
class Explained:
    """What machines get. `people` is empty where nobody has the role; `steps` are in the order in which they count."""

    sources: tuple[str, ...]
    at: datetime
    region: str
    role: Role
    people: tuple[str, ...]
    steps: tuple[Step, ...]


def why(source: Source, at: datetime, role: str, region: str) -> Explained:
    """Of `region`, or of the one that leads then. Raises `UserError`."""
    wanted = _role(role)
    where = source.region(region) or resolve.at(source.rota, at).lead
    if where is None:
        known = ", ".join(r.id for r in source.directory.regions)
        raise UserError(f"No region leads at {at:%Y-%m-%d %H:%M} UTC.", hint=f"Say which with --region: {known}.")
    found = explain.why(source.rota, at, where, wanted)
    return Explained(source.said, at, where, wanted, found.people, found.steps)


def text_values(source: Source, found: Explained) -> dict[str, Any]:
    """What the template needs."""
    known = Names(source.directory)
    return {
        "found": found,
        "region": known.region(found.region),
        "zone": known.zone(found.region),
        "people": " and ".join(known.person(person) for person in found.people) or "NOBODY",
    }


def _role(name: str) -> Role:
    roles = [role.value for role in Role]
    if name not in roles:
        meant = near(name, roles)
        hint = f"Did you mean {meant}?" if meant else f"There are: {', '.join(roles)}."
        raise UserError(f"There is no role {name[:40]}.", hint=hint)
    return Role(name)
