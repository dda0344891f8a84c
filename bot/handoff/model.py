"""What a handoff says, as values: who hands to whom, what is open, what the clusters show, what changed. Pure."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

LATE = timedelta(minutes=5)
"""A handoff published later than this after its boundary says how late it is."""

MOST_ITEMS = 15
"""Open requests shown in the message; the rest is counted. So with promises."""


@dataclass(frozen=True)
class Item:
    """An open request, as the incoming engineer needs to see it."""

    request: int
    severity: str
    client: str
    state: str
    owner: str
    text: str
    opened_at: datetime


@dataclass(frozen=True)
class Promised:
    """An update that a client was promised and waits for: whoever takes over keeps it."""

    request: int
    client: str
    due_at: datetime


@dataclass(frozen=True)
class ClusterFacts:
    """One cluster in a line, and its worst findings. `unknown` names what could not be read, with its age."""

    cluster: str
    nodes_ready: int
    nodes: int
    gpus_allocatable: int
    gpus: int
    gpus_used: int
    pending: int
    findings: tuple[str, ...]
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    items: tuple[Item, ...]
    clusters: tuple[ClusterFacts, ...]
    opened: int
    resolved: int
    appeared: tuple[str, ...]
    gone: tuple[str, ...]
    """Findings that are new, and that went away, since the last handoff."""
    promises: tuple[Promised, ...] = ()
    """The next first."""

    def to_row(self) -> dict[str, Any]:
        row = asdict(self)
        for item in row["items"]:
            item["opened_at"] = item["opened_at"].isoformat()
        for promise in row["promises"]:
            promise["due_at"] = promise["due_at"].isoformat()
        return row


def promised(row: dict[str, Any]) -> tuple[Promised, ...]:
    """From the facts as a row has them. Those of before there were promises in them have none."""
    return tuple(
        Promised(p["request"], p["client"], datetime.fromisoformat(p["due_at"])) for p in row.get("promises", [])
    )


def changes(before: dict[str, Any] | None, now: tuple[ClusterFacts, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(appeared, gone) findings since the facts of the last handoff; without one, nothing is called new.

    What cannot be read now is not "gone": a cluster with unknown sources keeps its old findings out of both lists.
    """
    if before is None:
        return (), ()
    blind = {c.cluster for c in now if c.unknown}
    old = {(c["cluster"], f) for c in before.get("clusters", []) for f in c["findings"] if c["cluster"] not in blind}
    new = {(c.cluster, f) for c in now for f in c.findings if c.cluster not in blind}
    return tuple(sorted(f for _, f in new - old)), tuple(sorted(f for _, f in old - new))


def lateness(boundary: datetime, now: datetime) -> timedelta | None:
    """How late a handoff is, when that is worth saying."""
    late = now - boundary
    return late if late > LATE else None
