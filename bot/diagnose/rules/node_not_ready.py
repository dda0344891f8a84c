"""The kubelet of a node does not answer, or says that it cannot run pods."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot

RULE = Rule("node-not-ready", ("Node", "Pod"))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for node in snapshot.objects.suspects:
        if node.ready:
            continue
        condition = node.condition("Ready")
        told = facts.told(condition) if condition else Evidence("it has no Ready condition at all", "node status")
        affects = facts.on_node(snapshot, node.name)
        yield Finding(
            RULE.id,
            Severity.CRITICAL,
            facts.of_node(node),
            f"Node {node.name} is not ready",
            (told,),
            "Look at the machine's console; run what was on it elsewhere meanwhile.",
            Verdict.RESTART if affects.jobs else Verdict.NONE,
            affects,
        )
