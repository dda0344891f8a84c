"""Somebody has suspended a job: it waits for a person, not for the cluster."""

from collections.abc import Iterator

from bot.diagnose import facts
from bot.diagnose.model import Evidence, Finding, Rule, Severity
from bot.directory.access import Scope
from bot.fleet.snapshot import Snapshot

RULE = Rule("suspended", ("Job", "Workload"))


def check(snapshot: Snapshot, scope: Scope) -> Iterator[Finding]:
    for job in snapshot.objects.jobs.values():
        if job.finished:
            continue
        workload = snapshot.workload_of(job)
        condition = job.condition("Suspended")
        since = condition.at if condition and condition.status == "True" else None
        if workload is not None and workload.spec.active is False:
            evicted = workload.condition("Evicted")
            at = evicted.at if evicted else since
            told = Evidence("its Kueue workload has spec.active=false", "Kueue workload", at)
        elif job.spec.suspend and not job.queue:
            told = Evidence("spec.suspend is set", "job", since)
        else:
            continue
        yield Finding(
            RULE.id,
            Severity.INFO,
            facts.of_job(job),
            f"{job.metadata.name} is suspended: somebody has to resume it",
            (told,),
            "Resume it when it may run.",
            affects=facts.by_job(snapshot, job),
        )
