"""Who can have which shift: of the region, in its rules, not away, not on duty in the same role already. Pure."""

from collections.abc import Iterable
from datetime import datetime

from bot.directory.model import Directory, Person
from bot.roster.stints import Stint
from schedules.rota import resolve
from schedules.rota.model import Rota


def pool(rota: Rota, directory: Directory, region: str) -> list[Person]:
    """The people of `region` whom one of its rules can call for, in the order of the file."""
    rotations = {r.id: r.people for r in rota.rotations}
    named = {rule.person for rule in rota.rules if rule.region == region}
    for rule in rota.rules:
        if rule.region == region and rule.rotation:
            named.update(rotations.get(rule.rotation, ()))
    return [person for person in directory.people if person.region == region and person.id in named]


def away(rota: Rota, person: str, start: datetime, end: datetime) -> bool:
    return any(off.person == person and off.start < end and off.end > start for off in rota.time_off)


def on_duty(rota: Rota, person: str, stint: Stint) -> list[str]:
    """The roles that `person` has in the region at some time of `stint`."""
    found = resolve.resolve(rota, stint.start, stint.end).shifts
    return sorted({str(s.role) for s in found if s.person == person and s.region == stint.region})


def free_for(rota: Rota, people: Iterable[Person], stint: Stint) -> list[Person]:
    """Those of `people` who can take `stint`."""
    return [
        person
        for person in people
        if person.id != stint.person
        and not away(rota, person.id, stint.start, stint.end)
        and stint.role not in on_duty(rota, person.id, stint)
    ]
