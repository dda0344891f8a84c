"""The title of a page that somebody raises by hand: one line that a telephone shows, cut where it may be."""

import pytest

from handlers.page import TITLE, _title


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("the login node is down\nsince 9", "the login node is down"),
        ("\n \nall ranks hang", "all ranks hang"),
        ("x" * TITLE, "x" * TITLE),
        ("x" * (TITLE + 1), "x" * (TITLE - 1) + "…"),
        ("x" * 70 + " <@U0SOL|sol> knows more of it", "x" * 70 + "…"),
        ("x" * 76 + " &lt;b&gt; and more", "x" * 76 + "…"),
        ("x" * 60 + " <@U0SOL> knows more of it, and of much else", "x" * 60 + " <@U0SOL> knows mor…"),
        ("<https://grafana.example/" + "d" * 100 + "> is red", "https://grafana.example/" + "d" * 55 + "…"),
    ],
)
def test_the_first_line_is_cut_between_words_of_slack_and_never_in_one(typed: str, title: str) -> None:
    assert _title(typed) == title
