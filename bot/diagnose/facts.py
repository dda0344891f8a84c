"""Questions that several rules ask of a snapshot. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.diagnose import xids
from bot.diagnose.model import Affects, Evidence, Subject
from bot.fleet.objects import ContainerStatus, Event, Job, Node, Pod, Terminated
from bot.fleet.parts import Condition
from bot.fleet.snapshot import Snapshot, job_key, over

RECENT = timedelta(hours=24)
PULLING = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
)
CONFIG = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})


def of_node(node: Node) -> Subject:
    return Subject("Node", "", node.name)


def of_pod(snapshot: Snapshot, pod: Pod) -> Subject:
    """The job that a pod belongs to; the pod itself where it belongs to none."""
    if job := snapshot.job_of(pod):
        return of_job(job)
    return Subject("Pod", pod.metadata.namespace, pod.name)


def of_job(job: Job) -> Subject:
    return Subject("Job", job.metadata.namespace, job.metadata.name)


def on_node(snapshot: Snapshot, name: str) -> Affects:
    """What runs on a node now."""
    pods = [p for p in snapshot.objects.pods_by_node.get(name, ()) if not over(p) and _gpus(snapshot, p)]
    jobs = sorted({key for p in pods if (key := job_key(p))})
    return Affects(tuple(jobs), len(pods), sum(_gpus(snapshot, p) for p in pods))


def by_job(snapshot: Snapshot, job: Job) -> Affects:
    """What a job holds now; what it wants, where it holds nothing."""
    pods = [p for p in snapshot.pods_of(job) if not over(p)]
    gpus = sum(_gpus(snapshot, p) for p in pods)
    return Affects((job.key,), len(pods), gpus or job.gpus)


def affected(snapshot: Snapshot, subject: Subject, pods: Iterable[Pod]) -> Affects:
    """What a trouble of these pods costs: all of the job, since a gang stands when one of it does."""
    if subject.kind == "Job" and (job := snapshot.objects.jobs.get(subject.key)):
        return by_job(snapshot, job)
    some = list(pods)
    return Affects((), len(some), sum(_gpus(snapshot, p) for p in some))


def recent(snapshot: Snapshot, event: Event) -> bool:
    return event.at is None or snapshot.as_of - event.at <= RECENT


def told(condition: Condition) -> Evidence:
    words = f": {condition.message}" if condition.message else ""
    reason = f" ({condition.reason})" if condition.reason else ""
    return Evidence(f"{condition.type}={condition.status}{reason}{words}", "node condition", condition.at)


def xids_on(snapshot: Snapshot, node: Node) -> list[tuple[xids.Xid, Evidence]]:
    """Xids that a node's conditions and events speak of, each GPU's once, the newest first."""
    found = []
    for condition in node.status.conditions:
        text = f"{condition.reason or ''} {condition.message or ''}"
        if condition.status == "True" and (xid := xids.found_in(text)):
            found.append((xid, told(condition)))
    found += [
        (xid, Evidence(event.message or event.reason, f"event from {event.reporter}", event.at))
        for event in snapshot.events_of("Node", node.name)
        if recent(snapshot, event) and (xid := xids.found_in(f"{event.reason} {event.message}"))
    ]
    once = {(xid.code, xids.device(evidence.text)): (xid, evidence) for xid, evidence in reversed(found)}
    return sorted(once.values(), key=lambda f: _when(f[1].at), reverse=True)


def waiting(snapshot: Snapshot, reasons: frozenset[str]) -> Iterator[tuple[Subject, list[tuple[Pod, ContainerStatus]]]]:
    """Containers that wait for one of `reasons`, by job."""
    found: dict[Subject, list[tuple[Pod, ContainerStatus]]] = {}
    for pod in snapshot.objects.troubled:
        for status in pod.containers:
            if status.state.waiting is not None and status.state.waiting.reason in reasons:
                found.setdefault(of_pod(snapshot, pod), []).append((pod, status))
    yield from found.items()


def ended_badly(snapshot: Snapshot) -> Iterator[tuple[Subject, list[tuple[Pod, ContainerStatus, Terminated]]]]:
    """Containers that ended with an error, now or before their last restart, by job; the first failure first."""
    found: dict[Subject, list[tuple[Pod, ContainerStatus, Terminated]]] = {}
    for pod in snapshot.objects.troubled:
        for status in pod.containers:
            ended = status.ended
            if ended is not None and (ended.exit_code or ended.reason == "OOMKilled"):
                found.setdefault(of_pod(snapshot, pod), []).append((pod, status, ended))
    for subject, some in found.items():
        yield subject, sorted(some, key=lambda f: (_when(f[2].finished_at), f[0].name))


def how_it_ended(ended: Terminated) -> str:
    """An exit code in words: above 128 it is a signal's number."""
    if ended.reason and ended.reason != "Error":
        return f"{ended.reason}, exit code {ended.exit_code}"
    signal = ended.signal or (ended.exit_code - 128 if 128 < ended.exit_code < 160 else 0)
    names = {6: "SIGABRT", 7: "SIGBUS", 9: "SIGKILL", 11: "SIGSEGV", 15: "SIGTERM"}
    return f"exit code {ended.exit_code}" + (f" ({names.get(signal, f'signal {signal}')})" if signal else "")


def count(number: int, word: str) -> str:
    """ "1 pod", "3 pods"."""
    return f"{number} {word}" + ("" if number == 1 else "s")


def _gpus(snapshot: Snapshot, pod: Pod) -> int:
    return snapshot.objects.gpus_by_pod.get(pod.key, 0)


def _when(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0
