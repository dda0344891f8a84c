"""Pods have a place in no node: the scheduler says why."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Subject, Verdict
from bot.directory.access import Scope
from bot.fleet import parts
from bot.fleet.objects import Pod
from bot.fleet.parts import Condition
from bot.fleet.snapshot import Snapshot

RULE = Rule("unschedulable", ("Pod",))
_CAUSES = (
    (("affinity", "selector"), "Correct its node selector or affinity: no node has what it asks for."),
    (("taint",), "Give it the toleration, or wait until the taint is taken off."),
    (
        ("nvidia.com/gpu", "insufficient"),
        "It starts when enough GPUs are free; ask for fewer, or wait.",
    ),
    (("volume", "persistentvolumeclaim", "pvc"), "Look at its volume claims: one is not bound."),
)


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    found: dict[Subject, list[tuple[Pod, Condition]]] = {}
    for pod in snapshot.objects.troubled:
        if pod.status.phase != "Pending" or pod.spec.node_name:
            continue
        condition = parts.condition(pod.status.conditions, "PodScheduled")
        if condition is not None and condition.status == "False" and condition.reason == "Unschedulable":
            found.setdefault(facts.of_pod(snapshot, pod), []).append((pod, condition))
    for subject, some in found.items():
        pod, condition = some[0]
        words = condition.message or "no reason is given"
        yield Finding(
            RULE.id,
            Severity.WARNING,
            subject,
            f"{facts.count(len(some), 'pod')} of {subject.name} cannot be placed: {words.split('. ')[0]}",
            (Evidence(words, f"scheduler, pod {pod.name}", condition.at),),
            next((step for marks, step in _CAUSES if any(m in words.lower() for m in marks)), "Read what it lacks."),
            Verdict.WAIT,
            facts.affected(snapshot, subject, [p for p, _ in some]),
        )
