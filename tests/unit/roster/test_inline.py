"""The inline override, read: what is understood, and that a word which is not changes nobody's duty."""

from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.roster import spell
from bot.slack import text
from handlers import oncall_override


def read(typed: str) -> oncall_override.Asked:
    return oncall_override.read(text.parse(f"override {typed}"))


@pytest.mark.parametrize(
    ("typed", "minutes", "until", "role"),
    [
        ("<@U0VEGA> 4h", 240, "", ""),
        ("<@U0VEGA|vega> for 1h27m as Secondary", 87, "", "secondary"),
        ("30min <@U0VEGA>", 30, "", ""),
        ("<@U0VEGA> until 18:00", None, "18:00", ""),
        ("<@U0VEGA> until tomorrow 9:00 secondary", None, "tomorrow 9:00", "secondary"),
    ],
)
def test_what_is_understood(typed: str, minutes: int | None, until: str, role: str) -> None:
    lasts = timedelta(minutes=minutes) if minutes else None
    assert read(typed) == oncall_override.Asked("U0VEGA", lasts, until, role)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("<@U0VEGA> 30m secondry", "Did you mean `secondary`"),
        ("<@U0VEGA> 30m quickly", "“quickly” is no person"),
        ("<@U0VEGA> 99999h", "from a minute to 14 days"),
        ("<@U0VEGA> 99999999999999999999d", "from a minute to 14 days"),
        ("<@U0VEGA> 0m", "from a minute to 14 days"),
        ("<@U0VEGA> 1h 2h", "one length too many"),
        ("<@U0VEGA> <@U0RIGEL> 1h", "one person too many"),
        ("<@U0VEGA> 1h --role secondary", "“--role” means nothing"),
        ("<@U0VEGA> 1h until 18:00", "a person and how long"),
        ("<@U0VEGA> until", "needs a time"),
        ("4h", "a person and how long"),
    ],
)
def test_what_is_not_understood_is_refused(typed: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        read(typed)
    assert said in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("minutes", [1, 59, 60, 87, 1440, 1561])
def test_a_length_that_is_said_is_one_that_is_read(minutes: int) -> None:
    lasts = timedelta(minutes=minutes)
    assert oncall_override.length(spell.length(lasts)) == lasts
    assert spell.length(lasts - timedelta(seconds=20)) == spell.length(lasts)
