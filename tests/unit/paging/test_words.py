"""Whom `/page` means."""

import pytest

from bot.directory.model import Directory, Person, Region
from bot.errors import UserError
from bot.paging.model import Kind, Target, role
from bot.paging.words import read

EU = Region(
    "eu", "Europe", "Europe/Berlin", "C0EU", "S0EU", on_duty_groups={"manager": "S0EUMANAGER", "weekend": "S0W"}
)
VEGA = Person("vega", "Vega", "U0VEGA", "us", "America/Los_Angeles")
DIRECTORY = Directory((EU,), (VEGA,), (), (), "C0H", "C0A", on_duty_group="S0ONCALL")
PERSON = Target(Kind.PERSON, "vega")


@pytest.mark.parametrize(
    ("words", "region", "target"),
    [
        ("it burns", "", None),
        ("eu it burns", "eu", None),
        ("EU: it burns", "eu", None),
        ("@vega it burns", "", PERSON),
        ("<@U0VEGA|vega> it burns", "", PERSON),
        ("@manager it burns", "", role("manager")),
        ("@manager eu it burns", "eu", role("manager", "eu")),
        ("eu @secondary it burns", "eu", role("secondary", "eu")),
        ("@oncall eu it burns", "eu", None),
        ("on duty it burns", "", None),
        ("on duty eu it burns", "eu", None),
        ("<!subteam^S0ONCALL|oncall> it burns", "", None),
        ("<!subteam^S0EU> it burns", "eu", None),
        ("<!subteam^S0EUMANAGER> it burns", "eu", role("manager", "eu")),
        ("<!subteam^S0W> it burns", "eu", role("primary", "eu")),
    ],
)
def test_what_stands_before_what_is_wrong(words: str, region: str, target: Target | None) -> None:
    found = read(DIRECTORY, words)
    assert (found.region, found.target, found.body) == (region, target, "it burns")


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("@vega it\x00 burns", "it burns"),
        ("@vega it \ud800burns", "it \ufffdburns"),
        ("@vega it \u202eburns\u2066", "it burns"),
        ("@vega\nit burns\r\non b7", "it burns\non b7"),
    ],
)
def test_what_no_database_takes_or_would_mislead_is_no_part_of_what_is_wrong(words: str, body: str) -> None:
    """It pages all the same: who is in need has pasted it, and knows nothing of it."""
    found = read(DIRECTORY, words)
    assert (found.target, found.body) == (PERSON, body)


def test_a_role_without_an_at_is_a_word_like_any_other() -> None:
    assert read(DIRECTORY, "secondary NIC of eu is down").target is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("@vegga it burns", "@vegga is nobody of the team"),
        ("<@U0OPAL> it burns", "not in the roster file"),
        ("<!subteam^S0OTHER> it burns", "none of those that say who is on duty"),
        ("@vega @manager it burns", "one person or one role first"),
        ("eu", "A page says what is wrong."),
        ("@vega", "A page says what is wrong."),
        ("@vega \u200b\u2060", "A page says what is wrong."),
    ],
)
def test_what_pages_nobody_is_refused(words: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as refused:
        read(DIRECTORY, words)
    assert refused.value.hint
