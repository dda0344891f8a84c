"""What diagnosis says: findings with their evidence, a verdict and the smallest next step. Pure values."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.fleet.snapshot import Source

LOG = "Log"
"""The kind under which logs that cannot be read are unknown: about what a job says, not about what it is."""
CORE = frozenset({"Node", "Pod", "Job", "Workload"})
"""Without these nothing that is said about a cluster is about now."""
MOST_NAMED = 3
"""Kinds that are named one by one; of more it is the cluster that cannot be read."""


class Severity(StrEnum):
    """Worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """What a job needs. STOP: it would fail again, something has to be changed first."""

    RESTART = "RESTART"
    STOP = "STOP"
    WAIT = "WAIT"
    NONE = "NONE"


@dataclass(frozen=True)
class Subject:
    kind: str
    namespace: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


@dataclass(frozen=True)
class Evidence:
    """One fact. `source` says where it stands, so that it can be looked up; `at` when it was so."""

    text: str
    source: str
    at: datetime | None = None


@dataclass(frozen=True)
class Affects:
    """What is hit: jobs as "namespace/name"."""

    jobs: tuple[str, ...] = ()
    pods: int = 0
    gpus: int = 0


@dataclass(frozen=True)
class Finding:
    """`title` is the point, in one line. `rule` and `subject` make it the same finding tomorrow."""

    rule: str
    severity: Severity
    subject: Subject
    title: str
    evidence: tuple[Evidence, ...]
    next_step: str
    verdict: Verdict = Verdict.NONE
    affects: Affects = Affects()

    @property
    def id(self) -> str:
        return f"{self.rule}:{self.subject.kind}/{self.subject.key}"

    @property
    def since(self) -> datetime | None:
        return min((e.at for e in self.evidence if e.at), default=None)


@dataclass(frozen=True)
class Gpus:
    """`free` is None where somebody else may use what is not one's own; `quota` None where there is none."""

    capacity: int
    allocatable: int
    used: int
    free: int | None
    quota: int | None


@dataclass(frozen=True)
class Health:
    """`client` is set where only what one client uses was looked at."""

    cluster: str
    as_of: datetime
    client: str | None
    nodes_ready: int
    nodes_total: int
    gpus: Gpus
    jobs_running: int
    pending_workloads: int
    pending_gpus: int
    findings: tuple[Finding, ...]
    unknown: tuple[Source, ...]

    @property
    def doubt(self) -> str:
        return doubt(self.unknown, self.as_of)

    @property
    def caveat(self) -> str:
        return caveat(self.unknown, self.as_of)

    @property
    def unread(self) -> tuple["Unread", ...]:
        return by_reason(self.unknown)

    def never_read(self, kind: str) -> bool:
        """Whether a number about `kind` says nothing, because none was ever read."""
        return any(s.kind == kind and s.state == "unknown" for s in self.unknown)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is severity)

    @property
    def critical(self) -> tuple[Finding, ...]:
        return self.of(Severity.CRITICAL)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return self.of(Severity.WARNING)

    @property
    def notes(self) -> tuple[Finding, ...]:
        return self.of(Severity.INFO)


@dataclass(frozen=True)
class Why:
    """Why a job is in the state it is in. `blocker` None: nothing stands in its way."""

    cluster: str
    job: str
    as_of: datetime
    state: str
    """One word: running, pending, suspended, failed, complete."""
    headline: str
    blocker: Finding | None
    others: tuple[Finding, ...] = ()
    """What else was found about it, and what follows from the blocker."""
    pods: int = 0
    gpus: int = 0
    nodes: tuple[str, ...] = ()
    unknown: tuple[Source, ...] = ()

    @property
    def doubt(self) -> str:
        """The headline begins with it. Of logs alone it is not: they say nothing of what the job is."""
        return doubt((s for s in self.unknown if s.kind != LOG), self.as_of)

    @property
    def unread(self) -> tuple["Unread", ...]:
        return by_reason(self.unknown)


@dataclass(frozen=True)
class Unread:
    """Kinds that cannot be read for one reason. `since`: when the first of them was last known to be right."""

    kinds: tuple[str, ...]
    since: datetime | None
    why: str


def by_reason(unknown: Iterable[Source]) -> tuple[Unread, ...]:
    """A cluster that is away is one line, not one for each kind."""
    found: dict[str, list[Source]] = {}
    for source in unknown:
        found.setdefault(source.why, []).append(source)
    return tuple(
        Unread(tuple(s.kind for s in some), min((s.since for s in some if s.since), default=None), why)
        for why, some in found.items()
    )


def doubt(unknown: Iterable[Source], now: datetime) -> str:
    """What is not known any more, with its age; empty while all is known."""
    sources = list(unknown)
    if not sources:
        return ""
    what = "the cluster" if len(sources) > MOST_NAMED else " and ".join(s.kind for s in sources)
    since = min((s.since for s in sources if s.since), default=None)
    if since is None:
        return f"UNKNOWN: {what} could not be read so far."
    return f"UNKNOWN: {what} cannot be read, last seen {_ago(now - since)}."


def caveat(unknown: Iterable[Source], now: datetime) -> str:
    """`doubt`, to stand before what was known all the same; empty while all is known."""
    sources = list(unknown)
    if not sources:
        return ""
    return doubt(sources, now) + (" Last known: " if CORE.intersection(s.kind for s in sources) else " Otherwise: ")


def _ago(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def as_json(value: Health | Why) -> dict[str, Any]:
    """For `--json`: plain values, times as ISO 8601."""
    made: dict[str, Any] = _plain(asdict(value))
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value


@dataclass(frozen=True)
class Rule:
    """A rule's card: the kinds that it needs to have read, and where its page stands."""

    id: str
    needs: tuple[str, ...]
    runbook: str = field(default="")
