"""What of a text is kept, and whether anything of it is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import letters

ANY = st.text(st.characters() | st.sampled_from("\x00\u202e\u2066\ufeff\ud800\udfff\r\n"), max_size=60)


@given(ANY)
def test_what_is_harmless_can_be_stored_and_stays_as_it_is(text: str) -> None:
    """PostgreSQL takes no NUL and SQLite's driver no half of a character; cleaned twice is cleaned once."""
    cleaned = letters.harmless(text)
    assert "\x00" not in cleaned
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned
    assert not set(cleaned) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\r")
    assert letters.harmless(cleaned) == cleaned


@pytest.mark.parametrize("text", ["a", " 7", "?", "…", "🔥", "日本", "\ufffd", "\u200bx"])
def test_what_is_seen_says_something(text: str) -> None:
    assert letters.says_something(text)


@pytest.mark.parametrize(
    "text", ["", " \n\t\u00a0", "\u200b\u200c\u200d\u2060", "\u00ad", "\x00", "\u3164\u2800", "\ufe0f"]
)
def test_what_is_not_seen_says_nothing(text: str) -> None:
    assert not letters.says_something(text)
