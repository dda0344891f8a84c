"""A queue takes nothing in: stopped by somebody, or misconfigured. What waits in it waits for a person."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Affects, Evidence, Finding, Rule, Severity, Subject
from bot.directory.access import Scope
from bot.fleet import parts
from bot.fleet.objects import ClusterQueue, LocalQueue
from bot.fleet.snapshot import Snapshot

RULE = Rule("queue-inactive", ("LocalQueue", "ClusterQueue"))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for queue in snapshot.objects.cluster_queues.values():
        if told := _stopped(queue):
            locals_ = {q.key for q in snapshot.objects.local_queues.values() if q.spec.cluster_queue == queue.name}
            yield _finding(snapshot, Subject("ClusterQueue", "", queue.name), told, locals_)
    for local in snapshot.objects.local_queues.values():
        above = snapshot.objects.cluster_queues.get(local.spec.cluster_queue)
        if (told := _stopped(local)) and not (above and _stopped(above)):
            subject = Subject("LocalQueue", local.metadata.namespace, local.metadata.name)
            yield _finding(snapshot, subject, told, {local.key})


def _stopped(queue: ClusterQueue | LocalQueue) -> Evidence | None:
    if queue.spec.stop_policy not in (None, "", "None"):
        return Evidence(f"spec.stopPolicy is {queue.spec.stop_policy}", "queue")
    active = parts.condition(queue.status.conditions, "Active")
    if active is not None and active.status == "False":
        return Evidence(f"Active=False ({active.reason}): {active.message}", "queue status", active.at)
    return None


def _finding(snapshot: Snapshot, subject: Subject, told: Evidence, queues: set[str]) -> Finding:
    waiting = [
        w
        for w in snapshot.objects.workloads.values()
        if w.pending and f"{w.metadata.namespace}/{w.spec.queue_name}" in queues
    ]
    uids = {w.job_uid for w in waiting}
    jobs = tuple(sorted(j.key for j in snapshot.objects.jobs.values() if j.metadata.uid in uids))
    return Finding(
        RULE.id,
        Severity.CRITICAL if waiting else Severity.WARNING,
        subject,
        f"The queue {subject.name} takes nothing in; {facts.count(len(waiting), 'workload')} waiting",
        (told,),
        "Ask who stopped it, or mend what its status names; nothing in it starts before.",
        affects=Affects(jobs, 0, sum(w.gpus for w in waiting)),
    )
