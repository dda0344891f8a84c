"""A client request as values: what was asked, how bad it is, and where it goes. Pure.

How it moves from there is in `bot.desk.lifecycle`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot import letters
from bot.desk.said import File
from bot.errors import UserError
from bot.roster.model import Holder

MAX_TEXT = 40_000
"""Characters of a request's text that are kept: all that Slack lets anybody write."""
SHOWN = 2_800
"""Characters of it that are shown in a message, of whose sections Slack takes 3,000; the rest goes along as a file."""


class Severity(StrEnum):
    SEV1 = "sev1"
    SEV2 = "sev2"
    SEV3 = "sev3"
    SEV4 = "sev4"


SEVERITY_WORDS = {
    Severity.SEV1: "Training is down",
    Severity.SEV2: "Training is slowed or at risk",
    Severity.SEV3: "Something is wrong, work goes on",
    Severity.SEV4: "A question",
}


@dataclass(frozen=True)
class Asked:
    """What a person asked for, cleaned of what cannot be kept."""

    text: str
    severity: Severity


def asked(text: str, severity: str = "") -> Asked:
    """Raises `UserError` when there is nothing to go on or the severity does not exist."""
    words = letters.harmless(text).strip()
    chosen, rest = _severity_word(words) if words and not severity else (severity, words)
    if not letters.says_something(rest):
        raise UserError("A request needs a sentence that says what is wrong.", hint="Example: `sev2 loss went to NaN`")
    return Asked(rest[:MAX_TEXT], severity_of(chosen or Severity.SEV3))


def severity_of(level: str) -> Severity:
    """Raises `UserError` on a word that is none."""
    try:
        return Severity(level)
    except ValueError:
        raise UserError(f"There is no severity “{level}”.", hint="Use sev1, sev2, sev3 or sev4.") from None


def shorten(text: str, limit: int = SHOWN) -> str:
    """The beginning, and how much of it is missing."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 40].rstrip()
    return f"{kept} … ({len(text) - len(kept):,} more characters)"


def _severity_word(text: str) -> tuple[str, str]:
    """`"sev1: down"` → `("sev1", "down")`; text without a severity word first keeps all of its words."""
    first, *rest = text.split(maxsplit=1)
    word = first.lower().rstrip(":,-")
    if word in {s.value for s in Severity}:
        return word, "".join(rest)
    return "", text


@dataclass(frozen=True)
class About:
    """What a request is about, beyond its words: the client's own job, files, and what a form asked.

    `kind` is "request" or "training_run"; `details` are that form's fields (see `intake.RUN_FIELDS`).
    """

    cluster: str = ""
    namespace: str = ""
    job: str = ""
    kind: str = "request"
    details: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What comes with a verb: for whom (Slack id) or which region, until when, as part of which request, and why.

    `cause` and `fix` are a line each, given when it is resolved. `for_job` snoozes until the job's state is no longer
    `job_state`. `to_client` are words for the client's thread, written as such by the engineer.
    """

    person: str = ""
    region: str = ""
    until: datetime | None = None
    for_job: bool = False
    job_state: str = ""
    into: int | None = None
    reason: str = ""
    cause: str = ""
    fix: str = ""
    to_client: str = ""


@dataclass(frozen=True)
class Routing:
    """Where a request goes and why: `because` in a line, `steps` as the rules that were asked, in sentences.

    `until` is the next boundary, when `next_region` takes over (None: unknown). `weekend`: who is paged for it is on a
    weekend shift. `copied` hands over shortly and is to know; `starts` is when the owner comes on duty, if later.
    """

    region: str
    owner: str
    because: str
    until: datetime | None = None
    next_region: str | None = None
    weekend: bool = False
    steps: tuple[str, ...] = ()
    copied: Holder | None = None
    starts: datetime | None = None


def pages(severity: Severity, weekend: bool) -> bool:
    """Whether somebody is paged at once: the gravest always, at weekends everything but a question."""
    return severity is Severity.SEV1 or (weekend and severity is not Severity.SEV4)
