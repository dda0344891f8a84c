"""What follows `/request`: a verb of the table, or a client's words."""

import pytest

from bot.desk import listing
from bot.errors import UserError
from handlers import request_verbs
from handlers.incoming import Incoming
from handlers.request_verbs import Verb


async def nothing(incoming: Incoming, rest: str) -> None: ...


WHY = Verb(nothing, request_verbs.is_number, (("why 12", "why it is with whom it is"),))


@pytest.mark.parametrize("typed", ["why 12", "WHY R-12", "why  #12 ", "why r-12"])
def test_a_verb_with_what_fits_it(typed: str) -> None:
    found = request_verbs.chosen({"why": WHY}, typed)
    assert found is not None
    assert listing.known_id(found[1]) == 12


@pytest.mark.parametrize("typed", ["why is my job slow", "why", "why 12 nodes are gone", "whyever 12", "", "12"])
def test_anything_else_is_what_the_client_asks(typed: str) -> None:
    """Nothing that a client says is lost because it begins like a command."""
    assert request_verbs.chosen({"why": WHY}, typed) is None


@pytest.mark.parametrize("digits", ["2147483648", "999999999999", "9" * 5_000])
def test_a_number_that_no_row_can_have_is_no_request(digits: str) -> None:
    """It is asked about all the same, and never reaches a database that cannot count so far."""
    found = request_verbs.chosen({"why": WHY}, f"why R-{digits}")
    assert found is not None
    with pytest.raises(UserError, match=f"There is no request R-{digits[:60]}"):
        listing.known_id(found[1])
    assert listing.known_id("r-0002147483647") == listing.LARGEST
