"""A job runs, holds its GPUs, and says nothing any more. Judged against its own pace, not against a fixed time.

Needs logs, which are only there where somebody asked about one job. All ranks have to be silent. A job that counts no
iterations has no pace to be judged by.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from statistics import median

from bot.diagnose import facts, signatures
from bot.diagnose.masking import mask
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Subject, Verdict
from bot.directory.access import Scope
from bot.fleet.snapshot import LogLine, PodLog, Snapshot

RULE = Rule("silent-stall", ("Pod",))
LEAST = timedelta(minutes=10)
TIMES = 20
"""Silence of so many of its own iterations is a stall."""


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    running: dict[Subject, list[PodLog]] = {}
    for log in snapshot.logs:
        pod = snapshot.objects.pods.get(log.pod)
        if pod is not None and pod.status.phase == "Running" and not log.previous:
            running.setdefault(facts.of_pod(snapshot, pod), []).append(log)
    for subject, logs in running.items():
        lines = [line for log in logs for line in log.lines if line.at]
        progress = [line for line in lines if signatures.PROGRESS.search(line.text)]
        last = max(progress, key=_at, default=None)
        if last is None or last.at is None or any(log.problem for log in logs):
            continue
        allowed = max(LEAST, _pace(progress) * TIMES)
        if snapshot.as_of - last.at > allowed:
            yield _finding(snapshot, subject, last, last.at, max(lines, key=_at))


def _at(line: LogLine) -> datetime:
    assert line.at is not None
    return line.at


def _pace(progress: list[LogLine]) -> timedelta:
    """The job's own median time for an iteration."""
    times = [float(m[1]) for line in progress if (m := signatures.STEP_TIME.search(line.text))]
    return timedelta(milliseconds=median(times)) if times else timedelta(0)


def _finding(snapshot: Snapshot, subject: Subject, last: LogLine, at: datetime, newest: LogLine) -> Finding:
    minutes = int((snapshot.as_of - at).total_seconds() // 60)
    evidence = [Evidence(mask(last.text[:4_000]).strip()[:300], "last progress in its logs", at)]
    if newest.text != last.text:
        evidence.append(Evidence(mask(newest.text[:4_000]).strip()[:300], "newest line of its logs", newest.at))
    return Finding(
        RULE.id,
        Severity.CRITICAL,
        subject,
        f"{subject.name} is stalled: no iteration for {minutes} minutes, while it holds its GPUs",
        tuple(evidence),
        "Take a stack dump of one rank (py-spy) if you can, then restart it from the last checkpoint.",
        Verdict.RESTART,
        facts.affected(snapshot, subject, []),
    )
