"""A container was killed for using more host memory than its limit."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot

RULE = Rule("oom", ("Pod",))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for subject, found in facts.ended_badly(snapshot):
        killed = [(p, c, e) for p, c, e in found if e.reason == "OOMKilled"]
        if not killed:
            continue
        pod, status, ended = killed[0]
        times = f", {facts.count(status.restart_count, 'restart')}" if status.restart_count else ""
        yield Finding(
            RULE.id,
            Severity.CRITICAL,
            subject,
            f"{subject.name} ran out of memory: {facts.count(len(killed), 'container')} OOMKilled",
            (Evidence(f"OOMKilled, exit code {ended.exit_code}{times}", f"pod {pod.name}", ended.finished_at),),
            "Raise the memory limit, or lower the data loader's workers; as it is, it would be killed again.",
            Verdict.STOP,
            facts.affected(snapshot, subject, [p for p, _, _ in killed]),
        )
