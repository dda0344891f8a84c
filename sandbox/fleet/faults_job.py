"""Faults of jobs: collectives that hang, memory, images, data, quota, and the stall that says nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.fleet import failures, jobs, manifests, megatron, meta
from sandbox.fleet.catalogue import Training
from sandbox.fleet.kubelet import Curse, container
from sandbox.fleet.live import CLUSTER, JOBS, PODS
from sandbox.fleet.meta import JOB_NAME, Name, Obj
from sandbox.fleet.run import Fleet

if TYPE_CHECKING:
    from sandbox.fleet.incidents import Injected

MOST_PEERS = 8
"""Ranks that log an error about another one; the rest would only say the same."""
UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid", JOB_NAME, "job-name")


def job_of(fleet: Fleet, pod: Obj) -> Obj | None:
    return fleet.live.find(JOBS, (meta.name_of(pod)[0], meta.labels_of(pod).get(JOB_NAME, "")))


def peers(fleet: Fleet, job: Obj, lines: Callable[[Obj], list[str]], besides: Obj | None = None) -> None:
    """Some seconds later, one after the other, other pods of the gang write `lines`."""
    others = [p for p in running(fleet, job) if besides is None or p["metadata"]["uid"] != besides["metadata"]["uid"]]
    die = meta.dice(fleet.seed, "peers", job["metadata"]["uid"])
    chosen = others if len(others) <= MOST_PEERS else die.sample(others, MOST_PEERS)
    for number, pod in enumerate(sorted(chosen, key=lambda p: str(p["metadata"]["name"]))):
        name = meta.name_of(pod)
        fleet.live.after(0.4 + 0.17 * number, lambda n=name: _say(fleet, n, lines))  # type: ignore[misc]


def _say(fleet: Fleet, name: Name, lines: Callable[[Obj], list[str]]) -> None:
    pod = fleet.live.pods.get(name)
    if pod is not None and not meta.over(pod):
        fleet.kubelet.write(pod, lines(pod))


def running(fleet: Fleet, job: Obj) -> list[Obj]:
    pods = fleet.live.pods_of(job["metadata"]["uid"])
    return [p for p in pods if p["status"].get("phase") == "Running" and "deletionTimestamp" not in p["metadata"]]


def _target(fleet: Fleet, injected: "Injected") -> Obj:
    space, _, name = injected.target.partition("/")
    injected.job = (space, name)
    return fleet.store.get(JOBS, name, space)


def watchdog(fleet: Fleet, injected: "Injected") -> str:
    """One rank is behind and says so first; the others time out waiting for it."""
    job = _target(fleet, injected)
    die = meta.dice(fleet.seed, "watchdog", injected.id)
    sequence, elements = die.randint(40_000, 900_000), die.choice((16_777_216, 33_554_432, 67_108_864))
    culprit = die.choice(sorted(running(fleet, job), key=lambda p: str(p["metadata"]["name"])))
    fleet.progress.halt(job)
    fleet.kubelet.write(culprit, failures.watchdog(culprit, fleet.live.now, sequence, elements, first=True))
    fleet.kubelet.finish(culprit, 134)
    peers(fleet, job, lambda p: failures.watchdog(p, fleet.live.now, sequence, elements, first=False), besides=culprit)
    rank, node = failures.rank_of(culprit), culprit["spec"]["nodeName"]
    return f"{injected.target}: ALLREDUCE {sequence} timed out after 600 s; rank {rank} on {node} was behind"


def stall(fleet: Fleet, injected: "Injected") -> str:
    job = _target(fleet, injected)
    at = fleet.progress.reached(job)
    fleet.progress.halt(job)
    return f"{injected.target}: pods run, GPUs are held, nothing is written after iteration {at}"


def restart(fleet: Fleet, injected: "Injected") -> None:
    """The gang starts again from its last checkpoint, if it still hangs."""
    job = fleet.live.find(JOBS, injected.job) if injected.job else None
    if job is None:
        return
    pods = fleet.live.pods_of(job["metadata"]["uid"])
    hangs = meta.name_of(job) in fleet.progress.halted
    for pod in pods:
        hung = hangs and "deletionTimestamp" not in pod["metadata"]
        if not jobs.finished(job) and (pod["status"].get("phase") == "Failed" or hung):
            fleet.store.delete(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"])
    if jobs.finished(job):
        _anew(fleet, job)


# Faults that come back with every start
def out_of_memory(fleet: Fleet, injected: "Injected") -> str:
    job = _target(fleet, injected)
    _curse(fleet, injected, Curse(injected.id, 6, 1, failures.out_of_memory))
    fleet.progress.halt(job)
    limit = int(job["spec"].get("backoffLimit", 6))
    for pod in running(fleet, job)[: limit + 1]:
        fleet.kubelet.write(pod, failures.out_of_memory(pod))
        fleet.kubelet.crash(pod, 1)
    return f"{injected.target}: CUDA out of memory, and again at every start"


def no_dataset(fleet: Fleet, injected: "Injected") -> str:
    job = _target(fleet, injected)
    _curse(fleet, injected, Curse(injected.id, 3, 1, failures.missing_dataset))
    run = megatron.read(job)
    fleet.progress.halt(job)
    for pod in running(fleet, job):
        fleet.store.restart_log(*meta.name_of(pod), container(pod))
        head = list(megatron.start_lines(run, pod, fleet.progress.reached(job))) if run else []
        fleet.kubelet.write(pod, [*head[:-2], *failures.missing_dataset(pod)])
        fleet.kubelet.crash(pod, 1)
    return f"{injected.target}: a dataset's .idx file is missing; no start survives"


def no_image(fleet: Fleet, injected: "Injected") -> str:
    """The job starts again, and its image is no longer there."""
    job = _target(fleet, injected)
    _curse(fleet, injected, Curse(injected.id, None))
    for pod in running(fleet, job):
        fleet.store.delete(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"])
    return f"{injected.target}: {job['spec']['template']['spec']['containers'][0]['image']} cannot be pulled"


def _curse(fleet: Fleet, injected: "Injected", curse: Curse) -> None:
    assert injected.job is not None
    fleet.kubelet.curses[injected.job] = curse


def lift(fleet: Fleet, injected: "Injected") -> None:
    """The cause is gone: pods start, a job that failed is submitted again as it was."""
    assert injected.job is not None
    if fleet.kubelet.curses.get(injected.job, Curse("", 0)).incident == injected.id:
        del fleet.kubelet.curses[injected.job]
    fleet.progress.release(injected.job)
    job = fleet.live.find(JOBS, injected.job)
    if job is None:
        return
    if jobs.finished(job):
        _anew(fleet, job)
        return
    for pod in fleet.live.pods_of(job["metadata"]["uid"]):
        if "deletionTimestamp" not in pod["metadata"]:
            fleet.store.delete(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"])


def _anew(fleet: Fleet, job: Obj) -> None:
    """The same Job once more: without what the cluster had added, in its old place in the queue."""
    old = job["metadata"]
    template = job["spec"]["template"]
    labels = {k: v for k, v in (template["metadata"].get("labels") or {}).items() if k not in UID_LABELS}
    spec = {k: v for k, v in job["spec"].items() if k != "selector"}
    spec["template"] = {**template, "metadata": {**template["metadata"], "labels": labels}}
    spec["suspend"] = meta.QUEUE in meta.labels_of(job)
    kept = {k: old[k] for k in ("name", "namespace", "labels", "annotations", "creationTimestamp") if k in old}
    fleet.store.delete(JOBS, old["name"], old["namespace"])
    fleet.store.create(JOBS, {"metadata": kept, "spec": spec})


# Quota
def no_quota(fleet: Fleet, injected: "Injected") -> str:
    """One more job than the queue and its cohort have room for."""
    queues = fleet.store.list(CLUSTER)
    unused = 0
    for queue in queues:
        nominal = int(queue["spec"]["resourceGroups"][0]["flavors"][0]["resources"][0]["nominalQuota"])
        unused += nominal - int(queue["status"]["flavorsUsage"][0]["resources"][0]["total"])
    size = max(1, unused // 8 + 8)
    name = f"llama-120b-continued-{fleet.injected}"
    made = manifests.training(Training(injected.target, name, size, 120, 0, 512), size)
    injected.job = (made["metadata"]["namespace"], name)
    fleet.store.create(JOBS, made)
    return f"{injected.target}-train/{name} asks for {size * 8} GPUs; {unused} are unused in the cohort"


def withdraw(fleet: Fleet, injected: "Injected") -> None:
    if injected.job is not None and fleet.live.find(JOBS, injected.job) is not None:
        fleet.store.delete(JOBS, injected.job[1], injected.job[0])
