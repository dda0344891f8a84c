"""What people type after `/oncall`, and the times they mean."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import templates
from bot.config.file import load
from bot.errors import UserError
from bot.roster import moments, spell
from bot.roster.outlook import Question
from bot.roster.stints import Stint
from bot.slack import text
from handlers import oncall, oncall_clicks

EXAMPLE = Path(templates.__file__).parent / "config" / "heliograph.yaml"
DIRECTORY = load(EXAMPLE, dict.fromkeys(re.findall(r"\$\{(\w+)\}", EXAMPLE.read_text()), "json://x")).directory()
TUESDAY = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", TUESDAY),
        ("now", TUESDAY),
        ("18:30", datetime(2026, 11, 24, 17, 30, tzinfo=UTC)),
        ("today 18:30", datetime(2026, 11, 24, 17, 30, tzinfo=UTC)),
        ("tomorrow 9:00", datetime(2026, 11, 25, 8, 0, tzinfo=UTC)),
        ("sat 9:00", datetime(2026, 11, 28, 8, 0, tzinfo=UTC)),
        ("Tuesday 9:00", datetime(2026, 11, 24, 8, 0, tzinfo=UTC)),
        ("2026-11-28 18:30", datetime(2026, 11, 28, 17, 30, tzinfo=UTC)),
        ("2026-11-28T18:30Z", datetime(2026, 11, 28, 18, 30, tzinfo=UTC)),
        ("2026-11-28T18:30+05:30", datetime(2026, 11, 28, 13, 0, tzinfo=UTC)),
        ("2026-11-28", datetime(2026, 11, 27, 23, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_on_the_asker_s_wall(typed: str, meant: datetime) -> None:
    assert moments.read(typed, "Europe/Berlin", TUESDAY) == meant


@pytest.mark.parametrize("typed", ["soon", "25:00", "sat", "someday 9:00", "2026-13-01", "9:00 sat now", "1 2 3"])
def test_what_is_no_time_is_refused_with_examples(typed: str) -> None:
    with pytest.raises(UserError, match="not a time"):
        moments.read(typed, "Europe/Berlin", TUESDAY)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("why", Question()),
        ("why <@U0MIRA>", Question(slack="U0MIRA")),
        ("why is <@U0MIRA|mira> primary", Question(slack="U0MIRA", role="primary")),
        ("why EU secondary at sat 9:00", Question(region="eu", role="secondary", at="sat 9:00")),
        ("why Europe at 2026-11-28 18:30", Question(region="eu", at="2026-11-28 18:30")),
    ],
)
def test_a_question_is_read_in_any_order(typed: str, asked: Question) -> None:
    assert oncall.question(text.parse(typed), DIRECTORY) == asked


def test_a_word_that_means_nothing_gets_what_was_probably_meant() -> None:
    with pytest.raises(UserError, match="no person, region or role") as refused:
        oncall.question(text.parse("why secondry"), DIRECTORY)
    assert "`secondary`" in refused.value.hint


@pytest.mark.parametrize(("typed", "weeks"), [("gaps", 4), ("gaps 8", 8)])
def test_weeks(typed: str, weeks: int) -> None:
    assert oncall.weeks_of(text.parse(typed)) == weeks


@pytest.mark.parametrize("typed", ["gaps many", "gaps -1", "gaps 99999"])
def test_weeks_are_a_number(typed: str) -> None:
    with pytest.raises(UserError):
        oncall.weeks_of(text.parse(typed))


@pytest.mark.parametrize("value", ["", "eu|primary", "eu|king|1|2", "eu|primary|x|2", "eu|primary|1|99999999999999999"])
def test_a_button_that_is_not_ours_opens_nothing(value: str) -> None:
    with pytest.raises(UserError, match="not one of Heliograph's"):
        oncall_clicks.gap_of(value)


@pytest.mark.parametrize(
    ("start", "hours", "days", "words"),
    [
        ("2026-12-01T07:00Z", 10, 0, "Tue 1 Dec, 08:00–18:00"),
        ("2026-12-01T21:00Z", 8, 0, "Tue 1 Dec 22:00 to Wed 2 Dec 06:00"),
        ("2026-11-30T07:00Z", 10, 4, "Mon 30 Nov to Fri 4 Dec, 08:00–18:00 (5 shifts)"),
    ],
)
def test_a_stint_in_plain_words(start: str, hours: int, days: int, words: str) -> None:
    begins = datetime.fromisoformat(start)
    last = begins + timedelta(days=days)
    stint = Stint("eu", "primary", "mira", begins, last, last + timedelta(hours=hours), days + 1)
    assert spell.stint(stint, "Europe/Berlin") == words
