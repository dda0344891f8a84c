"""Escalation as values: who is contacted next, and when again. Pure.

A page climbs the steps of its policy until somebody acknowledges. Two rules make it safe: an empty step is skipped
at once (never waited for), and the end of the last round is the policy's last resort, who is contacted again and
again: a page never ends with nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LAST_RESORT = "last resort of the policy"
"""Why somebody is contacted after the last round."""


class Target(StrEnum):
    PRIMARY = "primary"
    SECONDARY = "secondary"
    MANAGER = "manager"


@dataclass(frozen=True)
class Step:
    target: Target
    wait: timedelta


@dataclass(frozen=True)
class Policy:
    """`repeat` is how many rounds are climbed before the last resort (a person's id)."""

    steps: tuple[Step, ...]
    repeat: int
    last_resort: str


class PageState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class Position:
    """How far a page has climbed: the next step to take, counted from 0, in which round."""

    round: int = 0
    step: int = 0


@dataclass(frozen=True)
class Contact:
    """Contact this person now; look again at `due`, from `then` on. `skipped` names the empty steps passed over."""

    person: str
    because: str
    due: datetime
    then: Position
    skipped: tuple[str, ...] = ()
    target: Target | None = None
    """Whose step it is; None of the last resort."""


def climb(policy: Policy, at: Position, duty: dict[Target, str | None], now: datetime) -> Contact:
    """The next contact of a page that stands `at`, given who holds each role now (person ids)."""
    skipped: list[str] = []
    position = at
    while position.round < policy.repeat:
        step = policy.steps[position.step]
        after = _after(policy, position)
        person = duty.get(step.target)
        if person is not None:
            because = f"{step.target.value} on duty"
            return Contact(person, because, now + step.wait, after, tuple(skipped), step.target)
        skipped.append(f"nobody is {step.target.value} now")
        position = after
        if len(skipped) >= len(policy.steps):
            break
    wait = max(step.wait for step in policy.steps)
    return Contact(policy.last_resort, LAST_RESORT, now + wait, position, tuple(skipped))


def _after(policy: Policy, at: Position) -> Position:
    if at.step + 1 < len(policy.steps):
        return Position(at.round, at.step + 1)
    return Position(at.round + 1, 0)
