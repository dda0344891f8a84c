"""What templates make of text that people typed."""

import pytest

from bot.slack.filters import beyond


@pytest.mark.parametrize(
    ("text", "title", "more"),
    [
        ("head", "head", ""),
        ("  head \n", "head", ""),
        ("head\ntail one\r\n  tail two\n", "head", "tail one\n  tail two"),
        ("head\n\nhead", "head", "head"),
        ("head\ntail", "sev1 from Aurora: R-1", "head\ntail"),
        ("a long head\ntail", "a long…", "a long head\ntail"),
        ("", "head", ""),
        ("", "", ""),
    ],
)
def test_what_stands_beyond_a_title_is_all_but_the_line_that_it_repeats(text: str, title: str, more: str) -> None:
    """A title that was shortened is no whole line: then the line is said in full."""
    assert beyond(text, title) == more


def test_what_stands_beyond_a_title_has_an_end_that_is_seen() -> None:
    """Of what is longer than there is room for, an ellipsis says that something is missing."""
    assert beyond("head\n" + "x" * 400, "head", 300) == "x" * 299 + "…"
