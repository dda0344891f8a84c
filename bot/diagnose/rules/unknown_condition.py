"""Nodes show a condition that Heliograph does not know: said as unknown, never taken for a fault."""

from collections import defaultdict
from collections.abc import Iterator

from bot.diagnose.model import Evidence, Finding, Rule, Severity, Subject
from bot.directory.access import Scope
from bot.fleet import conditions
from bot.fleet.snapshot import Snapshot

RULE = Rule("unknown-condition", ("Node",))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    found: dict[str, list[str]] = defaultdict(list)
    for node in snapshot.objects.suspects:
        for condition in node.status.conditions:
            if condition.status == "True" and not conditions.known(condition):
                found[condition.type].append(node.name)
    for type, names in found.items():
        few = ", ".join(sorted(names)[:5]) + (" …" if len(names) > 5 else "")
        yield Finding(
            RULE.id,
            Severity.INFO,
            Subject("Condition", "", type),
            f"{len(names)} of {len(snapshot.objects.nodes)} nodes show {type}=True, which Heliograph does not know",
            (Evidence(few, "node condition"),),
            "Ask whoever runs the tool that sets it; True is good for some tools and bad for others.",
        )
