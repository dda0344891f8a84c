"""On something resolved: thanks leave it so, trouble opens it again, and what is neither is asked about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import said, thanks
from bot.desk.thanks import Tone


@pytest.mark.parametrize(
    "text",
    [
        "thanks", "Thank you!", "works now 🙏", "👍", ":+1:", ":pray::skin-tone-3:", "Thanks a lot @Capella!",
        "ty, all good", "Danke schön, läuft wieder", "merci beaucoup, ça marche", "muchas gracias!", "obrigado",
        "grazie mille", "धन्यवाद", "நன்றி", "ありがとうございます", "谢谢", "cheers mate",
        "No worries, thanks for the quick help",
    ],
)  # fmt: skip
def test_thanks(text: str) -> None:
    assert thanks.tone(text) is Tone.THANKS


@pytest.mark.parametrize(
    "text",
    [
        "thanks, but it is still slow", "thanks! can you also look at rank 3?", "not fixed", "it crashed again",
        "NaN again", "same error", "danke, aber es geht nicht", "merci mais ça plante encore",
        "gracias, pero sigue fallando",
        "no more errors, but it hangs", "training again and again into the same error", "no errors, it is slow",
        "works now?", "👍 what about the other job？", "it's stuck again 🙏",
    ],
)  # fmt: skip
def test_trouble(text: str) -> None:
    assert thanks.tone(text) is Tone.BACK


@pytest.mark.parametrize(
    "text",
    [
        "",
        "we start the next stage tonight",
        "ok it is back",
        "no more errors, thanks",
        "🤔",
        "Thank you so much for the quick help, all ranks are training again",
        "no further issues, thanks",
        "works, no errors any more",
        "running fine again since noon",
        "without any problems so far",
    ],
)
def test_unsure(text: str) -> None:
    assert thanks.tone(text) is Tone.UNSURE


@given(st.text())
def test_a_question_is_never_thanks(text: str) -> None:
    assert thanks.tone(f"thanks {text}?") is Tone.BACK


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("!client hello", "hello"),
        ("!CLIENT: hello", "hello"),
        ("!client\nhello", "hello"),
        ("!clients are slow", None),
        ("tell them: !client hello", None),
        ("!client", ""),
        (" !client hello", None),
    ],
)
def test_only_the_prefix_at_the_very_beginning_sends(text: str, sent: str | None) -> None:
    assert said.to_client(text, "!client") == sent


@given(st.text(alphabet='&<>\n@x"\\ ', max_size=6_000))
def test_each_piece_fits_a_quotation_and_nothing_is_lost(text: str) -> None:
    pieces = said.quoted(text)
    assert "".join(pieces).startswith(text[: said.SHOWN].rstrip())
    for piece in pieces:
        escaped = piece.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert len(escaped) + 2 * (piece.count("\n") + 1) <= 3_000


@pytest.mark.parametrize(
    ("size", "shown"), [(None, ""), (0, "0 B"), (999, "999 B"), (48_211, "48.2 kB"), (3_200_000_000_000, "3200.0 GB")]
)
def test_sizes(size: int | None, shown: str) -> None:
    assert said.words_of(size) == shown
