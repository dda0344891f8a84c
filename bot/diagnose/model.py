"""What diagnosis says: findings with their evidence, a verdict and the smallest next step. Pure values."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.fleet.snapshot import Source


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
