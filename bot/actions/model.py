"""What somebody wants to do to a job: shown as a plan, confirmed, applied, written down. Pure.

A plan names the one object that it changes, by uid and version. What was shown is what is done, or nothing is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.errors import Conflict, UserError

LIFE = timedelta(minutes=15)
"""A plan that nobody confirmed so long shows a cluster that is no more."""
LOST = timedelta(minutes=1)
"""Longer than a call may take: what is still under way then was cut off, and has to be looked at."""


class Verb(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"

    @property
    def done(self) -> str:
        return {"suspend": "suspended", "resume": "resumed"}[self.value]


class State(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


NEXT: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    # back to proposed: the cluster could not be asked, nothing was changed, and the button works again
    State.CONFIRMED: frozenset({State.APPLYING, State.FAILED, State.PROPOSED}),
    State.APPLYING: frozenset({State.APPLIED, State.FAILED}),
    State.APPLIED: frozenset(),
    State.FAILED: frozenset(),
    State.EXPIRED: frozenset(),
    State.CANCELLED: frozenset(),
}


def step(before: State, after: State) -> State:
    """Raises `ValueError` for a way that does not exist: a mistake of ours, not of a person."""
    if after not in NEXT[before]:
        raise ValueError(f"a plan does not go from {before} to {after}")
    return after


@dataclass(frozen=True)
class Target:
    """The object that is changed. For a job that Kueue owns it is the Workload, not the job."""

    cluster: str
    kind: str
    version: str
    namespace: str
    name: str
    uid: str
    resource_version: str


@dataclass(frozen=True)
class Cost:
    """What it costs. `gpu_hours` are those since the last checkpoint, lost by stopping; None: not known."""

    pods: int
    gpus: int
    gpu_hours: float | None = None
    checkpoint_at: datetime | None = None


@dataclass(frozen=True)
class Plan:
    id: str
    verb: Verb
    job: str
    target: Target
    cost: Cost
    state: State
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    confirmed_by: str = ""
    finished_at: datetime | None = None
    outcome: str = ""

    @property
    def change(self) -> str:
        """The field that is set, in Kubernetes' words."""
        if self.target.kind == "Workload":
            return f"spec.active={'false' if self.verb is Verb.SUSPEND else 'true'}"
        return f"spec.suspend={'true' if self.verb is Verb.SUSPEND else 'false'}"


@dataclass(frozen=True)
class Outcome:
    """How it ended. `words` is one sentence for who asked."""

    plan: Plan
    words: str


class Stands(UserError):
    """It was not done, and the plan stands: the buttons stay, and may be pressed again."""


class Taken(Conflict):
    """Somebody was first: what became of it stands, or will stand, in the place of the plan."""


def refuse(plan: Plan) -> Conflict:
    """For a plan that is not open any more: who was first, or why."""
    who = f"<@{plan.confirmed_by}>" if plan.confirmed_by else "Somebody"
    words = {
        State.CONFIRMED: (f"{who} has already confirmed this; it is under way.", ""),
        State.APPLYING: (f"{who} has already confirmed this; it is under way.", ""),
        State.APPLIED: (f"{who} has already {plan.verb.done} {plan.job}.", "Nothing was done twice."),
        State.FAILED: (f"{who} has tried this already, and it failed.", plan.outcome),
        State.CANCELLED: (f"{who} has cancelled this.", "Ask for it again."),
        State.EXPIRED: ("This plan is too old: the cluster may look different now.", "Ask for it again."),
    }[plan.state]
    return (Conflict if plan.state is State.EXPIRED else Taken)(words[0], hint=words[1])


def lost_hours(gpus: int, checkpoint: datetime | None, now: datetime) -> float | None:
    """GPU-hours of work since the last checkpoint; None where none is known."""
    if checkpoint is None:
        return None
    return round(gpus * max(0.0, (now - checkpoint).total_seconds()) / 3600, 1)
