"""The lives of a swap and of a cover, walked through every pair: what has no arrow is refused."""

import pytest

from bot.errors import Conflict
from bot.roster import swaps
from bot.roster.model import COVER_ARROWS, SWAP_ARROWS, CoverState, CoverVerb, SwapState, SwapVerb
from bot.roster.tables import SwapRow

OVER = {SwapState.DECLINED, SwapState.REFUSED, SwapState.WITHDRAWN, SwapState.VOID}


def row(state: SwapState) -> SwapRow:
    return SwapRow(state=state.value, last_by="U0MIRA")  # type: ignore[call-arg]


@pytest.mark.parametrize("state", SwapState)
@pytest.mark.parametrize("verb", SwapVerb)
def test_a_swap_moves_along_an_arrow_or_not_at_all(state: SwapState, verb: SwapVerb) -> None:
    if (state, verb) in SWAP_ARROWS:
        assert swaps.arrow(row(state), verb) is SWAP_ARROWS[state, verb]
        return
    with pytest.raises(Conflict, match="already") as refused:
        swaps.arrow(row(state), verb)
    assert "<@U0MIRA>" in str(refused.value)


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_is_over_stays_so(state: SwapState) -> None:
    assert not [verb for verb in SwapVerb if (state, verb) in SWAP_ARROWS]


def test_what_is_in_force_is_taken_back_by_nobody() -> None:
    assert {verb for verb in SwapVerb if (SwapState.IN_FORCE, verb) in SWAP_ARROWS} == {SwapVerb.VOID}


@pytest.mark.parametrize("state", [SwapState.ASKED, SwapState.ACCEPTED, SwapState.IN_FORCE])
def test_whatever_is_not_over_can_become_void(state: SwapState) -> None:
    assert SWAP_ARROWS[state, SwapVerb.VOID] is SwapState.VOID


@pytest.mark.parametrize("state", CoverState)
@pytest.mark.parametrize("verb", CoverVerb)
def test_only_what_is_open_is_taken_and_what_is_closed_stays_so(state: CoverState, verb: CoverVerb) -> None:
    assert ((state, CoverVerb.TAKE) in COVER_ARROWS) is (state is CoverState.OPEN)
    assert ((state, CoverVerb.CLOSE) in COVER_ARROWS) is (state is not CoverState.CLOSED)
    assert COVER_ARROWS.get((CoverState.CLOSED, verb)) is None
