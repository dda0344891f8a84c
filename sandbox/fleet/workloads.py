"""Kueue's side of a job: its Workload, and the rule that the Workload decides whether the job may run.

Who suspends or resumes a queued Job by hand is overruled, as in a real cluster: the way to stop it is
`Workload.spec.active`.
"""

import hashlib

from sandbox.fleet import jobs, meta
from sandbox.fleet.live import JOBS, WORKLOADS, Live
from sandbox.fleet.meta import JOB_UID, QUEUE, Name, Obj

JOBS_COMPONENT = "batch/job-kueue-controller"
COMPONENT = "kueue-workload-controller"
DEACTIVATED = "The workload is deactivated"
NO_RESERVATION = "The workload has no reservation"


def workload_name(job: Obj) -> str:
    digest = hashlib.sha1(f"batch/Job/{job['metadata']['name']}".encode(), usedforsecurity=False).hexdigest()
    return f"job-{job['metadata']['name']}-{digest[:5]}"


def of_job(live: Live, job: Obj) -> Obj | None:
    found = live.find(WORKLOADS, (job["metadata"]["namespace"], workload_name(job)))
    mine = found is not None and meta.labels_of(found).get(JOB_UID) == job["metadata"]["uid"]
    return found if mine else None


def admitted(workload: Obj) -> bool:
    return meta.is_true(workload, "Admitted") and not evicting(workload)


def evicting(workload: Obj) -> bool:
    return meta.is_true(workload, "Evicted") and meta.is_true(workload, "QuotaReserved")


def reconcile_job(live: Live, name: Name) -> None:
    job = live.find(JOBS, name)
    if job is None or QUEUE not in meta.labels_of(job) or "deletionTimestamp" in job["metadata"]:
        return
    workload = of_job(live, job)
    if workload is None:
        if not jobs.finished(job):
            _create(live, job)
        return
    if jobs.finished(job):
        _finish(live, job, workload)
        return
    _hold(live, job, workload)
    _pods_ready(live, job, workload)
    if evicting(workload) and not job.get("status", {}).get("active"):
        _release(live, workload)


def _create(live: Live, job: Obj) -> None:
    if not job["spec"].get("suspend"):
        live.change(JOBS, job, lambda d: d["spec"].update(suspend=True))
    stale = live.find(WORKLOADS, (job["metadata"]["namespace"], workload_name(job)))
    if stale is not None:
        live.store.delete(WORKLOADS, *reversed(meta.name_of(stale)))
    spec = job["spec"]
    created = live.store.create(WORKLOADS, {
        "metadata": {
            "name": workload_name(job),
            "namespace": job["metadata"]["namespace"],
            "creationTimestamp": meta.stamp(live.now),
            "labels": {JOB_UID: job["metadata"]["uid"]},
            "ownerReferences": [meta.owner("batch/v1", job, "Job")],
        },
        "spec": {
            "active": True,
            "priority": 0,
            "queueName": meta.labels_of(job)[QUEUE],
            "podSets": [{"name": "main", "count": int(spec.get("parallelism") or 1), "template": spec["template"]}],
        },
        "status": {},
    })  # fmt: skip
    key = "/".join(meta.name_of(created))
    live.event(job, "Normal", "CreatedWorkload", f"Created Workload: {key}", JOBS_COMPONENT)


def _hold(live: Live, job: Obj, workload: Obj) -> None:
    """The job's `suspend` follows the admission, whatever anybody wrote there."""
    may_run = admitted(workload)
    if bool(job["spec"].get("suspend")) != may_run:
        return
    live.change(JOBS, job, lambda d: d["spec"].update(suspend=not may_run))
    if may_run:
        queue = workload["status"]["admission"]["clusterQueue"]
        live.event(job, "Normal", "Started", f"Admitted by clusterQueue {queue}", JOBS_COMPONENT)
    else:
        why = DEACTIVATED if workload["spec"].get("active") is False else "Not admitted by cluster queue"
        live.event(job, "Normal", "Stopped", why, JOBS_COMPONENT)


def _pods_ready(live: Live, job: Obj, workload: Obj) -> None:
    if not meta.is_true(workload, "Admitted"):
        return
    ready = int(job.get("status", {}).get("ready", 0)) >= int(job["spec"].get("parallelism") or 1)
    known = meta.condition(workload, "PodsReady")
    if known is not None and (known["status"] == "True") == ready:
        return
    lost = known is not None and not ready
    reason = "Started" if ready else "WaitForRecovery" if lost else "WaitForStart"
    message = (
        "All pods reached readiness and the workload is running" if ready else "Not all pods are ready or succeeded"
    )
    _say(live, workload, ("PodsReady", "True" if ready else "False", reason, message))


def _finish(live: Live, job: Obj, workload: Obj) -> None:
    if meta.is_true(workload, "Finished"):
        return
    good = meta.is_true(job, "Complete")
    message = "Job finished successfully" if good else "Job has reached the specified backoff limit"
    _say(live, workload, ("Finished", "True", "Succeeded" if good else "Failed", message))


def reconcile(live: Live, name: Name) -> None:
    """Deactivation and reactivation of one Workload."""
    workload = live.find(WORKLOADS, name)
    if workload is None or meta.is_true(workload, "Finished"):
        return
    job = _job(live, workload)
    if job is not None:
        live.wake("kueue", job)
    if workload["spec"].get("active") is False:
        _deactivate(live, workload)
    elif meta.is_true(workload, "Evicted") and not meta.is_true(workload, "QuotaReserved"):
        requeued = meta.condition(workload, "Requeued")
        if requeued is not None and requeued["status"] == "False":
            _say(live, workload, ("Requeued", "True", "Reactivated", "The workload was reactivated"))


def _deactivate(live: Live, workload: Obj) -> None:
    evicted = meta.condition(workload, "Evicted")
    if evicted is not None and evicted["status"] == "True" and evicted["reason"] == "Deactivated":
        return
    evict(live, workload, "Deactivated", DEACTIVATED)


def evict(live: Live, workload: Obj, reason: str, message: str) -> None:
    """Says that it must go. The quota is given back when its pods are gone."""
    back = "False" if reason == "Deactivated" else "True"
    held = meta.is_true(workload, "QuotaReserved")
    said = [("Evicted", "True", reason, message), ("Requeued", back, reason, message)]
    if not held:
        said.append(("QuotaReserved", "False", "Pending", message))
    changed = _say(live, workload, *said)
    kind = "EvictedDueTo" + reason
    live.event(changed, "Normal", kind, message, COMPONENT)


def _release(live: Live, workload: Obj) -> None:
    evicted = meta.condition(workload, "Evicted") or {}

    def change(draft: Obj) -> None:
        draft["status"].pop("admission", None)
        now = live.now
        meta.set_condition(draft, "QuotaReserved", "False", "Pending", evicted.get("message", ""), now)
        meta.set_condition(draft, "Admitted", "False", "NoReservation", NO_RESERVATION, now)
        meta.set_condition(draft, "PodsReady", "False", "WaitForStart", "Not all pods are ready or succeeded", now)

    live.change(WORKLOADS, workload, change)


def _job(live: Live, workload: Obj) -> Name | None:
    controller = meta.owner_of(workload)
    return (workload["metadata"]["namespace"], controller["name"]) if controller else None


def _say(live: Live, workload: Obj, *conditions: tuple[str, str, str, str]) -> Obj:
    def change(draft: Obj) -> None:
        for type_, status, reason, message in conditions:
            meta.set_condition(draft, type_, status, reason, message, live.now)

    return live.change(WORKLOADS, workload, change)
