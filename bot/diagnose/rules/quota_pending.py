"""A Kueue workload has no quota yet. Says what it lacks and the smallest change that would let it in."""

import re
from collections.abc import Iterator
from datetime import timedelta

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.objects import ClusterQueue, Job, Workload
from bot.fleet.parts import Condition
from bot.fleet.snapshot import Snapshot

RULE = Rule("quota-pending", ("Workload", "Job"))
LONG = timedelta(hours=24)
"""To wait in a queue is no fault; so long is worth a look."""
_MORE = re.compile(r"nvidia\.com/\S+ in flavor \S+, (\d+) more needed")
_NEVER = {
    "ExceedsMaxQuota": "it asks for more than the queue can ever give",
    "NoMatchingFlavor": "no flavor of the queue fits it",
    "Misconfigured": "its queue is misconfigured",
}
_WAITS = {
    "TopologyPlacementFailed": "no group of nodes near each other is free",
    "WaitingForPreemptedWorkloads": "it waits for others to make room, which are being stopped",
    "WaitingForPodsReady": "it waits for others whose pods are still starting",
}


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for job in snapshot.objects.jobs.values():
        workload = snapshot.workload_of(job)
        if workload is not None and workload.pending and not job.finished:
            yield _finding(snapshot, job, workload)


def _finding(snapshot: Snapshot, job: Job, workload: Workload) -> Finding:
    reserved = workload.condition("QuotaReserved")
    queue = _queue(snapshot, workload)
    wanted = workload.gpus or job.gpus
    never = _never(reserved, queue, wanted)
    since = workload.metadata.creation_timestamp
    waited = snapshot.as_of - since if since else timedelta(0)
    return Finding(
        RULE.id,
        Severity.WARNING if never or waited > LONG else Severity.INFO,
        facts.of_job(job),
        f"{job.metadata.name} waits for quota: {never or _words(reserved, queue, wanted)}",
        tuple(_evidence(workload, reserved, queue, wanted)),
        _lift(snapshot, queue, workload, wanted, bool(never)),
        Verdict.STOP if never else Verdict.WAIT,
        facts.by_job(snapshot, job),
    )


def _queue(snapshot: Snapshot, workload: Workload) -> ClusterQueue | None:
    local = snapshot.objects.local_queues.get(f"{workload.metadata.namespace}/{workload.spec.queue_name}")
    return snapshot.objects.cluster_queues.get(local.spec.cluster_queue) if local else None


def _never(reserved: Condition | None, queue: ClusterQueue | None, wanted: int) -> str:
    """Why it will not start however long it waits; "" where waiting may help."""
    reason = (reserved.reason or "") if reserved else ""
    if reason in _NEVER:
        return _NEVER[reason]
    if queue and queue.gpu_quota and queue.gpu_most is not None and wanted > queue.gpu_most:
        return f"it asks for {wanted} GPUs, and {queue.name} can never give more than {queue.gpu_most}"
    return ""


def _words(reserved: Condition | None, queue: ClusterQueue | None, wanted: int) -> str:
    if reserved and reserved.reason in _WAITS:
        return _WAITS[reserved.reason]
    if reserved is None:
        return "it was not tried yet, others stand before it in the queue"
    if queue and queue.gpu_quota:
        lacking = _lacking(reserved, queue, wanted)
        return f"it asks for {wanted} GPUs, {lacking} more than the queue {queue.name} can give now"
    return reserved.message or reserved.reason or "no reason is given"


def _evidence(
    workload: Workload, reserved: Condition | None, queue: ClusterQueue | None, wanted: int
) -> Iterator[Evidence]:
    if reserved is not None:
        words = f"QuotaReserved={reserved.status} ({reserved.reason}): {reserved.message}"
        yield Evidence(words, "Kueue workload", reserved.at)
    yield Evidence(f"asks for {wanted} GPUs", "Kueue workload", workload.metadata.creation_timestamp)
    if queue is not None:
        used = f"{queue.gpus_used} of {queue.gpu_quota} GPUs used, {queue.status.pending_workloads} workloads waiting"
        yield Evidence(f"queue {queue.name}: {used}", "queue status")


def _lift(snapshot: Snapshot, queue: ClusterQueue | None, workload: Workload, wanted: int, never: bool) -> str:
    """The smallest change that lifts it."""
    if queue is None or not queue.gpu_quota:
        return "Look at the queue's flavors and quota." if never else "Wait, or ask for more quota."
    if never and queue.gpu_most is not None and wanted > queue.gpu_most:
        more = wanted - queue.gpu_most
        return f"Ask for at most {queue.gpu_most} GPUs, or have the quota of {queue.name} raised by {more}."
    if never:
        return "Correct the job's node selector or resources, or the queue's flavors."
    reserved = workload.condition("QuotaReserved")
    lacking = _lacking(reserved, queue, wanted)
    if reserved is None or lacking <= 0:
        return "Wait: it is its turn when those before it have started."
    if other := _would_free(snapshot, queue, lacking):
        return f"It fits when {other} ends, or with {lacking} GPUs more of quota."
    return f"It fits when {lacking} GPUs of {queue.name} are free, or with so much more quota."


def _lacking(reserved: Condition | None, queue: ClusterQueue, wanted: int) -> int:
    """GPUs that are missing. Kueue counts what can be borrowed too, so its own figure goes first."""
    if reserved and (found := _MORE.search(reserved.message or "")):
        return int(found[1])
    return wanted - max(0, queue.gpu_quota - queue.gpus_used)


def _would_free(snapshot: Snapshot, queue: ClusterQueue, lacking: int) -> str:
    """The smallest running workload whose end would be enough: "name (64 GPUs)"."""
    running = [
        w
        for w in snapshot.objects.workloads.values()
        if w.status.admission and w.status.admission.cluster_queue == queue.name and not w.is_("Finished")
    ]
    enough = sorted((w.gpus, w.metadata.name, w) for w in running if w.gpus >= lacking)
    if not enough:
        return ""
    gpus, name, workload = enough[0]
    owner = next((o.name for o in workload.metadata.owner_references if o.controller), name)
    return f"{owner} ({gpus} GPUs)"
