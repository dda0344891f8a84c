"""Names that must exist elsewhere in the file: regions, people, rotations, clusters, skills."""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.config import raw
from bot.config.raw import Problem
from bot.config.yaml_lines import Path, did_you_mean

LISTED = 12
"""So many names are listed where none of them is near what was written."""

SINGLE = (
    ("people", "region", "regions", "region"),
    ("rotations", "region", "regions", "region"),
    ("rules", "region", "regions", "region"),
    ("rules", "rotation", "rotations", "rotation"),
    ("rules", "person", "people", "person"),
    ("temporary", "region", "regions", "region"),
    ("heartbeats", "region", "regions", "region"),
)
"""(section, option, section whose ids it names, what that is called)."""

LISTS = (
    ("people", "skills", "skills", "skill"),
    ("clients", "skills", "skills", "skill"),
    ("clients", "prefer", "people", "person"),
)
"""The same, for options that name several."""


def problems(data: Any) -> Iterator[Problem]:
    """Each with the path it stands at."""
    for section, option, named, what in SINGLE:
        there = raw.ids(data, named)
        for path, item in raw.items(data, section):
            if (name := raw.word(item, option)) is not None:
                yield from known((*path, option), name, there, what)
    for section, option, named, what in LISTS:
        there = raw.ids(data, named)
        for path, item in raw.items(data, section):
            for where, name in raw.words(item, option):
                yield from known((*path, *where), name, there, what)
    people = raw.ids(data, "people")
    for path, rotation in raw.items(data, "rotations"):
        for where, name in raw.words(rotation, "people"):
            yield from known((*path, *where), name, people, "person")
        for inner, edit in raw.items(rotation, "edits"):
            for where, name in raw.words(edit, "people"):
                yield from known((*path, *inner, *where), name, people, "person")
    for path, temporary in raw.items(data, "temporary"):
        for inner, shift in raw.items(temporary, "shifts"):
            if (name := raw.word(shift, "person")) is not None:
                yield from known((*path, *inner, "person"), name, people, "person")
    clusters = raw.ids(data, "clusters")
    for path, client in raw.items(data, "clients"):
        for where, access in raw.items(client, "access"):
            if (name := raw.word(access, "cluster")) is not None:
                yield from known((*path, *where, "cluster"), name, clusters, "cluster")
    if (name := raw.word(data, "escalation", "last_resort")) is not None:
        yield from known(("escalation", "last_resort"), name, people, "person")
    yield from _escalation(data)


def _escalation(data: Any) -> Iterator[Problem]:
    """What targets and conditions name."""
    named = (("region", "regions"), ("person", "people"), ("rotation", "rotations"))
    for path, policy in raw.items(data, "escalation", "policies"):
        yield from _clients(data, path, policy)
        for inner, step in raw.items(policy, "steps"):
            yield from _clients(data, (*path, *inner), step)
            for where, target in raw.items(step, "targets"):
                for option, section in named:
                    if (name := raw.word(target, option)) is not None:
                        yield from known((*path, *inner, *where, option), name, raw.ids(data, section), option)


def _clients(data: Any, path: Path, item: Any) -> Iterator[Problem]:
    for where, name in raw.words(item, "when", "clients"):
        yield from known((*path, *where), name, raw.ids(data, "clients"), "client")


def known(path: Path, name: str, there: Iterable[str], what: str, within: str = "this file") -> Iterator[Problem]:
    """A problem, where `name` is not one of `there`, the names of that kind in the file called `within`."""
    names = list(there)
    if name in names:
        return
    instead = did_you_mean(name, names)
    if not instead and names:
        listed = ", ".join(names[:LISTED]) + (", …" if len(names) > LISTED else "")
        instead = f"; write one of {listed}"
    option = next(part for part in reversed(path) if isinstance(part, str))
    yield path, f"`{option}`: there is no {what} `{name}` in {within}{instead or f'; add the {what} first'}"
