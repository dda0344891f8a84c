"""The life cycle of a request, as a table: every pair, every refusal, and two people at once."""

import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import lifecycle
from bot.desk.lifecycle import ARROWS, OPEN, Aim, Case, State, Verb
from bot.errors import Conflict

VEGA, RIGEL, DENEB, SPICA = "U0VEGA", "U0RIGEL", "U0DENEB", "U0SPICA"
AIM = Aim(owner=SPICA, region="in", into=7)
ILLEGAL = sorted(set(itertools.product(State, Verb)) - set(ARROWS))


def case(state: State = State.NEW, **facts: object) -> Case:
    return replace(Case(state, VEGA, "us", VEGA, version=3), **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "verb"), ILLEGAL)
def test_every_pair_without_an_arrow_is_refused_in_words(state: State, verb: Verb) -> None:
    """What is not in the table does not happen; the person reads how it stands and what to do instead."""
    with pytest.raises(Conflict) as refused:
        lifecycle.decide(case(state), verb, RIGEL, AIM)
    assert lifecycle.words(state) in str(refused.value)
    assert re.fullmatch(r"[A-Z].{8,}\.", refused.value.hint)


def test_the_table_has_no_dead_end_but_the_last() -> None:
    """From every state there is a way to be resolved, and from every ended one a way back."""
    for state in OPEN:
        assert (state, Verb.RESOLVE) in ARROWS
    assert {s for s in State if (s, Verb.REOPEN) in ARROWS} == {State.RESOLVED, State.CLOSED}


@pytest.mark.parametrize(("state", "verb"), sorted(ARROWS))
def test_an_arrow_leads_where_it_says(state: State, verb: Verb) -> None:
    """Each move counts, and names who made it."""
    moved = lifecycle.decide(case(state, snoozed=verb is Verb.WAKE), verb, RIGEL, AIM)
    assert (moved.state, moved.version, moved.last_by) == (ARROWS[(state, verb)], 4, RIGEL)


@pytest.mark.parametrize(("state", "verb"), sorted(ARROWS))
def test_only_taking_and_giving_change_the_owner(state: State, verb: Verb) -> None:
    """Acknowledging says "seen"; the owner stays until somebody takes it or it is given away."""
    owners = {Verb.ASSIGN: RIGEL, Verb.REASSIGN: SPICA, Verb.HAND: SPICA, Verb.REOPEN: SPICA}
    moved = lifecycle.decide(case(state, snoozed=verb is Verb.WAKE), verb, RIGEL, AIM)
    assert moved.owner == owners.get(verb, VEGA)
    assert moved.region == ("in" if verb in (Verb.REASSIGN, Verb.HAND, Verb.REOPEN) else "us")


@pytest.mark.parametrize("verb", sorted({v for s, v in ARROWS if s is State.IN_PROGRESS}))
def test_who_decides_on_what_has_changed_is_told_who_was_first(verb: Verb) -> None:
    """Both looked at version 2; one moved it to 3."""
    stands = case(State.IN_PROGRESS, last_by=DENEB, snoozed=verb is Verb.WAKE)
    with pytest.raises(Conflict, match=f"<@{DENEB}> was first: this request is in progress now, <@{VEGA}> has it"):
        lifecycle.decide(stands, verb, RIGEL, AIM, seen=2)


def test_my_own_second_click_is_no_conflict() -> None:
    """Acknowledge and then Resolve, faster than the card is redrawn."""
    first = lifecycle.decide(case(last_by=""), Verb.ACKNOWLEDGE, RIGEL, seen=3)
    assert lifecycle.decide(first, Verb.RESOLVE, RIGEL, seen=3).state is State.RESOLVED


def test_taking_what_is_mine_is_refused() -> None:
    with pytest.raises(Conflict, match="already yours"):
        lifecycle.decide(case(State.IN_PROGRESS), Verb.ASSIGN, VEGA)


@pytest.mark.parametrize(
    ("verb", "aim", "words"),
    [
        (Verb.REASSIGN, Aim(owner=VEGA), "has this request already"),
        (Verb.REASSIGN, Aim(), "has this request already"),
        (Verb.HAND, Aim(region="us"), "with that region already"),
        (Verb.HAND, Aim(), "with that region already"),
        (Verb.MERGE, Aim(), "which request"),
        (Verb.WAKE, Aim(), "not snoozed"),
    ],
)
def test_what_would_change_nothing_is_refused(verb: Verb, aim: Aim, words: str) -> None:
    with pytest.raises(Conflict, match=words):
        lifecycle.decide(case(State.ACKNOWLEDGED), verb, RIGEL, aim)


def test_a_merged_request_leads_to_the_one_it_is_part_of() -> None:
    merged = lifecycle.decide(case(), Verb.MERGE, RIGEL, Aim(into=7))
    with pytest.raises(Conflict, match="part of R-7 now"):
        lifecycle.decide(merged, Verb.REOPEN, RIGEL)


def test_the_clock_is_named_too() -> None:
    closed = lifecycle.decide(case(State.RESOLVED), Verb.CLOSE, "")
    with pytest.raises(Conflict, match="already closed, by Heliograph"):
        lifecycle.decide(closed, Verb.RESOLVE, RIGEL)


@pytest.mark.parametrize("verb", sorted(set(Verb) - lifecycle.BY_ITSELF))
def test_the_clock_does_nothing_that_needs_a_person(verb: Verb) -> None:
    with pytest.raises(ValueError, match="needs somebody"):
        lifecycle.decide(case(), verb, "")


steps = st.lists(st.tuples(st.sampled_from(Verb), st.sampled_from([VEGA, RIGEL, DENEB, ""])), max_size=30)


@given(steps)
def test_whatever_is_clicked_there_is_one_owner_and_a_state(taken: list[tuple[Verb, str]]) -> None:
    """No sequence of clicks leaves a request without an owner, snoozed after its end, or merged and open."""
    stands = case(version=0)
    for verb, by in taken:
        try:
            after = lifecycle.decide(stands, verb, by, AIM, seen=stands.version)
        except (Conflict, ValueError):
            continue
        assert after.version == stands.version + 1
        stands = after
        assert stands.owner
        assert stands.state in OPEN or not stands.snoozed
        assert stands.merged_into is None or stands.state is State.CLOSED
