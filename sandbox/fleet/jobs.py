"""The Job controller: one pod an index, suspend and resume, back-off, Complete and Failed.

Follows batch/v1 with completionMode Indexed. Left out: podFailurePolicy, elastic indexes, finalizers for tracking.
"""

from datetime import datetime, timedelta

from sandbox.fleet import meta
from sandbox.fleet.live import JOBS, PODS, Live
from sandbox.fleet.meta import INDEX, JOB_NAME, Name, Obj

COMPONENT = "job-controller"
BACKOFF_SECONDS = 10
BACKOFF_MOST = 600


def finished(job: Obj) -> bool:
    return meta.is_true(job, "Complete") or meta.is_true(job, "Failed")


def reconcile(live: Live, name: Name) -> None:
    job = live.find(JOBS, name)
    if job is None or "deletionTimestamp" in job["metadata"]:
        return
    _defaults(live, job)
    job = live.store.get(JOBS, name[1], name[0])
    pods = live.pods_of(job["metadata"]["uid"])
    if finished(job):
        _delete(live, [p for p in pods if not meta.over(p)])
    elif job["spec"].get("suspend"):
        _suspend(live, job, pods)
    else:
        _run(live, job, pods)


def _defaults(live: Live, job: Obj) -> None:
    """What the API server adds to a Job that a client created."""
    uid, template = job["metadata"]["uid"], job["spec"]["template"]
    wanted = {"batch.kubernetes.io/controller-uid": uid, "controller-uid": uid,
              JOB_NAME: job["metadata"]["name"], "job-name": job["metadata"]["name"]}  # fmt: skip
    if (template.get("metadata", {}).get("labels") or {}).get(JOB_NAME) and "selector" in job["spec"]:
        return

    def change(draft: Obj) -> None:
        labels = draft["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {})
        labels.update(wanted)
        draft["spec"].setdefault("selector", {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})
        for key, value in (("parallelism", 1), ("completions", 1), ("backoffLimit", 6), ("suspend", False)):
            draft["spec"].setdefault(key, value)

    live.change(JOBS, job, change)


def _suspend(live: Live, job: Obj, pods: list[Obj]) -> None:
    active = [p for p in pods if not meta.over(p)]
    going = [p for p in active if "deletionTimestamp" not in p["metadata"]]
    if not meta.is_true(job, "Suspended"):
        job = _say(live, job, "Suspended", "True", "JobSuspended", "Job suspended")
        live.event(job, "Normal", "Suspended", "Job suspended", COMPONENT)
    _delete(live, going)
    _status(live, job, live.pods_of(job["metadata"]["uid"]), start=None)


def _run(live: Live, job: Obj, pods: list[Obj]) -> None:
    if meta.is_true(job, "Suspended"):
        job = _say(live, job, "Suspended", "False", "JobResumed", "Job resumed")
        live.event(job, "Normal", "Resumed", "Job resumed", COMPONENT)
    failed = [p for p in pods if p["status"].get("phase") == "Failed"]
    if _exhausted(job, pods, failed):
        _end_failed(live, job, pods)
        return
    wanted = set(range(int(job["spec"].get("completions") or job["spec"].get("parallelism") or 1)))
    done = {_index(p) for p in pods if p["status"].get("phase") == "Succeeded"}
    if done >= wanted:
        _end_complete(live, job, pods)
        return
    there = {_index(p) for p in pods if not meta.over(p) and "deletionTimestamp" not in p["metadata"]}
    missing = sorted(wanted - done - there)
    wait = _backoff(live, failed) if missing else 0
    if wait > 0:
        name = meta.name_of(job)
        live.after(wait, lambda: live.wake("job", name))
    else:
        for index in missing:
            made = live.store.create(PODS, _pod(live, job, index))
            live.event(job, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}", COMPONENT)
    start = job.get("status", {}).get("startTime") or meta.stamp(live.now)
    _status(live, job, live.pods_of(job["metadata"]["uid"]), start=start)


def _exhausted(job: Obj, pods: list[Obj], failed: list[Obj]) -> bool:
    limit = int(job["spec"].get("backoffLimit", 6))
    restarts = sum(c.get("restartCount", 0) for p in pods for c in p["status"].get("containerStatuses") or ())
    return len(failed) > limit or restarts > limit


def _backoff(live: Live, failed: list[Obj]) -> float:
    """Seconds to wait before the next pod is created."""
    ends = [e for p in failed if (e := ended_at(p)) is not None]
    if not ends:
        return 0
    wait = min(BACKOFF_MOST, BACKOFF_SECONDS * 2 ** (len(ends) - 1))
    return (max(ends) + timedelta(seconds=wait) - live.now).total_seconds()


def ended_at(pod: Obj) -> datetime | None:
    ends = [c["state"]["terminated"]["finishedAt"] for c in pod["status"].get("containerStatuses") or ()
            if "terminated" in c.get("state", {})]  # fmt: skip
    return meta.when(max(ends)) if ends else None


def _end_failed(live: Live, job: Obj, pods: list[Obj]) -> None:
    message = "Job has reached the specified backoff limit"
    _status(live, job, pods, start=job.get("status", {}).get("startTime"))

    def change(draft: Obj) -> None:
        for type_ in ("FailureTarget", "Failed"):
            meta.set_condition(draft, type_, "True", "BackoffLimitExceeded", message, live.now, "lastProbeTime")
        draft["status"].update(active=0, ready=0)

    ended = live.change(JOBS, job, change)
    live.event(ended, "Warning", "BackoffLimitExceeded", message, COMPONENT)
    _delete(live, [p for p in pods if not meta.over(p)])


def _end_complete(live: Live, job: Obj, pods: list[Obj]) -> None:
    message = "Reached expected number of succeeded pods"
    _status(live, job, pods, start=job.get("status", {}).get("startTime"))

    def change(draft: Obj) -> None:
        for type_ in ("SuccessCriteriaMet", "Complete"):
            meta.set_condition(draft, type_, "True", "CompletionsReached", message, live.now, "lastProbeTime")
        draft["status"]["completionTime"] = meta.stamp(live.now)

    live.event(live.change(JOBS, job, change), "Normal", "Completed", "Job completed", COMPONENT)


def _status(live: Live, job: Obj, pods: list[Obj], start: str | None) -> None:
    going = [p for p in pods if not meta.over(p)]
    active = [p for p in going if "deletionTimestamp" not in p["metadata"]]
    old = job.get("status") or {}
    failed = sum(p["status"].get("phase") == "Failed" for p in pods)
    done = sorted(_index(p) for p in pods if p["status"].get("phase") == "Succeeded")
    new = {
        **old,
        "active": len(active),
        "ready": sum(meta.is_true(p, "Ready") for p in active),
        "succeeded": len(done),
        "failed": max(failed, int(old.get("failed", 0))),
        "terminating": len(going) - len(active),
        "uncountedTerminatedPods": {},
    }
    if done:
        new["completedIndexes"] = _ranges(done)
    new.pop("startTime", None)
    if start:
        new["startTime"] = start
    if new != old:
        live.change(
            JOBS, job, lambda d: d.update(status={**new, "conditions": d.get("status", {}).get("conditions", [])})
        )


def _say(live: Live, job: Obj, type: str, status: str, reason: str, message: str) -> Obj:
    return live.change(
        JOBS, job, lambda d: meta.set_condition(d, type, status, reason, message, live.now, "lastProbeTime")
    )


def _delete(live: Live, pods: list[Obj]) -> None:
    for pod in pods:
        if "deletionTimestamp" not in pod["metadata"]:
            live.store.delete(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"])


def _pod(live: Live, job: Obj, index: int) -> Obj:
    name, template = job["metadata"]["name"], job["spec"]["template"]
    made = live.gangs.get(job["metadata"]["uid"], 0)
    labels = {**(template["metadata"].get("labels") or {}), INDEX: str(index)}
    space = job["metadata"]["namespace"]
    return {
        "metadata": {
            "name": live.pod_name(space, f"{name}-{index}", made),
            "generateName": f"{name}-{index}-",
            "namespace": space,
            "creationTimestamp": meta.stamp(live.now),
            "labels": labels,
            "annotations": {INDEX: str(index)},
            "ownerReferences": [meta.owner("batch/v1", job, "Job")],
        },
        "spec": {
            **template["spec"],
            "hostname": f"{name}-{index}",
            "schedulerName": "default-scheduler",
            "priority": 0,
            "enableServiceLinks": True,
        },
        "status": {"phase": "Pending", "qosClass": "Guaranteed"},
    }


def _index(pod: Obj) -> int:
    return int(meta.labels_of(pod).get(INDEX, "0"))


def _ranges(numbers: list[int]) -> str:
    """0, 1, 2, 5 → "0-2,5"."""
    parts: list[list[int]] = []
    for n in numbers:
        if parts and parts[-1][-1] == n - 1:
            parts[-1].append(n)
        else:
            parts.append([n])
    return ",".join(f"{p[0]}-{p[-1]}" if len(p) > 1 else str(p[0]) for p in parts)
