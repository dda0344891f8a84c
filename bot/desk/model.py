"""A client request as values: its severities, its life cycle as a table, and where it is routed. Pure.

The life cycle has two rules: a request has one owner from its first second, and it only moves along an arrow of
`ARROWS`. What is not in the table is refused in words (`decide` raises `Conflict`), so a second click on the same
button changes nothing and its author is told who was first.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.errors import Conflict, UserError

MAX_TEXT = 3000
"""Characters of a request's text that are kept; Slack's own limit for one section is the same."""


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


class State(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"


class Verb(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    RESOLVE = "resolve"


ARROWS: dict[tuple[State, Verb], State] = {
    (State.NEW, Verb.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.NEW, Verb.ASSIGN): State.IN_PROGRESS,
    (State.NEW, Verb.RESOLVE): State.RESOLVED,
    (State.ACKNOWLEDGED, Verb.ASSIGN): State.IN_PROGRESS,
    (State.ACKNOWLEDGED, Verb.RESOLVE): State.RESOLVED,
    (State.IN_PROGRESS, Verb.ASSIGN): State.IN_PROGRESS,
    (State.IN_PROGRESS, Verb.RESOLVE): State.RESOLVED,
}
"""(state, verb) → state. ASSIGN while in progress hands the request to somebody else."""

OPEN = frozenset(State) - {State.RESOLVED}

PAST = {Verb.ACKNOWLEDGE: "acknowledged", Verb.ASSIGN: "taken", Verb.RESOLVE: "resolved"}


@dataclass(frozen=True)
class Move:
    """What a verb does to a request: the state it reaches and who owns it then (Slack id)."""

    state: State
    owner: str


def decide(state: State, owner: str, verb: Verb, by: str, last_by: str) -> Move:
    """The move for `verb` by the Slack id `by`. Raises `Conflict` where the table has no arrow.

    Acknowledging says "I have seen it" and keeps the owner; assigning takes it.
    """
    to = ARROWS.get((state, verb))
    if to is None:
        raise Conflict(
            f"This request is already {state.value.replace('_', ' ')}, by <@{last_by}>.",
            hint="Nothing was changed." if state in OPEN else "Open a new request if it is back.",
        )
    if verb is Verb.ASSIGN and state is State.IN_PROGRESS and owner == by:
        raise Conflict("This request is already yours.", hint="Nothing was changed.")
    return Move(to, by if verb is Verb.ASSIGN else owner)


@dataclass(frozen=True)
class Asked:
    """What a person asked for, cleaned of what cannot be kept."""

    text: str
    severity: Severity


def asked(text: str, severity: str = "") -> Asked:
    """Raises `UserError` when there is nothing to go on or the severity does not exist."""
    words = text.replace("\x00", "").strip()
    chosen, rest = _severity_word(words) if not severity else (severity, words)
    if not rest:
        raise UserError("A request needs a sentence that says what is wrong.", hint="Example: `sev2 loss went to NaN`")
    try:
        level = Severity(chosen or Severity.SEV3)
    except ValueError:
        raise UserError(f"There is no severity “{chosen}”.", hint="Use sev1, sev2, sev3 or sev4.") from None
    return Asked(shorten(rest), level)


def shorten(text: str, limit: int = MAX_TEXT) -> str:
    if len(text) <= limit:
        return text
    note = f" … ({len(text) - limit:,} more characters are in the original message)"
    return text[: limit - len(note)] + note


def _severity_word(text: str) -> tuple[str, str]:
    """`"sev1: down"` → `("sev1", "down")`; text without a severity word first keeps all of its words."""
    first, _, rest = text.partition(" ")
    word = first.lower().rstrip(":,-")
    if word in {s.value for s in Severity}:
        return word, rest.strip()
    return "", text


@dataclass(frozen=True)
class Routing:
    """Where a request goes and why. `until` is the next boundary, when `next_region` takes over (None: unknown)."""

    region: str
    owner: str
    because: str
    until: datetime | None = None
    next_region: str | None = None
    weekend: bool = False


def pages(severity: Severity, weekend: bool) -> bool:
    """Whether somebody is paged at once: the gravest always, at weekends everything but a question."""
    return severity is Severity.SEV1 or (weekend and severity is not Severity.SEV4)
