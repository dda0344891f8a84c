"""A node reported an Xid while it still offers all its GPUs."""

from collections.abc import Iterator

from bot.diagnose import facts, xids
from bot.diagnose.model import Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot

RULE = Rule("xid", ("Node", "Event"))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for node in snapshot.objects.suspects:
        capacity, allocatable = snapshot.objects.gpus[node.name]
        if allocatable < capacity:
            continue
        seen = facts.xids_on(snapshot, node)
        if not seen:
            continue
        worst = next((x for x, _ in seen if x.fatal), seen[0][0])
        affects = facts.on_node(snapshot, node.name)
        harmless = worst.action is xids.Action.NOTE
        yield Finding(
            RULE.id,
            Severity.WARNING if worst.fatal else Severity.INFO,
            facts.of_node(node),
            f"Node {node.name} reports {xids.says(worst)}",
            tuple(evidence for _, evidence in seen[:3]),
            "Nothing to do now; it counts when it comes back." if harmless else _help(worst),
            Verdict.RESTART if affects.jobs and worst.fatal and not harmless else Verdict.NONE,
            affects,
        )


def _help(xid: xids.Xid) -> str:
    where = "Drain the node first, then " if xid.action in (xids.Action.RESET_GPU, xids.Action.RESTART_MACHINE) else ""
    return f"{where}{xid.action}." if where else f"{xid.action.capitalize()}."
