"""A node offers fewer GPUs than it has: the device plugin gave one up, and does not take it back by itself."""

from collections.abc import Iterator

from bot.diagnose import facts, xids
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet import conditions
from bot.fleet.objects import Node
from bot.fleet.snapshot import Snapshot

RULE = Rule("gpu-lost", ("Node", "Pod"))
_HELP = {
    xids.Action.RESTART_MACHINE: "Cordon and drain the node, then restart the machine.",
    xids.Action.RESET_GPU: "Cordon and drain the node, then reset the GPU (or restart the machine).",
    xids.Action.RESTART_APP: "Run the job again; restart the device plugin on the node to get the GPU back.",
}
_UNKNOWN = "Look for Xids in the node's kernel log; restart its device plugin when there are none."


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for node in snapshot.objects.suspects:
        capacity, allocatable = snapshot.objects.gpus[node.name]
        if allocatable < capacity:
            yield _finding(snapshot, node, capacity, allocatable)


def _finding(snapshot: Snapshot, node: Node, capacity: int, allocatable: int) -> Finding:
    seen = facts.xids_on(snapshot, node)
    worst = next((x for x, _ in seen if x.fatal), seen[0][0] if seen else None)
    lost = facts.count(capacity - allocatable, "GPU")
    why = f": {xids.says(worst)}" if worst else ", and no Xid says why"
    evidence = [Evidence(f"{allocatable} of {capacity} GPUs are allocatable", "node status"), *(e for _, e in seen[:3])]
    if not seen:
        bad = (c for c in node.status.conditions if c.type in conditions.GPU_LOST)
        evidence += [facts.told(c) for c in bad if conditions.judge(c) is conditions.Verdict.BAD]
    affects = facts.on_node(snapshot, node.name)
    return Finding(
        RULE.id,
        Severity.CRITICAL,
        facts.of_node(node),
        f"Node {node.name} has lost {lost} of {capacity}{why}",
        tuple(evidence),
        _HELP.get(worst.action, _UNKNOWN) if worst else _UNKNOWN,
        Verdict.RESTART if affects.jobs else Verdict.NONE,
        affects,
    )
