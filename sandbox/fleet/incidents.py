"""What goes wrong in a GPU fleet, to inject and to repair: the catalogue.

    injected = incidents.inject(fleet, "gpu-off-bus")            # picks a target by the fleet's seed
    injected = incidents.inject(fleet, "cuda-oom", "aurora-train/reward-70b")
    incidents.repair(fleet, injected.id)

A target is a node for faults of machines, `namespace/job` for faults of jobs; a job named for a machine's fault
means one of its nodes. Repair puts back what the incident changed and starts the job again from its last checkpoint,
unless a person already did; a cordon that somebody set in the meantime stays.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.fleet import faults_job as job
from sandbox.fleet import faults_node as node
from sandbox.fleet import targets
from sandbox.fleet.meta import Name, stamp
from sandbox.fleet.run import Fleet


@dataclass
class Injected:
    """An incident that is going on. `job` is the job it hits, if any; `memory` is for its repair."""

    id: str
    name: str
    target: str
    at: datetime
    text: str = ""
    job: Name | None = None
    memory: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        job = "/".join(self.job) if self.job else None
        return {
            "id": self.id,
            "name": self.name,
            "target": self.target,
            "job": job,
            "at": stamp(self.at),
            "text": self.text,
        }


@dataclass(frozen=True)
class Incident:
    """`pick` chooses or checks the target, `inject` returns what happened in one sentence."""

    name: str
    title: str
    pick: Callable[[Fleet, str, str | None], str]
    inject: Callable[[Fleet, Any], str]
    repair: Callable[[Fleet, Any], None]


CATALOGUE = (
    Incident("gpu-off-bus", "A GPU fell off the bus (Xid 79)", targets.node, node.off_bus, node.on_bus),
    Incident("allocatable-low", "A node offers fewer GPUs than it has", targets.node, node.low, node.high),
    Incident("node-not-ready", "A node stopped answering", targets.node, node.lost, node.found),
    Incident("nccl-watchdog", "A collective timed out", targets.gang, job.watchdog, job.restart),
    Incident("cuda-oom", "Out of GPU memory", targets.fragile, job.out_of_memory, job.lift),
    Incident("image-pull", "The image cannot be pulled", targets.small, job.no_image, job.lift),
    Incident("missing-dataset-index", "A dataset's index is missing", targets.looping, job.no_dataset, job.lift),
    Incident("quota-pending", "A job waits for quota", targets.queue, job.no_quota, job.withdraw),
    Incident("silent-stall", "A job runs and does nothing", targets.gang, job.stall, job.restart),
)
INCIDENTS: dict[str, Incident] = {i.name: i for i in CATALOGUE}


def inject(fleet: Fleet, name: str, target: str | None = None) -> Injected:
    """Raises KeyError for an unknown incident, ValueError for a target that it cannot hit."""
    incident = INCIDENTS[name]
    fleet.live.now = max(fleet.live.now, fleet.clock.now())
    fleet.settle()
    fleet.injected += 1
    chosen = incident.pick(fleet, name, target)
    injected = Injected(f"{name}-{fleet.injected}", name, chosen, fleet.live.now)
    injected.text = incident.inject(fleet, injected)
    fleet.incidents[injected.id] = injected
    fleet.settle()
    return injected


def repair(fleet: Fleet, id: str) -> Injected:
    """Raises KeyError when there is no such incident (any more)."""
    injected = fleet.incidents.pop(id)
    fleet.live.now = max(fleet.live.now, fleet.clock.now())
    INCIDENTS[injected.name].repair(fleet, injected)
    fleet.settle()
    return injected
