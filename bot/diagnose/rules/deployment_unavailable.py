"""A service has fewer ready replicas than it should."""

from collections.abc import Iterator

from bot.diagnose.model import Affects, Evidence, Finding, Rule, Severity, Subject
from bot.directory.access import Scope
from bot.fleet import parts
from bot.fleet.snapshot import Snapshot

RULE = Rule("deployment-unavailable", ("Deployment",))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for deployment in snapshot.objects.deployments.values():
        wanted, ready = deployment.spec.replicas or 0, deployment.status.ready_replicas
        if ready >= wanted:
            continue
        meta = deployment.metadata
        bad = [c for c in deployment.status.conditions if (c.type, c.status) == ("Available", "False")]
        stuck = parts.condition(deployment.status.conditions, "Progressing")
        told = bad[0] if bad else stuck
        words = f"{ready} of {wanted} replicas are ready" + (f": {told.message}" if told and told.message else "")
        yield Finding(
            RULE.id,
            Severity.CRITICAL if ready == 0 else Severity.WARNING,
            Subject("Deployment", meta.namespace, meta.name),
            f"{meta.name} serves with {ready} of {wanted} replicas",
            (Evidence(words, "deployment status", told.at if told else None),),
            "Look at the pods that are not ready.",
            affects=Affects((), wanted - ready, 0),
        )
