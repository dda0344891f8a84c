"""Reads the clusters for a handoff: one line and the worst findings each. A cluster that cannot be read says so."""

from datetime import datetime

from bot.diagnose.model import Health, Severity
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING
from bot.directory.model import Directory
from bot.errors import BotError
from bot.handoff.model import ClusterFacts


def clusters(diagnose: Diagnose, directory: Directory, now: datetime) -> tuple[ClusterFacts, ...]:
    """For the team's own channel, so with everything in sight."""
    return tuple(_one(diagnose, cluster.id, cluster.name, now) for cluster in directory.clusters)


def _one(diagnose: Diagnose, id: str, name: str, now: datetime) -> ClusterFacts:
    try:
        health = diagnose.health(id, EVERYTHING, now)
    except BotError as error:
        return ClusterFacts(name, 0, 0, 0, 0, 0, 0, (), (str(error),))
    return _facts(name, health)


def _facts(name: str, health: Health) -> ClusterFacts:
    return ClusterFacts(
        cluster=name,
        nodes_ready=health.nodes_ready,
        nodes=health.nodes_total,
        gpus_allocatable=health.gpus.allocatable,
        gpus=health.gpus.capacity,
        gpus_used=health.gpus.used,
        pending=health.pending_workloads,
        findings=tuple(f.title for f in health.findings if f.severity is not Severity.INFO),
        unknown=tuple(f"{source.kind}: {source.why or source.state.value}" for source in health.unknown),
    )
