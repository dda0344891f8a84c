"""What people type is understood as they meant it, and bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.slack import text


@pytest.mark.parametrize(
    ("typed", "verb", "words", "options"),
    [
        ("suspend llama-70b --cluster x", "suspend", ("llama-70b",), {"cluster": "x"}),
        ("Open “the job hangs” —severity sev1", "open", ("the job hangs",), {"severity": "sev1"}),
        ("why it's slow, don't know", "why", ("it's", "slow,", "don't", "know"), {}),
        ('note --text="two words" tail', "note", ("tail",), {"text": "two words"}),
        ("drain node-1 --yes now", "drain", ("node-1", "now"), {"yes": ""}),
        ("swap <@U0VEGA|vega> --from <@U0RIGEL>", "swap", ("<@U0VEGA|vega>",), {"from": "<@U0RIGEL>"}),
        ("", "", (), {}),
        ("list --all", "list", (), {"all": ""}),
    ],
)
def test_small_commands(typed: str, verb: str, words: tuple[str, ...], options: dict[str, str]) -> None:
    made = text.parse(typed, flags=["yes", "all"])
    assert (made.verb, made.words, made.options) == (verb, words, options)


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_the_parser(typed: str) -> None:
    text.parse(typed)
    text.plain(typed)
    text.without_mentions(typed)


def test_what_is_too_long_is_refused_and_not_cut() -> None:
    with pytest.raises(UserError, match="3,001 characters"):
        text.parse("x" * 3_001)


def test_messages_read_as_people_see_them() -> None:
    typed = "<@U0VEGA|vega> in <#C0AURORA|aurora-support>: a &lt; b, see <https://example.org|the page> <!here>"
    assert text.plain(typed) == "@vega in #aurora-support: a < b, see the page (https://example.org) @here"


def test_the_one_spoken_to_is_not_part_of_what_is_said() -> None:
    assert text.without_mentions("<@U0HELIO> , our job hangs since <@U0OPAL|opal> left") == (
        "our job hangs since @opal left"
    )


def test_ids_in_mentions() -> None:
    assert text.user("<@U0VEGA|vega>") == text.user("<@U0VEGA>") == text.user("U0VEGA") == "U0VEGA"
    assert text.user("vega") is None
    assert text.channel("<#C0AURORA|>") == "C0AURORA"
    assert text.group("<!subteam^S0LEADS|@leads>") == "S0LEADS"


def test_did_you_mean() -> None:
    assert text.did_you_mean("helth", ["health", "nodes"]) == "health"
    assert text.did_you_mean("xyz", ["health", "nodes"]) is None
