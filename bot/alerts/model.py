"""What Alertmanager says, as values, and what follows from it: which alerts page, and when many are one. Pure.

An alert is known by its fingerprint, a hash of its labels, so that however often it is repeated it is one alert. What
is not known of it (its client, its region) stays empty: a label that nobody knows must never keep a page back.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot import letters
from bot.directory.model import Directory

SEVERITIES = {"critical": "sev1", "page": "sev1", "error": "sev2", "warning": "sev3", "info": "sev4", "none": "sev4"}
"""What Prometheus' rules usually say → ours, which may also be said themselves."""
NAMES_SHOWN = 3
LABELS_SHOWN = 6
OF_PROMETHEUS = frozenset({"alertname", "prometheus", "prometheus_replica", "replica", "receive"})
"""Labels that say nothing of what is broken."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Labels:
    """What the labels are called that say something. Of `namespaces` all that an alert has count."""

    severity: str = "severity"
    client: str = "client"
    cluster: str = "cluster"
    namespaces: tuple[str, ...] = ("exported_namespace", "namespace")
    region: str = "region"


@dataclass(frozen=True)
class Rules:
    """`storm` new alerts within `window` are one page with a count; with `per_client` each client's by themselves."""

    storm: int = 5
    window: timedelta = timedelta(minutes=10)
    per_client: bool = False
    severities: dict[str, str] = field(default_factory=lambda: dict(SEVERITIES))
    """In small letters → sev1 to sev4."""
    labels: Labels = Labels()

    def is_storm(self, recent: int, new: int) -> bool:
        """Whether `new` alerts are one page, after so many pages of alerts in `window`."""
        return new > 0 and recent + new >= self.storm


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


def severity_of(alert: Alert, rules: Rules) -> str:
    """Empty where its label says nothing that is known."""
    said = alert.labels.get(rules.labels.severity, "").strip().lower()
    return said if said in SEVERITIES.values() else rules.severities.get(said, "")


def subject(alert: Alert, labels: Labels) -> str:
    """Which one it is: its labels, but for what its texts say already and what is said elsewhere."""
    said = f"{alert.title} {alert.description}"
    elsewhere = OF_PROMETHEUS | {labels.severity, labels.region, labels.client}
    telling = [
        f"{line(name, 40)}={line(value, 60)}"
        for name, value in sorted(alert.labels.items())
        if value and name not in elsewhere and value not in said
    ]
    return ", ".join(telling[:LABELS_SHOWN])


def line(text: str, longest: int) -> str:
    """One line without control and direction characters: it goes into an SMS, a database and Slack."""
    flat = " ".join(letters.harmless(_CONTROL.sub(" ", text)).split())
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def client_of(alert: Alert, directory: Directory, labels: Labels) -> str:
    """The client that its label names, else whose namespace it is; empty where none, or more than one, owns it."""
    named = alert.labels.get(labels.client, "")
    if any(client.id == named for client in directory.clients):
        return named
    cluster = alert.labels.get(labels.cluster, "")
    known = {one.name: one.id for one in directory.clusters}
    cluster = known.get(cluster, cluster)
    spaces = {alert.labels.get(name, "") for name in labels.namespaces} - {""}
    owners = {
        client.id
        for client in directory.clients
        for access in client.access
        if access.namespaces & spaces and (not cluster or access.cluster == cluster)
    }
    return owners.pop() if len(owners) == 1 else ""


def region_of(alert: Alert, directory: Directory, labels: Labels) -> str:
    """The region that its label names, in whatever case; empty: the one that leads."""
    region = directory.region(alert.labels.get(labels.region, "").strip().lower())
    return region.id if region else ""


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
