"""What a test of contact methods has come to, by the rows of the outbox."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.paging import trial
from bot.paging.trial import Outcome, Result, Row, State

NOW = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)


def made(row: Row, *, incidents: bool = False, closing: Row | None = None) -> Outcome:
    return trial.outcome("vega/sms", timedelta(minutes=3), row, incidents=incidents, closing=closing)


@pytest.mark.parametrize(
    ("row", "state", "over"),
    [
        (Row("pending"), State.TRYING, False),
        (Row("leased", 1, tried=True), State.TRYING, False),
        (Row("done", 0, since=NOW, tried=True), State.TAKEN, True),
        (Row("failed", 1, "no", since=NOW, tried=True), State.REFUSED, True),
        (Row("cancelled", 4, "no", since=NOW, tried=True), State.GIVEN_UP, True),
    ],
)
def test_a_rows_state_is_what_became_of_the_method(row: Row, state: State, over: bool) -> None:
    assert (made(row).state, made(row).over) == (state, over)


def test_a_first_attempt_that_hangs_has_not_failed_yet() -> None:
    assert made(Row("leased", 1, tried=True)).attempts == 0
    assert made(Row("pending", 1, "too slow", tried=True)).attempts == 1


@pytest.mark.parametrize(
    "row", [Row("done", tried=True), Row("failed", 2, "?", tried=True), Row("cancelled", 1, tried=True)]
)
def test_an_incident_that_may_be_open_has_to_be_closed_before_it_is_over(row: Row) -> None:
    """Also where the answer to the trigger was lost, or came too late."""
    assert not made(row, incidents=True).over
    assert not made(row, incidents=True, closing=Row("pending")).over
    assert made(row, incidents=True, closing=Row("done")).over
    assert made(row, incidents=True, closing=Row("failed")).closing is State.REFUSED


def test_what_was_refused_at_the_first_attempt_opened_nothing() -> None:
    """A wrong key is refused for good: there is no incident that could be closed, and none is claimed."""
    refused = made(Row("failed", 1, "PagerDuty answers 400", tried=True), incidents=True)
    assert (refused.over, refused.closing) == (True, None)


def test_what_was_never_sent_opened_nothing() -> None:
    assert made(Row("cancelled"), incidents=True).over


def test_only_what_is_still_tried_is_given_up_and_only_in_the_end() -> None:
    outcomes = (made(Row("pending")), made(Row("done")))
    assert trial.unfinished(outcomes, NOW, NOW + trial.LASTS - timedelta(seconds=1)) == ()
    assert trial.unfinished(outcomes, NOW, NOW + trial.LASTS) == ("vega/sms",)


def test_a_test_that_nobody_sends_has_not_begun() -> None:
    """So the terminal can ask whether the bot is running."""
    assert not Result(1, "vega", NOW, timedelta(), (made(Row("pending")),)).begun
    assert Result(1, "vega", NOW, timedelta(), (made(Row("leased", 1, tried=True)),)).begun
