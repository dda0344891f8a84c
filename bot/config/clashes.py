"""What stands twice where it may stand once, and what contradicts something elsewhere in the file.

The rules that keep clients apart are here too: a channel, a namespace, a queue and a Kubernetes group have one client.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.config import raw
from bot.config.raw import Problem
from bot.config.yaml_lines import Document, Path

TWICE = "write another one, or remove it"
Seen = Iterable[tuple[Path, str]]


def problems(document: Document) -> Iterator[Problem]:
    """Each with the path it stands at."""
    data = document.data
    for section in ("regions", "people", "rotations", "clients", "clusters", "skills", "heartbeats"):
        yield from _once(document, "id", _all(data, section, "id"))
    yield from _once(document, "Slack id", _all(data, "people", "slack"))
    yield from _once(document, "Kubernetes user", _all(data, "people", "kubernetes_user"))
    yield from _user_groups(document)
    commands = raw.mapping(data, "workspace", "commands")
    named = ((("workspace", "commands", f), name) for f, name in commands.items() if isinstance(name, str))
    yield from _once(document, "command", named)
    for path, person in raw.items(data, "people"):
        kinds = [((*path, *where, "kind"), raw.word(c, "kind")) for where, c in raw.items(person, "contacts")]
        yield from _once(document, "kind of contact", ((where, kind) for where, kind in kinds if kind))
    yield from _clusters(document)
    yield from _channels(document)
    yield from _ownership(document)
    yield from _groups(document)
    yield from _single_items(data)
    policies = list(raw.items(data, "escalation", "policies"))
    yield from _once(document, "policy", (((*path, "id"), id) for path, p in policies if (id := raw.word(p, "id"))))
    for path, policy in policies:
        yield from _condition(document, path, policy)
        for at, step in raw.items(policy, "steps"):
            here = (*path, *at)
            yield from _condition(document, here, step)
            targets = (((*here, *where), _target(target)) for where, target in raw.entries(step, "targets"))
            yield from _once(document, "target of this step", targets, TWICE)


def _condition(document: Document, path: Path, of: Any) -> Iterator[Problem]:
    """A list whose word stands twice is mostly one in which another was meant."""
    for option, what in (("weekdays", "weekday"), ("severities", "severity"), ("clients", "client")):
        words = (((*path, "when", option, *at), word) for at, word in raw.words(of, "when", option))
        yield from _once(document, f"{what} of this condition", words, TWICE)


def _target(written: Any) -> str:
    """ "role primary region eu"; a role by its name alone is one of the page's region."""
    named = written if isinstance(written, dict) else {"role": written}
    return " ".join(f"{kind} {name}" for kind, name in sorted(named.items(), key=str, reverse=True))


def _once(document: Document, what: str, seen: Seen, remedy: str = "give each its own") -> Iterator[Problem]:
    first: dict[str, Path] = {}
    for path, value in seen:
        if any(path[: len(unset)] == unset for unset in document.unset):
            continue
        if value in first:
            line = document.line(first[value])
            said = f"`{_option(path)}`: `{value}` is already the {what} in line {line}; {remedy}"
            yield path, document.masked(path, said)
        first.setdefault(value, path)


def _user_groups(document: Document) -> Iterator[Problem]:
    """Heliograph says who is in them, so each is one thing's, and none gives rights."""
    data = document.data
    kept = list(_all(data, "regions", "user_group"))
    for path, region in raw.items(data, "regions"):
        for role, group in raw.mapping(region, "on_duty_groups").items():
            if isinstance(group, str):
                kept.append(((*path, "on_duty_groups", role), group))
    if group := raw.word(data, "workspace", "on_duty_group"):
        kept.append((("workspace", "on_duty_group"), group))
    yield from _once(document, "user group", kept)
    roles = {group: role for role, group in raw.mapping(data, "workspace", "roles").items() if isinstance(group, str)}
    for path, group in kept:
        if group in roles:
            line = document.line(("workspace", "roles", roles[group]))
            said = f"whoever is on duty would be {roles[group]} (line {line}); write another group"
            yield path, f"`{_option(path)}`: `{group}` gives rights: {said}"


def _all(data: Any, section: str, option: str) -> Iterator[tuple[Path, str]]:
    for path, item in raw.items(data, section):
        if value := raw.word(item, option):
            yield (*path, option), value


def _option(path: Path) -> str:
    return next(part for part in reversed(path) if isinstance(part, str))


def _clusters(document: Document) -> Iterator[Problem]:
    seen: list[tuple[Path, str]] = []
    for path, cluster in raw.items(document.data, "clusters"):
        kubeconfig, context = raw.word(cluster, "kubeconfig") or "", raw.word(cluster, "context") or ""
        inside = cluster.get("in_cluster") in (True, "yes", "on")
        if inside and (kubeconfig or context):
            yield (
                (*path, "in_cluster"),
                "`in_cluster` uses the pod's own account; remove `kubeconfig` and `context`, or `in_cluster`",
            )
        if not any(unset[: len(path)] == path for unset in document.unset):
            seen.append((path, "in_cluster" if inside else f"{kubeconfig}#{context}"))
    first: dict[str, Path] = {}
    for path, way in seen:
        if way in first:
            line = document.line(first[way])
            yield path, f"`clusters`: this leads to the same cluster as line {line}; write another `context`"
        first.setdefault(way, path)


def _channels(document: Document) -> Iterator[Problem]:
    """A client reads along in its channels: none of them may be the team's, or another client's."""
    data = document.data
    team: list[tuple[Path, str]] = list(_all(data, "regions", "channel"))
    named = ((option, raw.word(data, "workspace", option)) for option in ("handoff_channel", "admin_channel"))
    team += [(("workspace", option), channel) for option, channel in named if channel]
    reports = raw.word(data, "reports", "channel")
    team += [(("reports", "channel"), reports)] if reports else []
    owned = {channel: path for path, channel in team}
    clients: list[tuple[Path, str]] = []
    for path, client in raw.items(data, "clients"):
        for where, channel in raw.words(client, "channels"):
            clients.append(((*path, *where), channel))
            if channel in owned:
                line = document.line(owned[channel])
                yield (
                    clients[-1][0],
                    f"`channels`: {channel} is the team's own in line {line}, where clients must not read along; "
                    "write the client's channel",
                )
    yield from _once(document, "client's channel", clients, "a channel has one client")


def _ownership(document: Document) -> Iterator[Problem]:
    """What is one client's on a cluster is nobody else's: it is what they are shown."""
    owned: dict[str, list[tuple[Path, str]]] = {"namespaces": [], "queues": []}
    for path, client in raw.items(document.data, "clients"):
        here: list[tuple[Path, str]] = []
        for where, access in raw.items(client, "access"):
            cluster = raw.word(access, "cluster")
            if not cluster:
                continue
            here.append(((*path, *where, "cluster"), cluster))
            for option, seen in owned.items():
                seen += [((*path, *where, *at), f"{name} of {cluster}") for at, name in raw.words(access, option)]
        yield from _once(document, "cluster of this client", here, "write all of it in one item")
    yield from _once(document, "client's namespace", owned["namespaces"], "a namespace has one client")
    yield from _once(document, "client's queue", owned["queues"], "a queue has one client; leave it out of the others")


def _groups(document: Document) -> Iterator[Problem]:
    """A client who acts with the team's Kubernetes group, or another client's, has that one's rights."""
    data = document.data
    seen: dict[str, Path] = {}
    for role in raw.mapping(data, "workspace", "kubernetes_groups"):
        for path, group in raw.words(data, "workspace", "kubernetes_groups", role):
            seen.setdefault(group, path)
    for path, client in raw.items(data, "clients"):
        own = [((*path, *where), group) for where, group in raw.words(client, "kubernetes_groups")]
        for where, group in own:
            if group in seen:
                line = document.line(seen[group])
                yield where, f"`kubernetes_groups`: `{group}` has other people's rights (line {line}); write its own"
        for where, group in own:
            seen.setdefault(group, where)


def _single_items(data: Any) -> Iterator[Problem]:
    for path, region in raw.items(data, "regions"):
        for option, cannot in (("hours", "people cannot work"), ("daytime", "it cannot be day")):
            start, end = raw.word(region, option, "start"), raw.word(region, option, "end")
            if start and end and start.rjust(5, "0") >= end.rjust(5, "0"):
                said = f"{cannot} from {start} to {end}; the end is after the start"
                yield (*path, option), f"`{option}`: {said}"
    for path, rule in raw.items(data, "rules"):
        if (rule.get("rotation") is None) == (rule.get("person") is None):
            yield path, "`rules`: a rule puts a `rotation` or a `person` on duty; write exactly one of the two"
