"""A container cannot be made: what it refers to (a secret, a volume, a command) is not there."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity, Verdict
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot

RULE = Rule("container-config", ("Pod",))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for subject, found in facts.waiting(snapshot, facts.CONFIG):
        pod, status = found[0]
        waiting = status.state.waiting
        words = (waiting.message or waiting.reason) if waiting else ""
        yield Finding(
            RULE.id,
            Severity.CRITICAL,
            subject,
            f"A container of {subject.name} cannot start: {words}",
            (Evidence(f"{waiting.reason if waiting else ''}: {words}", f"pod {pod.name}", pod.status.start_time),),
            "Create what is missing, or correct the job's reference to it.",
            Verdict.STOP,
            facts.affected(snapshot, subject, [p for p, _ in found]),
        )
