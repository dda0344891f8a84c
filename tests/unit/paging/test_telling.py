"""Why a service did not take a message: what Apprise's plugins write, in words of our own that hold no secret."""

import pytest

from bot.outbox import telling


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["Failed to send JSON POST notification: error=503."], "it answered 503 (Service Unavailable)"),
        (["Failed to send Opsgenie notification:Unauthorized, error=401."], "it answered 401 (Unauthorized)"),
        (["Failed: error=599."], "it answered 599"),
        (['Connection error while submitting email to "s3cret.example"'], "it is out of reach"),
        (["There are no Email recipients to notify"], "its address names nobody"),
        (["An invalid token (t0ken) was specified."], "a part of its address is not valid"),
        (["error=500", "A Connection error occurred sending JSON notification to s3cret."], "it is out of reach"),
    ],
)
def test_a_known_reason_is_said_in_our_words(lines: list[str], said: str) -> None:
    """The newest line that says something known counts."""
    assert telling.reason(lines).startswith(said)


def test_what_is_not_known_is_not_repeated() -> None:
    """It may hold an address, or what a service answered."""
    assert telling.reason(["The moon https://user:s3cret@host is full."]) == ""


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        (["Failed to send JSON POST notification: error=404."], True),
        (["Failed to send SMS notification: Unauthorized, error=401."], True),
        (["error=429"], False),
        (["error=408"], False),
        (["error=503"], False),
        (["error=404", "error=503"], False),
        (["error=404", "A Connection error occurred sending JSON notification to s3cret."], False),
        (["The moon is full."], False),
        ([], False),
    ],
)
def test_only_a_service_that_says_that_the_message_is_wrong_has_refused_it(lines: list[str], refused: bool) -> None:
    assert telling.refused(lines) is refused
