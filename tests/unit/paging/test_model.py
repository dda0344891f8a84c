"""Escalation: each step, empty steps, rounds and the last resort."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.paging.model import Policy, Position, Step, Target, climb

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
MINUTES = timedelta(minutes=1)
POLICY = Policy(
    steps=(Step(Target.PRIMARY, 5 * MINUTES), Step(Target.SECONDARY, 6 * MINUTES), Step(Target.MANAGER, 10 * MINUTES)),
    repeat=2,
    last_resort="sol",
)
FULL = {Target.PRIMARY: "vega", Target.SECONDARY: "rigel", Target.MANAGER: "polaris"}


def people(policy: Policy, duty: dict[Target, str | None], contacts: int) -> list[str]:
    position, reached = Position(), []
    for _ in range(contacts):
        contact = climb(policy, position, duty, NOW)
        reached.append(contact.person)
        position = contact.then
    return reached


def test_climbs_step_by_step_and_round_by_round_to_the_last_resort() -> None:
    assert people(POLICY, FULL, 8) == ["vega", "rigel", "polaris", "vega", "rigel", "polaris", "sol", "sol"]


def test_each_step_waits_its_own_time() -> None:
    assert climb(POLICY, Position(), FULL, NOW).due == NOW + 5 * MINUTES
    assert climb(POLICY, Position(0, 1), FULL, NOW).due == NOW + 6 * MINUTES


def test_an_empty_step_is_skipped_at_once_and_says_so() -> None:
    """Waiting on nobody is how pages get lost (goalert 4548)."""
    contact = climb(POLICY, Position(), {**FULL, Target.PRIMARY: None}, NOW)
    assert (contact.person, contact.due) == ("rigel", NOW + 6 * MINUTES)
    assert contact.skipped == ("nobody is primary now",)


def test_when_nobody_is_on_duty_the_last_resort_is_contacted_at_once() -> None:
    nobody = dict.fromkeys(Target)
    contact = climb(POLICY, Position(), nobody, NOW)
    assert contact.person == "sol"
    assert len(contact.skipped) == 3


@given(
    st.dictionaries(st.sampled_from(Target), st.none() | st.sampled_from(["vega", "rigel", "mira"])),
    st.integers(1, 30),
)
def test_a_page_never_ends_with_nobody(holders: dict[Target, str | None], contacts: int) -> None:
    """Whoever is on duty, every contact reaches somebody and is looked at again later."""
    duty = {target: holders.get(target) for target in Target}
    position = Position()
    for _ in range(contacts):
        contact = climb(POLICY, position, duty, NOW)
        assert contact.person
        assert contact.due > NOW
        position = contact.then
