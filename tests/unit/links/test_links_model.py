"""The secret of a link: bound to what it is for, absent until it is sent, forged by nobody."""

from dataclasses import replace

import pytest

from bot.links import model
from bot.links.model import Facts

KEY = model.key("xoxb-1")
FACTS = Facts("s" * 16, "page/12", "vega/sms", 1_795_000_000)
ADDRESS = "https://bot.example.com"


def test_a_message_is_written_without_the_secret_and_leaves_with_it() -> None:
    """No row ever holds what opens."""
    row = f"P-12.\n{model.mark(FACTS)}\n"
    assert model.verifier(KEY, FACTS) not in row
    sent = model.written(row, "vega/sms", KEY, ADDRESS)
    assert sent == f"P-12.\n{ADDRESS}/p/{FACTS.selector}{model.verifier(KEY, FACTS)}\n"
    assert model.split(sent.split("/p/")[1].strip()) == (FACTS.selector, model.verifier(KEY, FACTS))


@pytest.mark.parametrize(
    "other", [{"selector": "t" * 16}, {"about": "page/13"}, {"contact": "mira/sms"}, {"expires": 1_795_000_001}]
)
def test_a_secret_is_good_for_nothing_else(other: dict[str, str | int]) -> None:
    """Another page, another person, a later end: each has another secret."""
    assert model.verifier(KEY, replace(FACTS, **other)) != model.verifier(KEY, FACTS)  # type: ignore[arg-type]


def test_a_mark_in_a_message_to_somebody_else_opens_nothing() -> None:
    """Whoever could read the database and page themselves with a mark in the text gets a wrong secret."""
    assert model.verifier(KEY, FACTS) not in model.written(model.mark(FACTS), "mira/sms", KEY, ADDRESS)


def test_where_the_address_was_taken_out_of_the_file_the_line_goes() -> None:
    assert model.written(f"P-12.\n{model.mark(FACTS)}\nbye", "vega/sms", KEY, "") == "P-12.\nbye"


@pytest.mark.parametrize("token", ["", "x", "x" * 47, "x" * 49, "ü" * 48])
def test_what_cannot_be_a_token_is_none(token: str) -> None:
    assert model.split(token) is None


def test_the_key_is_not_that_of_another_installation() -> None:
    assert model.verifier(model.key("xoxb-2"), FACTS) != model.verifier(KEY, FACTS)
