"""A node's condition says that something is wrong with it. Which status is bad stands in `fleet.conditions`."""

from collections.abc import Iterator

from bot.diagnose import facts, xids
from bot.diagnose.model import Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet import conditions
from bot.fleet.parts import Condition
from bot.fleet.snapshot import Snapshot

RULE = Rule("bad-condition", ("Node",))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for node in snapshot.objects.suspects:
        bad = [c for c in node.status.conditions if _ours(c)]
        if not bad:
            continue
        words = ", ".join(c.type for c in bad)
        affects = facts.on_node(snapshot, node.name)
        yield Finding(
            RULE.id,
            Severity.WARNING,
            facts.of_node(node),
            f"Node {node.name} says {words}",
            tuple(facts.told(c) for c in bad),
            _recommended(bad) or "Look at the node before the next long job lands on it.",
            Verdict.NONE,
            affects,
        )


def _ours(condition: Condition) -> bool:
    """Bad, and neither readiness nor an Xid, which have rules of their own."""
    if condition.type == "Ready" or conditions.judge(condition) is not conditions.Verdict.BAD:
        return False
    return xids.found_in(f"{condition.reason or ''} {condition.message or ''}") is None


def _recommended(bad: list[Condition]) -> str:
    """NVSentinel writes what it recommends into the message."""
    for condition in bad:
        _, mark, action = (condition.message or "").partition("RecommendedAction:")
        if mark:
            return f"NVSentinel recommends: {action.strip(' .;')}."
    return ""
