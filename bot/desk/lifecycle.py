"""The life cycle of a request: states, verbs, and the one table that says what leads where. Pure.

Three rules. A request has one owner from its first second to its last. It moves only along an arrow of `ARROWS`; what
is not in the table is refused in words that say what to do instead. And who decides on what they saw (`seen`) is told
when somebody else moved it since: of two people who click at once, one wins and the other reads who.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bot.errors import Conflict


class State(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting_on_client"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Verb(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    HAND = "hand"
    ESCALATE = "escalate"
    WAIT = "wait"
    REPLY = "reply"
    SNOOZE = "snooze"
    WAKE = "wake"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    MERGE = "merge"
    CLOSE = "close"


_OWNED = {
    Verb.REASSIGN: None,
    Verb.HAND: None,
    Verb.WAIT: State.WAITING,
    Verb.RESOLVE: State.RESOLVED,
    Verb.MERGE: State.CLOSED,
}
"""What can be done with anything that is open; None stays in its state."""

_SEEN = _OWNED | {Verb.ASSIGN: State.IN_PROGRESS, Verb.ESCALATE: None, Verb.SNOOZE: None, Verb.WAKE: None}
"""… and with what somebody has seen."""

_FROM: dict[State, dict[Verb, State | None]] = {
    State.NEW: _OWNED
    | {Verb.ACKNOWLEDGE: State.ACKNOWLEDGED, Verb.ASSIGN: State.IN_PROGRESS, Verb.ESCALATE: State.NEW},
    State.ACKNOWLEDGED: _SEEN,
    State.IN_PROGRESS: _SEEN,
    State.WAITING: _SEEN | {Verb.WAIT: None, Verb.REPLY: State.IN_PROGRESS},
    State.RESOLVED: {Verb.REOPEN: State.IN_PROGRESS, Verb.CLOSE: State.CLOSED},
    State.CLOSED: {Verb.REOPEN: State.IN_PROGRESS},
}

ARROWS: dict[tuple[State, Verb], State] = {
    (state, verb): to or state for state, verbs in _FROM.items() for verb, to in verbs.items()
}
"""(state, verb) → state. ASSIGN takes it oneself, REASSIGN gives it away, HAND gives it to a region, REPLY is the
client's word on what waits for the client, MERGE ends it as part of another."""

OPEN = frozenset(State) - {State.RESOLVED, State.CLOSED}

BY_ITSELF = frozenset({Verb.WAKE, Verb.CLOSE, Verb.ESCALATE})
"""What the clock does too: it wakes, closes what nobody came back to, and escalates what is overdue."""

PAST = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.ASSIGN: "taken",
    Verb.REASSIGN: "reassigned",
    Verb.HAND: "handed over",
    Verb.ESCALATE: "escalated",
    Verb.WAIT: "waiting on client",
    Verb.REPLY: "answered by the client",
    Verb.SNOOZE: "snoozed",
    Verb.WAKE: "awake again",
    Verb.RESOLVE: "resolved",
    Verb.REOPEN: "reopened",
    Verb.MERGE: "merged",
    Verb.CLOSE: "closed",
}
"""How the timeline says it."""


TOLD = frozenset(Verb) - {Verb.ESCALATE, Verb.SNOOZE, Verb.WAKE, Verb.CLOSE}
"""Of these moves the client reads in its thread; the others are the team's own affair."""

OUTCOMES = frozenset({Verb.RESOLVE, Verb.REOPEN})
"""Of these it also reads in the threads of what was merged into the request."""


@dataclass(frozen=True)
class Case:
    """A request as the life cycle sees it. `last_by` (Slack id; empty: the clock) made the last of `version` moves."""

    state: State
    owner: str
    region: str
    last_by: str
    version: int = 0
    snoozed: bool = False
    merged_into: int | None = None


@dataclass(frozen=True)
class Aim:
    """Where a verb is to lead, for those that need it: a person (Slack id) and their region, or another request."""

    owner: str = ""
    region: str = ""
    into: int | None = None


def decide(case: Case, verb: Verb, by: str, aim: Aim | None = None, seen: int | None = None) -> Case:
    """The request after `verb` by the Slack id `by`, who looked at version `seen` of it (None: at the newest).

    Raises `Conflict` where there is no arrow, where it would change nothing, or where somebody else was first, and
    `ValueError` where the clock (an empty `by`) does what needs a person.
    """
    if not by and verb not in BY_ITSELF:
        raise ValueError(f"{verb} needs somebody who does it")
    to = ARROWS.get((case.state, verb))
    if to is None:
        raise _refused(case, verb)
    if seen is not None and seen < case.version and case.last_by != by:
        raise Conflict(
            f"{_who(case)} was first: this request is {words(case.state)} now, <@{case.owner}> has it.",
            hint="Nothing was changed. Look at it again before you go on.",
        )
    moved = replace(case, state=to, last_by=by, version=case.version + 1)
    return _EFFECTS.get(verb, _same)(case, moved, by, aim or Aim())


def choices(state: State, *, snoozed: bool) -> list[str]:
    """What a person may choose for a request in `state`: the arrows, less what only the clock or the client does."""
    none = {Verb.REPLY, Verb.CLOSE, Verb.SNOOZE if snoozed else Verb.WAKE}
    return [verb.value for (known, verb) in ARROWS if known is state and verb not in none]


def words(state: State) -> str:
    return state.value.replace("_", " ")


def _same(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    return moved


def _assign(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    if case.owner == by and case.state is State.IN_PROGRESS:
        raise Conflict("This request is already yours.", hint="Nothing was changed.")
    return replace(moved, owner=by, snoozed=False)


def _reassign(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    if not aim.owner or aim.owner == case.owner:
        raise Conflict(f"<@{case.owner}> has this request already.", hint="Choose somebody else.")
    return replace(moved, owner=aim.owner, region=aim.region or case.region)


def _hand(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    if not aim.region or aim.region == case.region:
        raise Conflict("This request is with that region already.", hint="Choose another region.")
    return replace(moved, region=aim.region, owner=aim.owner or case.owner)


def _merge(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    if aim.into is None:
        raise Conflict("Say which request this one is part of.", hint="For example R-12.")
    return replace(moved, merged_into=aim.into, snoozed=False)


def _wake(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    if not case.snoozed:
        raise Conflict("This request is not snoozed.", hint="Nothing was changed.")
    return replace(moved, snoozed=False)


def _reopen(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    if case.merged_into is not None:
        raise Conflict(
            f"This request is part of R-{case.merged_into} now.",
            hint=f"Reopen R-{case.merged_into}, or open a new one.",
        )
    return replace(moved, owner=aim.owner or case.owner, region=aim.region or case.region)


def _snooze(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    return replace(moved, snoozed=True)


def _awake(case: Case, moved: Case, by: str, aim: Aim) -> Case:
    return replace(moved, snoozed=False)


_EFFECTS = {
    Verb.ASSIGN: _assign,
    Verb.REASSIGN: _reassign,
    Verb.HAND: _hand,
    Verb.MERGE: _merge,
    Verb.SNOOZE: _snooze,
    Verb.WAKE: _wake,
    Verb.REOPEN: _reopen,
    Verb.RESOLVE: _awake,
    Verb.REPLY: _awake,
}
"""What a verb changes besides the state."""

_INSTEAD = {
    Verb.ACKNOWLEDGE: "Nothing was changed.",
    Verb.REOPEN: "It is open: write in its thread.",
    Verb.CLOSE: "Resolve it first.",
    Verb.REPLY: "Nothing waits for the client.",
    Verb.SNOOZE: "Acknowledge it first: the client still waits for somebody to have seen it.",
    Verb.WAKE: "Nothing was changed.",
}
"""What to do instead, while the request is open."""


def _refused(case: Case, verb: Verb) -> Conflict:
    if case.state not in OPEN:
        hint = "Reopen it if it is back." if verb is not Verb.CLOSE else "Nothing was changed."
        return Conflict(f"This request is already {words(case.state)}, by {_who(case)}.", hint=hint)
    said = "still new" if case.state is State.NEW else f"already {words(case.state)}, by {_who(case)}"
    return Conflict(f"This request is {said}.", hint=_INSTEAD[verb])


def _who(case: Case) -> str:
    return f"<@{case.last_by}>" if case.last_by else "Heliograph"
