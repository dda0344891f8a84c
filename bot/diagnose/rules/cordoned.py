"""A node takes no new pods. Says whose doing it is: another tool's cordon is not lifted by the way."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity
from bot.directory.access import Scope
from bot.fleet.objects import Node
from bot.fleet.snapshot import Snapshot

RULE = Rule("cordoned", ("Node",))
_TAINTS = {
    "ToBeDeletedByClusterAutoscaler": "the cluster autoscaler",
    "DeletionCandidateOfClusterAutoscaler": "the cluster autoscaler",
    "cloud.google.com/impending-node-termination": "the cloud (the machine is about to go)",
    "karpenter.sh/disrupted": "Karpenter",
}


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for node in snapshot.objects.suspects:
        if not node.spec.unschedulable:
            continue
        who, why = _whose(node)
        affects = facts.on_node(snapshot, node.name)
        yield Finding(
            RULE.id,
            Severity.INFO,
            facts.of_node(node),
            f"Node {node.name} is cordoned by {who}" + (f": {why}" if why else ""),
            (_since(node),),
            "Leave it to them; ask before it is uncordoned.",
            affects=affects,
        )


def _whose(node: Node) -> tuple[str, str]:
    """(who, why)."""
    if who := node.metadata.mark("cordoned_by"):
        return who, node.metadata.mark("cordoned_because")
    if state := node.metadata.mark("nvsentinel"):
        return "NVSentinel", state
    for taint in node.spec.taints:
        if taint.key in _TAINTS:
            return _TAINTS[taint.key], ""
    return "somebody", "no tool left its mark"


def _since(node: Node) -> Evidence:
    taint = next((t for t in node.spec.taints if t.key == "node.kubernetes.io/unschedulable"), None)
    at = taint.time_added if taint else None
    with suppress(ValueError):  # a label cannot have colons
        at = datetime.strptime(node.metadata.mark("cordoned_at"), "%Y-%m-%dT%H-%M-%SZ").replace(tzinfo=UTC)
    return Evidence("spec.unschedulable is set", "node", at)
