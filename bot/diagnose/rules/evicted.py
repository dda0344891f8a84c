"""Pods were taken off their nodes: by the kubelet, by a preemption, by Kueue."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.objects import Pod
from bot.fleet.snapshot import Snapshot

RULE = Rule("evicted", ("Pod", "Workload"))
_REASONS = ("Evicted", "Preempting", "Preempted", "NodeLost", "Shutdown", "NodeShutdown", "Terminated")


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    yield from _by_kueue(snapshot)
    found: dict[str, list[Pod]] = {}
    for pod in snapshot.objects.troubled:
        job = snapshot.job_of(pod)
        if job and not job.finished and pod.status.reason in _REASONS:
            found.setdefault(job.key, []).append(pod)
    for key, pods in found.items():
        job = snapshot.objects.jobs[key]
        first = pods[0]
        yield Finding(
            RULE.id,
            Severity.WARNING,
            facts.of_job(job),
            f"{job.metadata.name} lost {facts.count(len(pods), 'pod')}, taken off the node ({first.status.reason})",
            (Evidence(first.status.message or first.status.reason, f"pod {first.name}", first.status.start_time),),
            "Run it again where it does not start by itself.",
            Verdict.RESTART,
            facts.by_job(snapshot, job),
        )


def _by_kueue(snapshot: Snapshot) -> Iterator[Finding]:
    for job in snapshot.objects.jobs.values():
        workload = snapshot.workload_of(job)
        if workload is None or job.finished or workload.spec.active is False:
            continue
        for type in ("Preempted", "Evicted"):
            condition = workload.condition(type)
            if condition is None or condition.status != "True" or workload.is_("Admitted"):
                continue
            yield Finding(
                RULE.id,
                Severity.WARNING,
                facts.of_job(job),
                f"Kueue has taken {job.metadata.name} off its nodes ({condition.reason or type})",
                (Evidence(condition.message or type, "Kueue workload", condition.at),),
                "It is queued again, and starts when there is room.",
                Verdict.WAIT,
                facts.by_job(snapshot, job),
            )
            break
