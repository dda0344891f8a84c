"""A job has failed, or some of its pods have while it tries again. Names the pod that was first."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity
from bot.directory.access import Scope
from bot.fleet.objects import ContainerStatus, Job, Terminated
from bot.fleet.snapshot import Snapshot

RULE = Rule("failed", ("Job", "Pod"))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    ended = {subject.key: found for subject, found in facts.ended_badly(snapshot) if subject.kind == "Job"}
    for job in snapshot.objects.jobs.values():
        condition = job.condition("Failed")
        gave_up = condition is not None and condition.status == "True"
        found = [f for f in ended.get(job.key, []) if gave_up or _ours(f[1], f[2])]
        if not gave_up and (not found or job.finished):
            continue
        evidence = [
            Evidence(_first(pod.name, pod.spec.node_name, how), f"pod {pod.name}", how.finished_at)
            for pod, _, how in found[:1]
        ]
        if condition is not None and gave_up:
            words = condition.message or condition.reason or "Failed"
            evidence.append(Evidence(f"{condition.reason}: {words}", "job status", condition.at))
        yield Finding(
            RULE.id,
            Severity.WARNING,
            facts.of_job(job),
            _title(job, gave_up, len({p.key for p, _, _ in found}), found[0][2] if found else None),
            tuple(evidence),
            "Look at what the first failed pod said (`why` shows it) before it is run again.",
            affects=facts.by_job(snapshot, job),
        )


def _ours(status: ContainerStatus, how: Terminated) -> bool:
    """Crash loops and kills for memory have rules of their own."""
    return status.state.waiting is None and how.reason != "OOMKilled"


def _title(job: Job, gave_up: bool, pods: int, first: Terminated | None) -> str:
    how = f": {facts.how_it_ended(first)}" if first else ""
    if gave_up:
        return f"{job.metadata.name} has failed{how}"
    return f"{facts.count(pods, 'pod')} of {job.metadata.name} failed{how}; it tries again"


def _first(pod: str, node: str, how: Terminated) -> str:
    where = f" on {node}" if node else ""
    return f"first to end: {pod}{where}, {facts.how_it_ended(how)}"
