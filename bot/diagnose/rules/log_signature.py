"""What the ranks of a failed job said, in the order of time: the first that is a cause and not a consequence.

All ranks' lines are put in one order; advice and cascades (NCCL, the watchdog) are dropped, because they only report
that another rank is gone. Needs logs, which are only there where somebody asked about one job.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.diagnose import facts, signatures
from bot.diagnose.masking import mask
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Subject
from bot.diagnose.signatures import Role, Signature
from bot.directory.access import Scope
from bot.fleet.objects import Pod
from bot.fleet.snapshot import LogLine, PodLog, Snapshot

RULE = Rule("log-signature", ("Pod",))
_ORDER = list(Role)


@dataclass(frozen=True)
class _Hit:
    signature: Signature
    line: LogLine
    log: PodLog


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    found: dict[Subject, list[_Hit]] = {}
    for log in snapshot.logs:
        pod = snapshot.objects.pods.get(log.pod)
        if pod is None or not _hurt(snapshot, pod):
            continue
        subject = facts.of_pod(snapshot, pod)
        found.setdefault(subject, []).extend(
            _Hit(s, line, log) for line in log.lines if (s := signatures.match(line.text))
        )
    for subject, hits in found.items():
        if hits:
            yield _finding(snapshot, subject, sorted(hits, key=_rank))


def _hurt(snapshot: Snapshot, pod: Pod) -> bool:
    """Whether its job has failed pods, or it has failed itself: a healthy job may print anything."""
    job = snapshot.job_of(pod)
    pods = snapshot.pods_of(job) if job else (pod,)
    troubled = snapshot.objects.troubled
    failed = {p.key for p in troubled if p.status.phase == "Failed" or any(c.ended for c in p.containers)}
    return any(p.key in failed for p in pods) or (job is not None and job.finished)


def _rank(hit: _Hit) -> tuple[int, float]:
    """Causes before symptoms before cascades; among the same the first in time."""
    return _ORDER.index(hit.signature.role), hit.line.at.timestamp() if hit.line.at else float("inf")


def _finding(snapshot: Snapshot, subject: Subject, hits: list[_Hit]) -> Finding:
    first = hits[0]
    signature, log = first.signature, first.log
    dropped = sum(1 for h in hits if h.signature.role is Role.CASCADE) if signature.role is not Role.CASCADE else 0
    rank = signatures.rank_of(first.line.text)
    pod = log.pod.partition("/")[2]
    where = (f"rank {rank}, " if rank is not None else "") + pod + (f" on {log.node}" if log.node else "")
    evidence = [Evidence(mask(first.line.text[:4_000]).strip()[:400], f"log of {where}", first.line.at)]
    if dropped:
        evidence.append(Evidence(f"{dropped} later NCCL lines of other ranks left out: they follow from it", "logs"))
    return Finding(
        RULE.id,
        Severity.CRITICAL,
        subject,
        f"{subject.name} failed because {signature.words} (first in {where})",
        tuple(evidence),
        signature.next_step,
        signature.verdict,
        facts.affected(snapshot, subject, []),
    )
