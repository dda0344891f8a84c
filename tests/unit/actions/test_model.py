"""The life of a plan, as a table."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions import model
from bot.actions.model import NEXT, Cost, Plan, State, Target, Verb

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TARGET = Target("sol", "Job", "v1", "aurora-train", "llm", "uid", "7")


def plan(state: State, by: str = "U0VEGA") -> Plan:
    return Plan("p", Verb.SUSPEND, "aurora-train/llm", TARGET, Cost(2, 16), state, "U0VEGA", NOW, NOW, by)


@pytest.mark.parametrize(("before", "after"), [(a, b) for a, b in itertools.product(State, State) if b not in NEXT[a]])
def test_no_other_way_exists(before: State, after: State) -> None:
    with pytest.raises(ValueError, match="does not go"):
        model.step(before, after)


@pytest.mark.parametrize("state", [s for s in State if s is not State.PROPOSED])
def test_who_comes_second_reads_why(state: State) -> None:
    error = model.refuse(plan(state))
    assert str(error)
    if state not in (State.EXPIRED,):
        assert "<@U0VEGA>" in str(error)


def test_the_change_is_said_in_kubernetes_words() -> None:
    assert plan(State.PROPOSED).change == "spec.suspend=true"


@pytest.mark.parametrize(
    ("checkpoint", "hours"), [(None, None), (NOW - timedelta(minutes=30), 8.0), (NOW + timedelta(minutes=1), 0.0)]
)
def test_lost_work_is_counted_from_the_last_checkpoint(checkpoint: datetime | None, hours: float | None) -> None:
    assert model.lost_hours(16, checkpoint, NOW) == hours
