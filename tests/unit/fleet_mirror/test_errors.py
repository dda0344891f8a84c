"""A refusal in plain words: who lacks what, where."""

import pytest

from bot.errors import BotError, Conflict, Forbidden, Temporary, UserError
from bot.fleet import errors
from bot.fleet.decode import Status


def test_rbacs_refusal_names_the_right_that_is_missing() -> None:
    said = (
        'jobs.batch "llm" is forbidden: User "vega@heliograph.example" cannot patch resource "jobs" '
        'in API group "batch" in the namespace "aurora-train"'
    )
    error = errors.translated("sol", 403, Status(403, "Forbidden", said))
    assert isinstance(error, Forbidden)
    assert str(error) == (
        "The cluster sol does not let vega@heliograph.example patch jobs.batch in the namespace aurora-train."
    )
    assert "right to patch jobs.batch" in error.hint


def test_a_bot_that_may_not_impersonate_says_so() -> None:
    said = 'users "vega" is forbidden: User "heliograph" cannot impersonate resource "users" in API group ""'
    assert "may not act for others" in str(errors.translated("sol", 403, Status(403, "Forbidden", said)))


@pytest.mark.parametrize(
    ("code", "type"),
    [
        (401, Forbidden),
        (403, Forbidden),
        (404, errors.NotFound),
        (409, Conflict),
        (410, errors.Gone),
        (422, UserError),
        (429, Temporary),
        (500, Temporary),
        (503, Temporary),
    ],
)
def test_each_answer_has_its_error(code: int, type: type[BotError]) -> None:
    assert isinstance(errors.translated("sol", code, Status(code, "", "x")), type)
