"""`/cluster health` and `/job why`, for Slack and for the terminal: the same findings from the same snapshot.

Everything is judged on what the scope may see, and cleaned of hidden names and secrets before it is handed out.
"""

import difflib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.diagnose import registry, scoping
from bot.diagnose import why as chain
from bot.diagnose.model import LOG, Finding, Gpus, Health, Severity, Why
from bot.directory.access import Scope
from bot.errors import BotError, UserError
from bot.fleet.objects import Job
from bot.fleet.service import Clusters
from bot.fleet.snapshot import PodLog, Snapshot, Source, State

_ORDER = list(Severity)


class Diagnose:
    def __init__(self, clusters: Clusters, clock: Clock) -> None:
        self._clusters = clusters
        self._clock = clock

    def clusters(self, scope: Scope) -> tuple[str, ...]:
        """Those that the scope may see anything of."""
        return tuple(c for c in self._clusters.ids() if scope.everything or scope.namespaces.get(c))

    def health(self, cluster: str | None, scope: Scope, now: datetime | None = None) -> Health:
        """Raises `UserError` for no such cluster, or when there are several and none was named."""
        full = self._snapshot(self._chosen(cluster, scope), now)
        seen = scoping.narrow(full, scope)
        words = scoping.Words.between(full, seen)
        findings = sorted(map(words.finding, registry.check(seen, scope)), key=_worst_first)
        pending = [w for w in seen.objects.workloads.values() if w.pending]
        nodes = seen.objects.nodes.values()
        return Health(
            cluster=seen.cluster,
            as_of=seen.as_of,
            client=scope.client,
            nodes_ready=sum(1 for n in nodes if n.ready),
            nodes_total=len(nodes),
            gpus=_gpus(seen, scope),
            jobs_running=sum(1 for j in seen.objects.jobs.values() if j.status.active and not j.finished),
            pending_workloads=len(pending),
            pending_gpus=sum(w.gpus for w in pending),
            findings=tuple(findings),
            unknown=_unknown(full, words),
        )

    async def why(self, cluster: str | None, name: str, scope: Scope, now: datetime | None = None) -> Why:
        """`name` is "job" or "namespace/job". Raises `UserError` with near matches, or with the choice there is."""
        chosen, job = self.find(cluster, name, scope)
        full = self._snapshot(chosen, now)
        seen = scoping.narrow(full, scope)
        words = scoping.Words.between(full, seen)
        logs = await self._logs(chosen, seen, job)
        seen = seen.with_logs(logs)
        found = chain.explain(seen, job, map(words.finding, registry.check(seen, scope)))
        unread = [log for log in logs if log.problem]
        return replace(
            found,
            headline=words.clean(found.headline),
            unknown=(*_unknown(full, words), *(_unread_logs(unread, len(logs), words))),
        )

    def find(self, cluster: str | None, name: str, scope: Scope) -> tuple[str, Job]:
        """(cluster, job). Somebody else's job does not exist."""
        wanted = name.strip()
        if not wanted:
            raise UserError("Which job?", hint="Give its name, or namespace/name.")
        among = (self._chosen(cluster, scope),) if cluster else self.clusters(scope)
        known = [(c, j) for c in among for j in self._jobs(c, scope)]
        found = [(c, j) for c, j in known if wanted in (j.key, j.metadata.name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(
                f"There are {len(found)} jobs named {wanted}.",
                hint="Say which: " + ", ".join(_where(c, j, among) for c, j in found[:10]) + ".",
            )
        raise self._no_such_job(wanted, known, among)

    def jobs(self, scope: Scope) -> list[tuple[str, Job]]:
        """(cluster, job) of all that the scope may see, as far as they are known now."""
        return [(c, j) for c in self.clusters(scope) for j in self._jobs(c, scope)]

    def state_of(self, cluster: str, namespace: str, name: str) -> str | None:
        """A job's state in a word; "gone" where it was deleted, None while the cluster cannot be read."""
        if cluster not in self._clusters.ids() or not self._clusters.snapshot(cluster).knows("Job"):
            return None
        jobs = self._clusters.snapshot(cluster).objects.jobs.values()
        found = next((j for j in jobs if j.key == f"{namespace}/{name}"), None)
        return found.state if found else "gone"

    def _no_such_job(self, wanted: str, known: list[tuple[str, Job]], among: Iterable[str]) -> UserError:
        names = {j.key if "/" in wanted else j.metadata.name for _, j in known}
        meant = _near(wanted, names)
        unread = [c for c in among if not self._clusters.snapshot(c).knows("Job")]
        hint = f"Did you mean {' or '.join(meant)}?" if meant else "Jobs that have been deleted are not known any more."
        if unread:
            hint = f"The jobs of {', '.join(unread)} could not be read just now, so it may be there. {hint}"
        return UserError(f"There is no job {wanted} that you may see.", hint=hint)

    def _snapshot(self, cluster: str, now: datetime | None) -> Snapshot:
        return replace(self._clusters.snapshot(cluster), as_of=now or self._clock.now())

    def _jobs(self, cluster: str, scope: Scope) -> list[Job]:
        jobs = self._clusters.snapshot(cluster).objects.jobs.values()
        return [j for j in jobs if scope.sees(cluster, j.metadata.namespace)]

    def _chosen(self, cluster: str | None, scope: Scope) -> str:
        known = self.clusters(scope)
        if cluster is None and len(known) == 1:
            return known[0]
        if cluster is not None and cluster in known:
            return cluster
        if not known:
            raise UserError("There is no cluster that you may look at here.", hint="Ask in your own channel.")
        if cluster is None:
            raise UserError("Which cluster?", hint=f"There are {', '.join(known)}.")
        meant = _near(cluster, known)
        hint = f"Did you mean {' or '.join(meant)}?" if meant else f"There are: {', '.join(known)}."
        raise UserError(f"There is no cluster {cluster}.", hint=hint)

    async def _logs(self, cluster: str, seen: Snapshot, job: Job) -> tuple[PodLog, ...]:
        """Lines are shown only through `Words`, which masks their secrets."""
        pods = seen.pods_of(job)
        if not pods:
            return ()
        try:
            return await self._clusters.logs(cluster, pods)
        except BotError as error:
            return (PodLog(pods[0].key, "", "", False, (), str(error)),)


def _gpus(seen: Snapshot, scope: Scope) -> Gpus:
    """Used is what pods on nodes hold. In a client's scope `free` is nobody's to promise: the quota is."""
    both = seen.objects.gpus
    capacity, allocatable = sum(c for c, _ in both.values()), sum(a for _, a in both.values())
    used = sum(seen.objects.gpus_by_node.values())
    if not scope.everything:
        quota = sum(q.gpu_quota for q in seen.objects.cluster_queues.values())
        return Gpus(capacity, allocatable, used, None, quota or None)
    held = seen.objects.gpus_by_node
    free = sum(
        max(0, both[n.name][1] - held.get(n.name, 0))
        for n in seen.objects.nodes.values()
        if n.ready and not n.spec.unschedulable
    )
    return Gpus(capacity, allocatable, used, free, None)


def _near(word: str, known: Iterable[str]) -> list[str]:
    """What may have been meant, the nearest first."""
    names = sorted(set(known))
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    return (close + [n for n in names if word.lower() in n.lower() and n not in close])[:3]


def _worst_first(finding: Finding) -> tuple[int, int, str]:
    return _ORDER.index(finding.severity), -finding.affects.gpus, finding.id


def _where(cluster: str, job: Job, among: tuple[str, ...]) -> str:
    return job.key if len(among) == 1 else f"{job.key} on {cluster}"


def _unknown(full: Snapshot, words: scoping.Words) -> tuple[Source, ...]:
    return tuple(replace(s, why=words.clean(s.why)) for s in full.unknown)


def _unread_logs(unread: list[PodLog], all: int, words: scoping.Words) -> tuple[Source, ...]:
    if not unread:
        return ()
    why = f"{len(unread)} of {all} logs: {words.clean(unread[0].problem)}"
    return (Source(LOG, State.UNKNOWN, None, why),)
