"""What a client's first words tell: how bad it sounds, which of their jobs they mean, whether they mistyped. Pure.

Everything here is a suggestion. A severity or a joined request comes only from somebody's choice.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.desk.model import Severity

SAME_WITHIN = timedelta(hours=2)
"""Two requests of one client about one job within this time are probably one."""

SOUNDS: Mapping[Severity, tuple[str, ...]] = {
    Severity.SEV1: (
        r"(is|are|went|all|completely|training|cluster|job|run|everything)\s+(is |are |has )?(down|stopped|dead|stuck)",
        r"all (ranks|nodes|gpus|jobs|pods)\b.{0,40}\b(hang|hung|stuck|dead|failed|down|gone|stopped|crashed)",
        r"(training|run|job) (has |is )?(crashed|died|failed|hangs|hung)",
        r"(cannot|can't|can not|unable to) (train|start anything|schedule anything)",
        r"\b(outage|production is down|data loss)\b",
    ),
    Severity.SEV2: (
        r"\b(slow|slower|slowed|degraded|stalls?|stalled|throughput|mfu (fell|dropped))\b",
        r"\b(nan|inf|diverg\w+|spikes?)\b",
        r"\b(keeps? (crashing|restarting|failing)|flaky|intermittent\w*)\b",
        r"\b(nccl|xid|ecc|oom|out of memory|checkpoint\w* (fail\w*|corrupt\w*))\b",
    ),
    Severity.SEV4: (
        r"^(how|what|when|where|which|who|can|could|may|is it|do you|does|is there)\b.*\?\s*$",
        r"\b(question|wondering|curious|just asking)\b",
    ),
}
"""How bad something is → the words that sound like it; the gravest that fits counts."""

_SOUNDS = {level: [re.compile(p, re.IGNORECASE | re.DOTALL) for p in patterns] for level, patterns in SOUNDS.items()}
_LOOKED_AT = 4_000
"""Characters that are searched: what is wrong is said at the beginning, and a log may follow."""


def sounds_like(text: str) -> Severity | None:
    """How bad the words sound; None where they say nothing about it. A suggestion, never a decision."""
    start = text[:_LOOKED_AT]
    return next((level for level, patterns in _SOUNDS.items() if any(p.search(start) for p in patterns)), None)


def suggested(text: str, chosen: Severity) -> Severity | None:
    """A graver severity to offer; nobody is offered to be taken less seriously."""
    heard = sounds_like(text)
    return heard if heard is not None and list(Severity).index(heard) < list(Severity).index(chosen) else None


@dataclass(frozen=True)
class JobRef:
    """One of a client's own jobs."""

    cluster: str
    namespace: str
    name: str

    @property
    def key(self) -> str:
        return f"{self.cluster}/{self.namespace}/{self.name}"


def job_in(text: str, known: Iterable[JobRef]) -> JobRef | None:
    """The one job that is named as a whole word; None where none is, or two are."""
    words = set(re.findall(r"[a-z0-9][a-z0-9.-]*[a-z0-9]", text[:_LOOKED_AT].lower()))
    found = [job for job in known if job.name in words]
    return found[0] if len(found) == 1 else None


def mistyped(text: str, verbs: Iterable[str]) -> str | None:
    """The verb that was probably meant, where a command's text looks like one gone wrong; None for a request's words.

    "hlep" and "lsit mine" are; "list of nodes is empty since 09:00" is a sentence.
    """
    words = text.split()
    if not words or len(words) > 3:
        return None
    close = difflib.get_close_matches(words[0].lower(), list(verbs), n=1, cutoff=0.7)
    return close[0] if close else None


def severity_word(text: str) -> str | None:
    """A first word that is meant as a severity and is none: "sev5", "sev-1", "p1"."""
    first = (text.split() or [""])[0].lower().rstrip(":,-")
    if re.fullmatch(r"(sev|severity|p|prio)[-_]?\d+", first) and first not in set(Severity):
        return first
    return None


RUN_FIELDS = {
    "framework": "NeMo or other",
    "start": "Starts",
    "gpus": "GPUs",
    "dataset": "Dataset",
    "checkpoint": "Checkpoints",
}
"""What the form for a training run asks → how it is said."""


@dataclass(frozen=True)
class Run:
    """A training run that is planned. `gpus` is how many, `start` when; locations as the client writes them."""

    what: str
    start: datetime
    gpus: int
    framework: str
    dataset: str
    checkpoint: str

    def details(self) -> dict[str, str]:
        return {
            "framework": self.framework,
            "start": self.start.isoformat(),
            "gpus": str(self.gpus),
            "dataset": self.dataset,
            "checkpoint": self.checkpoint,
        }


MOST_GPUS = 100_000


def run(fields: Mapping[str, str], start: datetime | None, now: datetime) -> tuple[Run | None, dict[str, str]]:
    """→ (the run, {}) or (None, {field: what is wrong with it}), everything that is wrong at once."""
    wrong = {}
    if not fields.get("what", "").strip():
        wrong["what"] = "Say in a sentence what will be trained."
    if start is None or start <= now:
        wrong["start"] = "A run that is planned starts in the future; for one that runs, ask for support."
    gpus = fields.get("gpus", "").replace(",", "").strip()
    if not gpus.isdigit() or not 0 < int(gpus) <= MOST_GPUS:
        wrong["gpus"] = "Give a whole number of GPUs, such as 512."
    for name in ("dataset", "checkpoint"):
        if not fields.get(name, "").strip():
            wrong[name] = "Give a path, a bucket or “none yet”."
    if wrong or start is None:
        return None, wrong
    words = {name: fields[name].strip() for name in ("what", "dataset", "checkpoint")}
    return Run(start=start, gpus=int(gpus), framework=fields.get("framework", "") or "other", **words), {}
