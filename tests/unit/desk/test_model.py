"""What a request is made of: its words, how bad it is, who is paged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import model
from bot.desk.model import Severity
from bot.errors import UserError


@pytest.mark.parametrize(
    ("typed", "severity", "text"),
    [
        ("sev1 all ranks hang", Severity.SEV1, "all ranks hang"),
        ("SEV2: loss is NaN", Severity.SEV2, "loss is NaN"),
        ("loss is NaN, sev1?", Severity.SEV3, "loss is NaN, sev1?"),
        ("sev1\nall ranks hang\nsince 3", Severity.SEV1, "all ranks hang\nsince 3"),
        ("  severe slowdown ", Severity.SEV3, "severe slowdown"),
    ],
)
def test_a_severity_counts_only_as_the_first_word(typed: str, severity: Severity, text: str) -> None:
    assert model.asked(typed) == model.Asked(text, severity)


@pytest.mark.parametrize("typed", ["", "   ", "sev1", "sev2:", "\x00"])
def test_a_request_without_words_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        model.asked(typed)
    assert "Example" in refused.value.hint


def test_an_unknown_severity_names_the_known_ones() -> None:
    with pytest.raises(UserError) as refused:
        model.asked("hangs", "urgent")
    assert "sev1, sev2, sev3 or sev4" in refused.value.hint


@given(st.text(max_size=9000))
def test_kept_text_is_bounded_and_says_that_it_was_shortened(text: str) -> None:
    """What is missing is counted, to the character."""
    kept = model.shorten(text)
    assert len(kept) <= model.SHOWN
    if kept != text:
        beginning, _, missing = kept.rpartition(" … (")
        assert int(missing.removesuffix(" more characters)").replace(",", "")) == len(text) - len(beginning)


@pytest.mark.parametrize(
    ("severity", "weekend", "paged"),
    [
        (Severity.SEV1, False, True),
        (Severity.SEV1, True, True),
        (Severity.SEV2, False, False),
        (Severity.SEV2, True, True),
        (Severity.SEV4, True, False),
    ],
)
def test_who_is_paged_for_what(severity: Severity, weekend: bool, paged: bool) -> None:
    """The gravest always page; at weekends everything but a question does."""
    assert model.pages(severity, weekend) is paged
