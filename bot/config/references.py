"""What the schema of one value cannot see: names that must exist elsewhere in the file, and that stand only once."""

from collections.abc import Iterator

from bot.config.schema import File
from bot.config.yaml_lines import Path, did_you_mean

Problem = tuple[Path, str]


def problems(file: File) -> Iterator[Problem]:
    """Each with the path it stands at."""
    yield from _unique(file)
    regions, people = [r.id for r in file.regions], [p.id for p in file.people]
    rotations, clusters = [r.id for r in file.rotations], [c.id for c in file.clusters]
    for n, person in enumerate(file.people):
        yield from _known(("people", n, "region"), person.region, regions, "region")
    for n, rotation in enumerate(file.rotations):
        yield from _known(("rotations", n, "region"), rotation.region, regions, "region")
        if not rotation.length.days + rotation.length.weeks:
            yield ("rotations", n, "length"), "a rotation lasts at least a day; write {days: 1} or {weeks: 1}"
        for m, id in enumerate(rotation.people):
            yield from _known(("rotations", n, "people", m), id, people, "person")
    for n, rule in enumerate(file.rules):
        yield from _known(("rules", n, "region"), rule.region, regions, "region")
        if (rule.rotation is None) == (rule.person is None):
            yield ("rules", n), "a rule names a `rotation` or a `person`; write exactly one of them"
        if rule.rotation is not None:
            yield from _known(("rules", n, "rotation"), rule.rotation, rotations, "rotation")
        if rule.person is not None:
            yield from _known(("rules", n, "person"), rule.person, people, "person")
    for n, client in enumerate(file.clients):
        for m, access in enumerate(client.access):
            yield from _known(("clients", n, "access", m, "cluster"), access.cluster, clusters, "cluster")
    yield from _known(("escalation", "last_resort"), file.escalation.last_resort, people, "person")


def _known(path: Path, name: str, known: list[str], what: str) -> Iterator[Problem]:
    if name not in known:
        near = did_you_mean(name, known)
        yield path, f"there is no {what} `{name}` in this file; write one of {', '.join(known) or '(none yet)'}{near}"


def _unique(file: File) -> Iterator[Problem]:
    lists = (
        ("regions", "id", [r.id for r in file.regions]),
        ("people", "id", [p.id for p in file.people]),
        ("people", "slack", [p.slack for p in file.people]),
        ("rotations", "id", [r.id for r in file.rotations]),
        ("clients", "id", [c.id for c in file.clients]),
        ("clusters", "id", [c.id for c in file.clusters]),
    )
    for section, key, values in lists:
        seen: dict[str, int] = {}
        for n, value in enumerate(values):
            if value in seen:
                yield (section, n, key), f"`{value}` is already the {key} of item {seen[value] + 1}; each stands once"
            seen.setdefault(value, n)
    owners: dict[str, str] = {}
    for n, client in enumerate(file.clients):
        for m, channel in enumerate(client.channels):
            if channel in owners:
                yield (
                    ("clients", n, "channels", m),
                    f"{channel} is already a channel of {owners[channel]}; a channel has one client",
                )
            owners.setdefault(channel, client.id)
    commands = list(file.workspace.commands.model_dump().items())
    for n, (name, command) in enumerate(commands):
        if command in [c for _, c in commands[:n]]:
            yield ("workspace", "commands", name), f"`{command}` is used twice; each command has a name of its own"
