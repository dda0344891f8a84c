"""A few nodes show a condition that Heliograph does not know: said as unknown, never taken for a fault."""

from collections import defaultdict
from collections.abc import Iterator

from bot.diagnose.model import Affects, Evidence, Finding, Rule, Severity, Subject
from bot.directory.access import Scope
from bot.fleet import conditions
from bot.fleet.snapshot import Snapshot

RULE = Rule("unknown-condition", ("Node",))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for node in snapshot.objects.nodes.values():
        for condition in node.status.conditions:
            if not conditions.known(condition):
                found[condition.type][condition.status].append(node.name)
    for type, by_status in found.items():
        total = sum(map(len, by_status.values()))
        for status, names in by_status.items():
            if len(names) * 2 > total and total > 2:
                continue
            yield Finding(
                RULE.id,
                Severity.INFO,
                Subject("Condition", "", f"{type}={status}"),
                f"{len(names)} of {total} nodes show {type}={status}, which Heliograph does not know",
                (Evidence(", ".join(sorted(names)[:5]) + (" …" if len(names) > 5 else ""), "node condition"),),
                "Ask whoever runs the tool that sets it.",
                affects=Affects(),
            )
