"""Which kind's verbs a job obeys: one module a kind in `kinds/`. Pure."""

from typing import Any, Protocol

from bot.actions.kinds import job as plain
from bot.actions.kinds import kueue
from bot.actions.model import Target
from bot.errors import UserError
from bot.fleet.kinds import Kind
from bot.fleet.objects import Job
from bot.fleet.snapshot import Snapshot, State


class Adapter(Protocol):
    KIND: Kind

    def suspended(self, data: bytes) -> bool:
        """Whether the object, as the server gives it, is suspended."""
        ...

    def patch(self, *, suspend: bool) -> dict[str, Any]:
        """What of `spec` is set."""
        ...

    def shown(self, *, suspend: bool) -> str:
        """The same in Kubernetes' words, for the audit."""
        ...


ADAPTERS: dict[str, Adapter] = {plain.KIND.name: plain, kueue.KIND.name: kueue}


def target_of(snapshot: Snapshot, job: Job) -> Target:
    """The object to change. Raises `UserError` where Kueue owns the job and has not made its workload yet."""
    meta, kind = job.metadata, plain.KIND
    if job.queue and _has_kueue(snapshot):
        workload = snapshot.workload_of(job)
        if workload is None:
            raise UserError(
                f"{job.key} belongs to the queue {job.queue}, and Kueue has not made its workload yet.",
                hint="Try again in a minute.",
            )
        meta, kind = workload.metadata, kueue.KIND
    version = snapshot.versions.get(kind.name) or kind.versions[0]
    return Target(snapshot.cluster, kind.name, version, meta.namespace, meta.name, meta.uid, meta.resource_version)


def path(target: Target) -> str:
    return ADAPTERS[target.kind].KIND.path(target.version, target.namespace, target.name)


def _has_kueue(snapshot: Snapshot) -> bool:
    return all(s.state is not State.ABSENT for s in snapshot.sources if s.kind == "Workload")
