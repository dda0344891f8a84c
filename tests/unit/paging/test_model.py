"""Escalation: which policy, each step, empty steps, conditions, rounds and the last resort."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.paging.model import (
    ASKED_FOR,
    About,
    Escalation,
    Found,
    Kind,
    PageState,
    Policy,
    Position,
    Step,
    Target,
    Verb,
    When,
    climb,
    moved,
    role,
    target,
)

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
"""A Saturday, 04:00 in Berlin."""
MINUTES = timedelta(minutes=1)
ABOUT = About("Europe/Berlin", "sev1", "aurora")
PRIMARY, SECONDARY, MANAGER = (role(name) for name in ("primary", "secondary", "manager"))
POLICY = Policy(
    steps=(Step((PRIMARY,), 5 * MINUTES), Step((SECONDARY,), 6 * MINUTES), Step((MANAGER,), 10 * MINUTES)),
    repeat=2,
    last_resort="sol",
)
FULL = {PRIMARY: ("vega",), SECONDARY: ("rigel",), MANAGER: ("polaris",)}
Duty = dict[Target, tuple[str, ...]]


def finder(duty: Duty) -> Callable[[Target], tuple[tuple[Found, ...], tuple[str, ...]]]:
    def find(wanted: Target) -> tuple[tuple[Found, ...], tuple[str, ...]]:
        people = duty.get(wanted, ())
        return tuple(Found(p, wanted.name) for p in people), () if people else (f"nobody is {wanted.name}",)

    return find


def people(policy: Policy, duty: Duty, contacts: int, asked: Target | None = None) -> list[str]:
    position, reached = Position(0, ASKED_FOR if asked else 0), []
    for _ in range(contacts):
        contact = climb(policy, position, finder(duty), ABOUT, NOW, asked)
        reached.append("+".join(found.person for found in contact.found))
        position = contact.then
    return reached


def test_climbs_step_by_step_and_round_by_round_to_the_last_resort() -> None:
    assert people(POLICY, FULL, 8) == ["vega", "rigel", "polaris", "vega", "rigel", "polaris", "sol", "sol"]


def test_each_step_waits_its_own_time() -> None:
    assert climb(POLICY, Position(), finder(FULL), ABOUT, NOW).due == NOW + 5 * MINUTES
    assert climb(POLICY, Position(0, 1), finder(FULL), ABOUT, NOW).due == NOW + 6 * MINUTES


def test_an_empty_step_is_skipped_at_once_and_says_so() -> None:
    """Waiting on nobody is how pages get lost (goalert 4548)."""
    contact = climb(POLICY, Position(), finder({**FULL, PRIMARY: ()}), ABOUT, NOW)
    assert (contact.found[0].person, contact.due) == ("rigel", NOW + 6 * MINUTES)
    assert contact.skipped == ("nobody is primary",)


def test_a_step_whose_condition_does_not_hold_is_skipped_at_once_and_says_so() -> None:
    weekdays = When(weekdays=frozenset(range(5)))
    policy = Policy((Step((PRIMARY,), 5 * MINUTES, weekdays), Step((MANAGER,), 9 * MINUTES)), 1, "sol")
    contact = climb(policy, Position(), finder(FULL), ABOUT, NOW)
    assert (contact.found[0].person, contact.skipped) == ("polaris", ("step 1 does not apply now",))


def test_several_targets_of_a_step_are_contacted_at_once_and_nobody_twice() -> None:
    both = Policy((Step((PRIMARY, SECONDARY, MANAGER), 5 * MINUTES),), 1, "sol")
    contact = climb(both, Position(), finder({**FULL, SECONDARY: ("vega", "rigel")}), ABOUT, NOW)
    assert [found.person for found in contact.found] == ["vega", "rigel", "polaris"]


def test_one_target_without_anybody_does_not_hold_up_the_others() -> None:
    both = Policy((Step((PRIMARY, MANAGER), 5 * MINUTES),), 1, "sol")
    contact = climb(both, Position(), finder({MANAGER: ("polaris",)}), ABOUT, NOW)
    assert [found.person for found in contact.found] == ["polaris"]
    assert contact.skipped == ("nobody is primary",)


def test_whom_somebody_asked_for_comes_before_the_first_step_and_only_once() -> None:
    mira = Target(Kind.PERSON, "mira")
    found = people(POLICY, {**FULL, mira: ("mira",)}, 8, mira)
    assert found == ["mira", "vega", "rigel", "polaris", "vega", "rigel", "polaris", "sol"]
    assert people(POLICY, FULL, 1, mira) == ["vega"]


def test_when_nobody_is_on_duty_the_last_resort_is_contacted_at_once() -> None:
    contact = climb(POLICY, Position(), finder({}), ABOUT, NOW)
    assert ([f.person for f in contact.found], contact.last) == (["sol"], True)
    assert len(contact.skipped) == 3


def test_a_page_that_stands_beyond_the_steps_of_an_edited_policy_goes_on_in_the_next_round() -> None:
    short = Policy(POLICY.steps[:1], 2, "sol")
    contact = climb(short, Position(0, 2), finder(FULL), ABOUT, NOW)
    assert [f.person for f in contact.found] in (["vega"], ["sol"])
    assert people(short, FULL, 3) == ["vega", "vega", "sol"]


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("state", PageState)
def test_what_has_no_arrow_is_refused(state: PageState, verb: Verb, own: bool) -> None:
    """Nothing leads out of resolved; an acknowledged page is its owner's, but anybody may resolve it."""
    after = moved(state, verb, own=own)
    if state is PageState.RESOLVED:
        assert after is None
    elif verb is Verb.END:
        assert after is PageState.RESOLVED
    elif state is PageState.ACKNOWLEDGED and verb is not Verb.RESOLVE:
        reopens = verb is Verb.ASK_AGAIN or (own and verb in (Verb.HELP, Verb.NOT_ME))
        assert after is (PageState.OPEN if reopens else None)
    elif verb is Verb.ASK_AGAIN:
        assert after is None, "an open page asks by its steps"
    else:
        assert after is not None


TARGETS = st.sampled_from([PRIMARY, SECONDARY, MANAGER, role("primary", "eu"), Target(Kind.PERSON, "mira")])
CONDITIONS = st.builds(
    When,
    st.frozensets(st.integers(0, 6)),
    st.none() | st.times(),
    st.none() | st.times(),
    st.sampled_from(["", "Asia/Kolkata"]),
    st.frozensets(st.sampled_from(["sev1", "sev2"])),
)
STEPS = st.builds(
    Step,
    st.lists(TARGETS, min_size=1, max_size=3).map(tuple),
    st.integers(1, 60).map(lambda m: m * MINUTES),
    CONDITIONS,
)
POLICIES = st.builds(Policy, st.lists(STEPS, min_size=1, max_size=4).map(tuple), st.integers(1, 3), st.just("sol"))


@given(
    POLICIES,
    st.dictionaries(TARGETS, st.lists(st.sampled_from(["vega", "rigel", "mira"]), max_size=2).map(tuple)),
    st.none() | TARGETS,
    st.integers(1, 30),
)
def test_a_page_never_ends_with_nobody(policy: Policy, duty: Duty, asked: Target | None, contacts: int) -> None:
    """Whoever is on duty and whatever applies, every contact reaches somebody, nobody twice, and is looked at later.

    The steps are taken as often as there are rounds; a round in which none applies, at night say, is not counted.
    """
    position, now, by_steps = Position(0, ASKED_FOR if asked else 0), NOW, 0
    for _ in range(contacts):
        contact = climb(policy, position, finder(duty), ABOUT, now, asked)
        reached = [found.person for found in contact.found]
        assert reached
        assert len(set(reached)) == len(reached)
        assert contact.due > now
        position, now, by_steps = contact.then, contact.due, by_steps + (not contact.last)
    assert by_steps <= policy.repeat * len(policy.steps) + 1, "after all rounds it is the last resort"


@given(TARGETS)
def test_a_row_keeps_a_target(wanted: Target) -> None:
    assert target(str(wanted)) == wanted


SATURDAY, SUNDAY = 5, 6


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(), True),
        (When(weekdays=frozenset({SATURDAY})), True),
        (When(weekdays=frozenset({SUNDAY})), False),
        (When(start=time(4)), True),
        (When(end=time(4)), False),
        (When(start=time(22), end=time(6), weekdays=frozenset({4})), True),
        (When(start=time(22), end=time(6), weekdays=frozenset({SATURDAY})), False),
        (When(start=time(8), end=time(9), zone="Asia/Kolkata"), True),
        (When(weekdays=frozenset({4}), zone="America/Los_Angeles"), True),
        (When(severities=frozenset({"sev1", "sev2"})), True),
        (When(severities=frozenset({"sev2"})), False),
        (When(clients=frozenset({"aurora"})), True),
        (When(clients=frozenset({"borealis"})), False),
        (When(clients=frozenset({"aurora"}), weekdays=frozenset({SUNDAY})), False),
    ],
)
def test_a_condition_holds_when_all_that_it_names_does(when: When, holds: bool) -> None:
    """By the page's clocks, or those it names; a night that began on Friday belongs to Friday."""
    assert when.holds(ABOUT, NOW) is holds


def test_the_first_policy_that_fits_counts_unless_one_is_named() -> None:
    night = Policy(POLICY.steps, 1, "sol", "night", When(start=time(22), end=time(6)))
    grave = Policy(POLICY.steps, 1, "sol", "grave", When(severities=frozenset({"sev1"})))
    escalation = Escalation((night, grave, POLICY))
    assert escalation.of(ABOUT, NOW).id == "night"
    assert escalation.of(ABOUT, NOW + timedelta(hours=5)).id == "grave"
    assert escalation.of(About("Europe/Berlin"), NOW + timedelta(hours=5)).id == "default"
    assert escalation.of(ABOUT, NOW, "grave").id == "grave"
    assert escalation.of(ABOUT, NOW, "gone with an edit").id == "night"


def test_a_round_in_which_nobody_is_on_duty_does_not_count() -> None:
    """Raised in a gap and looked at often: who comes on duty at last has all the rounds."""
    position, reached = Position(), []
    for duty in [{}] * 9 + [FULL] * 7:
        contact = climb(POLICY, position, finder(duty), ABOUT, NOW)
        reached.append(contact.found[0].person)
        position = contact.then
    assert reached == ["sol"] * 9 + ["vega", "rigel", "polaris"] * 2 + ["sol"]


def test_after_the_rounds_who_has_come_on_duty_since_is_contacted_before_the_last_resort() -> None:
    over, seen = Position(2), {"vega", "rigel", "polaris", "sol"}
    contact = climb(POLICY, over, finder({**FULL, SECONDARY: ("rigel", "mira")}), ABOUT, NOW, contacted=seen)
    assert ([one.person for one in contact.found], contact.due, contact.last) == (["mira"], NOW + 6 * MINUTES, False)
    after = climb(POLICY, contact.then, finder(FULL), ABOUT, NOW, contacted={*seen, "mira"})
    assert ([one.person for one in after.found], after.last) == (["sol"], True)
