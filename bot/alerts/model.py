"""What Alertmanager says, as values, and what follows from it: which alerts page, and when many are one. Pure.

An alert is known by its fingerprint, a hash of its labels, so that however often it is repeated it is one alert. What
is not known of it (its client, its region) stays empty: a label that nobody knows must never keep a page back.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.directory.model import Directory

STORM_ALERTS = 5
"""So many new ones within `STORM_WINDOW` are one page with a count, and no longer one page each."""
STORM_WINDOW = timedelta(minutes=10)
SEVERITIES = {"critical": "sev1", "page": "sev1", "error": "sev2", "warning": "sev3", "info": "sev4", "none": "sev4"}
"""What Prometheus' rules usually say → ours, which may also be said themselves."""
NAMES_SHOWN = 3

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Alert:
    """One alert of a notification. Its texts are whatever somebody wrote into a rule."""

    fingerprint: str
    firing: bool
    started: datetime
    labels: dict[str, str]
    annotations: dict[str, str]
    generator: str = ""
    """Where its rule is shown."""

    @property
    def name(self) -> str:
        return line(self.labels.get("alertname", ""), 80) or "An alert without a name"

    @property
    def title(self) -> str:
        summary = line(self.annotations.get("summary", ""), 120)
        return f"{self.name}: {summary}" if summary else self.name

    @property
    def description(self) -> str:
        said = self.annotations.get("description") or self.annotations.get("message") or ""
        return line(said, 600)

    @property
    def runbook(self) -> str:
        return line(self.annotations.get("runbook_url", "") or self.annotations.get("runbook", ""), 300)

    @property
    def source(self) -> str:
        return line(self.generator, 300)

    @property
    def severity(self) -> str:
        said = self.labels.get("severity", "").strip().lower()
        return said if said in SEVERITIES.values() else SEVERITIES.get(said, "")


def line(text: str, longest: int) -> str:
    """One line without control characters: it goes into an SMS, a database and Slack."""
    flat = " ".join(_CONTROL.sub(" ", text).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def client_of(alert: Alert, directory: Directory) -> str:
    """Whose namespace it is; empty where none, or more than one, is said to own it."""
    cluster = alert.labels.get("cluster", "")
    known = {one.name: one.id for one in directory.clusters}
    cluster = known.get(cluster, cluster)
    spaces = {alert.labels.get(name, "") for name in ("exported_namespace", "namespace")} - {""}
    owners = {
        client.id
        for client in directory.clients
        for access in client.access
        if access.namespaces & spaces and (not cluster or access.cluster == cluster)
    }
    return owners.pop() if len(owners) == 1 else ""


def region_of(alert: Alert, directory: Directory) -> str:
    """The region that its label names; empty: the one that leads."""
    region = directory.region(alert.labels.get("region", ""))
    return region.id if region else ""


def is_storm(recent: int, new: int) -> bool:
    """Whether `new` alerts are one page, after so many pages of alerts in `STORM_WINDOW`."""
    return new > 0 and recent + new >= STORM_ALERTS


def common(values: Iterable[str]) -> str:
    """What all of them say; empty where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


def worst(severities: Iterable[str]) -> str:
    return min((s for s in severities if s), default="")


def counted(names: Iterable[str]) -> tuple[list[tuple[str, int]], int]:
    """The names that are most frequent, each with how often, and how many alerts have another one."""
    ranked = sorted(Counter(names).items(), key=lambda one: (-one[1], one[0]))
    return ranked[:NAMES_SHOWN], sum(number for _, number in ranked[NAMES_SHOWN:])
