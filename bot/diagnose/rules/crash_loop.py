"""A container ends again and again, and Kubernetes waits longer each time."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot

RULE = Rule("crash-loop", ("Pod",))
_STATE = frozenset({"CrashLoopBackOff"})


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for subject, found in facts.waiting(snapshot, _STATE):
        pod, status = max(found, key=lambda f: f[1].restart_count)
        ended = status.last_state.terminated
        if ended is not None and ended.reason == "OOMKilled":
            continue
        how = facts.how_it_ended(ended) if ended else "no exit code"
        yield Finding(
            RULE.id,
            Severity.CRITICAL,
            subject,
            f"{subject.name} crashes again and again: {facts.count(status.restart_count, 'restart')}, {how}",
            (Evidence(f"CrashLoopBackOff after {how}", f"pod {pod.name}", ended.finished_at if ended else None),),
            "Look at what it says before it ends; it will not get better by itself.",
            Verdict.STOP if status.restart_count >= 3 else Verdict.NONE,
            facts.affected(snapshot, subject, [p for p, _ in found]),
        )
