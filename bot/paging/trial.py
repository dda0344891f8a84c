"""What a test of somebody's contact methods has come to, from what stands in the outbox. Pure.

A method has taken the test, has refused it for good, was given up, or is still being tried. Where a service keeps
incidents, the test is over only when the one that it opened there is closed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LASTS = timedelta(minutes=3)
"""What no method has taken by then is not tried any more: a test that comes tomorrow only frightens."""
WATCHED = timedelta(hours=1)
"""For so long it is shown what becomes of it; an incident that a service will not close until then is closed unseen."""
APART = timedelta(minutes=1)
"""Between two tests of one person."""
RINGS = timedelta(seconds=30)
"""For so long an incident stays open, so that the service has time to call; then it is closed there."""


class State(StrEnum):
    TRYING = "trying"
    TAKEN = "taken"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


_STATES = {"done": State.TAKEN, "failed": State.REFUSED, "cancelled": State.GIVEN_UP}
"""A row's state → ours; others are on their way."""


@dataclass(frozen=True)
class Row:
    """A row of the outbox. `since` is when it came to its end, `error` the last one; `tried`: it may have arrived."""

    state: str
    attempts: int = 0
    error: str = ""
    since: datetime | None = None
    tried: bool = False


@dataclass(frozen=True)
class Outcome:
    """Of one contact method. `at` is when it ended, `attempts` how often it was tried in vain so far.

    `after` is the delay that it has in a page. `closing` is what became of the incident: empty where there is none.
    """

    ref: str
    kind: str
    state: State
    after: timedelta
    at: datetime | None = None
    attempts: int = 0
    reason: str = ""
    closing: State | None = None
    tried: bool = False
    """It has been handed to the service, which may not have answered."""

    @property
    def over(self) -> bool:
        return self.state is not State.TRYING and self.closing is not State.TRYING


@dataclass(frozen=True)
class Result:
    """Of a test. `person` is an id; `dm_after` the delay that the direct message has in a page."""

    id: int
    person: str
    at: datetime
    dm_after: timedelta
    outcomes: tuple[Outcome, ...]

    @property
    def over(self) -> bool:
        return all(outcome.over for outcome in self.outcomes)

    @property
    def begun(self) -> bool:
        """Whether any of it has been sent: else no bot runs that sends."""
        return any(outcome.tried or outcome.state is not State.TRYING for outcome in self.outcomes)

    def count(self, state: State) -> int:
        return sum(outcome.state is state for outcome in self.outcomes)


def state_of(row: Row) -> State:
    return _STATES.get(row.state, State.TRYING)


def opened(row: Row) -> bool:
    """Whether a row that triggers an incident has come to its end, and may have opened one.

    What is refused for good at the first attempt has opened none; of earlier attempts the answer may have been lost.
    """
    return (
        row.state == "done" or (row.state == "failed" and row.attempts > 1) or (row.state == "cancelled" and row.tried)
    )


def outcome(ref: str, after: timedelta, row: Row, *, incidents: bool, closing: Row | None) -> Outcome:
    """`incidents`: the service keeps them; `closing` is the row that closes this one, once it is written."""
    ends: State | None = None
    if incidents and opened(row):
        ends = state_of(closing) if closing else State.TRYING
    return Outcome(
        ref=ref,
        kind=ref.rpartition("/")[2],
        state=state_of(row),
        after=after,
        at=row.since,
        attempts=row.attempts if row.error else 0,
        reason=row.error if state_of(row) is not State.TAKEN else "",
        closing=ends,
        tried=row.tried,
    )


def unfinished(outcomes: Sequence[Outcome], begun: datetime, now: datetime) -> tuple[str, ...]:
    """Refs of what is not tried any more, since the test has taken long enough."""
    return tuple(one.ref for one in outcomes if one.state is State.TRYING) if now - begun >= LASTS else ()
