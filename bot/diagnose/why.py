"""Why a job is not running, or not well: the chain that ends in the single blocker. Pure.

Every link is a rule's finding about this job, or about a node that it uses; the first link that holds is the blocker,
because what comes after it follows from it, or cannot be known before it is lifted.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.diagnose import facts, model
from bot.diagnose.model import Evidence, Finding, Severity, Subject, Verdict, Why
from bot.fleet.objects import Job
from bot.fleet.snapshot import Snapshot, over

WAITING = ("suspended", "queue-inactive", "quota-pending", "evicted", "unschedulable", "image-pull", "container-config")
"""Before any of its processes runs."""
NODE_FAULTS = ("gpu-lost", "node-not-ready", "xid")
CAUSES = ("oom", "log-signature", "crash-loop", "failed", "evicted")
"""Why its processes ended."""
FOLLOWS = ("failed", "crash-loop")
"""What only says again that it ended."""
RUNNING = ("silent-stall", "bad-condition")
"""What a job that runs can suffer from."""


def explain(seen: Snapshot, job: Job, findings: Iterable[Finding]) -> Why:
    """`findings` are all of `seen`, which has the job's logs."""
    pods = seen.pods_of(job)
    nodes = tuple(sorted({p.spec.node_name for p in pods if p.spec.node_name}))
    mine = [_for_job(f) for f in findings if _about(f, seen, job, nodes)]
    state = state_of(seen, job)
    chain = [] if state == "complete" else _chain(seen, job, state, mine)
    blocker = _last_resort(chain[0]) if chain else _nothing_found(seen, job, state)
    affects = facts.by_job(seen, job)
    return Why(
        cluster=seen.cluster,
        job=job.key,
        as_of=seen.as_of,
        state=state,
        headline=_headline(seen, job, state, blocker),
        blocker=blocker,
        others=tuple(f for f in chain[1:] if f.severity is not Severity.INFO and f.rule not in FOLLOWS)[:3],
        pods=sum(1 for p in pods if not over(p)),
        gpus=affects.gpus,
        nodes=nodes,
        unknown=seen.unknown,
    )


def state_of(seen: Snapshot, job: Job) -> str:
    for type, word in (("Complete", "complete"), ("Failed", "failed")):
        condition = job.condition(type)
        if condition is not None and condition.status == "True":
            return word
    workload = seen.workload_of(job)
    if (workload and workload.spec.active is False) or (job.spec.suspend and not job.queue):
        return "suspended"
    pods = seen.pods_of(job)
    running = [p for p in pods if p.status.phase == "Running"]
    if running and len(running) >= min(job.spec.parallelism or 1, len(pods)):
        return "running"
    return "starting" if running else "pending"


def _about(finding: Finding, seen: Snapshot, job: Job, nodes: tuple[str, ...]) -> bool:
    if finding.subject == facts.of_job(job):
        return True
    if finding.subject.kind == "Node":
        return finding.subject.name in nodes
    if finding.rule == "queue-inactive":
        return job.key in finding.affects.jobs
    return False


def _for_job(finding: Finding) -> Finding:
    """A job that has died of a node no longer runs on it, so the node's own finding names no job to restart."""
    return replace(finding, verdict=Verdict.RESTART) if finding.rule in ("gpu-lost", "node-not-ready") else finding


def _chain(seen: Snapshot, job: Job, state: str, mine: list[Finding]) -> list[Finding]:
    """What holds, the link that decides first."""
    failing = state == "failed" or any(f.rule in CAUSES for f in mine)
    if state in ("suspended", "pending") and not failing:
        order: tuple[str, ...] = (*WAITING, *NODE_FAULTS, *CAUSES)
    elif failing:
        order = _failure_order(seen, job, mine)
    else:
        order = ("image-pull", "container-config", "unschedulable", *NODE_FAULTS, *RUNNING, *CAUSES, "cordoned")
    known = [f for f in mine if f.rule in order]
    return sorted(known, key=lambda f: (order.index(f.rule), f.since.timestamp() if f.since else 0.0))


def _failure_order(seen: Snapshot, job: Job, mine: list[Finding]) -> tuple[str, ...]:
    """A fault of the node on which the first pod failed comes before what that pod said; one elsewhere after it."""
    waiting = ("suspended", "image-pull", "container-config")
    faulty = {f.subject.name for f in mine if f.rule in NODE_FAULTS and f.verdict is not Verdict.NONE}
    first = next((found for subject, found in facts.ended_badly(seen) if subject == facts.of_job(job)), [])
    same_node = bool(first) and first[0][0].spec.node_name in faulty
    causes = (*NODE_FAULTS, *CAUSES) if same_node else ("oom", "log-signature", *NODE_FAULTS, *CAUSES[2:])
    return (*waiting, *causes, "unschedulable", *RUNNING)


def _last_resort(finding: Finding) -> Finding:
    """Where nothing but the failure itself is known, whoever reads this has asked why already."""
    if finding.rule != "failed":
        return finding
    return replace(finding, next_step="Nothing in its logs is a known cause: read the end of that pod's log.")


def _nothing_found(seen: Snapshot, job: Job, state: str) -> Finding | None:
    """A job that waits without anything that says why gets an honest answer, not silence."""
    if state in ("complete", "running"):
        return None
    blind = ", ".join(s.kind for s in seen.unknown)
    words = f"not everything could be read: {blind}" if blind else "no pod, event, queue or node says why"
    return Finding(
        "nothing-found",
        Severity.INFO,
        Subject("Job", job.metadata.namespace, job.metadata.name),
        f"nothing was found that keeps {job.metadata.name} from running",
        (Evidence(words, "Heliograph"),),
        "Ask again in a minute; if it stays so, look at the cluster's controllers.",
    )


def _headline(seen: Snapshot, job: Job, state: str, blocker: Finding | None) -> str:
    """What cannot be read now comes first: what was true then is no answer about now."""
    return model.caveat(seen.unknown, seen.as_of) + _known(seen, job, state, blocker)


def _known(seen: Snapshot, job: Job, state: str, blocker: Finding | None) -> str:
    if blocker is None and state == "complete":
        return f"{job.key} is complete"
    if blocker is None and (seen.unknown or any(log.problem for log in seen.logs)):
        return f"{job.key} is {state}, and nothing is known to be wrong with it"
    if blocker is None:
        return f"{job.key} is {state}, and nothing is wrong with it"
    name, title = job.metadata.name, blocker.title
    if title.startswith(f"{name} "):
        return f"{job.metadata.namespace}/{title}"
    return f"{job.key} is {state}: {title}"
