"""What an engineer's words promise: in their zone, and nothing that is unsure."""

from datetime import UTC, datetime

import pytest

from bot.desk import promise_words

NOW = datetime(2026, 11, 24, 10, 5, tzinfo=UTC)
"""A Tuesday, 11:05 in Berlin."""


def heard(text: str, now: datetime = NOW, zone: str = "Europe/Berlin") -> str:
    found = promise_words.heard(text, now, zone)
    return f"{found.astimezone(UTC):%d %H:%M}" if found else ""


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("I'll update you at 14:00", "24 13:00"),
        ("I’ll update you at 14.00", "24 13:00"),
        ("update in 30 min", "24 10:35"),
        ("Next update in 2 hours", "24 12:05"),
        ("back to you by 5pm", "24 16:00"),
        ("I will get back to you tomorrow 9:00", "25 08:00"),
        ("We'll get back to you by noon.", "24 11:00"),
        ("You'll hear from us by 18:00", "24 17:00"),
        ("I'll let you know by Friday 10:00", "27 09:00"),
        ("I'll let you know by Tuesday 9:00", "01 08:00"),
        ("Looking at the storage now.\nI'll update you in half an hour", "24 10:35"),
        ("I'll get back to you at 3", "24 14:00"),
        ("Next update at 15:30 UTC", "24 15:30"),
        ("We are going to check in at 16:00", "24 15:00"),
        ("It failed at 09:00. I'll update you at 14:00", "24 13:00"),
    ],
)
def test_a_promise(text: str, due: str) -> None:
    assert heard(text) == due


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thanks",
        "It failed at 14:00",
        "Will you update us at 14:00?",
        "Can I update you at 14:00?",
        "If it hangs again I'll update you at 14:00",
        "I might update you at 14:00",
        "I will not get back to you by 5pm",
        "I'll update you at 14:00 or 15:00",
        "I'll update you between 14:00 and at 15:00",
        "I'll update you at 9:00",
        "I'll update you soon",
        "I'll be back tomorrow",
        "I'll update the driver at 14:00",
        "The driver update in 30 min is scheduled",
        "I updated 14 nodes at 14:00",
        "I'll update you on 3 nodes",
        "I'll update at 8 GPUs",
        "Next update at 15:30 CET",
        "I'll update you at 14:00 your time",
        "I'll update you at 25:00",
        "I'll update you at 13pm",
        "> I'll update you at 14:00",
        "update in 200 days",
        "We'll ping you at 10.0.0.1",
    ],
)
def test_unsure_is_none(text: str) -> None:
    assert heard(text) == ""


def test_the_zone_is_the_engineers() -> None:
    assert heard("I'll update you at 14:00", zone="Asia/Kolkata") == "", "it is 15:35 there"
    assert heard("I'll update you at 16:00", zone="Asia/Kolkata") == "24 10:30"


def test_tomorrow_is_another_offset_when_the_clock_changes() -> None:
    saturday = datetime(2026, 10, 24, 10, tzinfo=UTC)
    assert heard("I'll update you tomorrow at 9:00", saturday) == "25 08:00"
    assert heard("I'll update you at 14:00", saturday) == "24 12:00"


def test_long_texts_are_read_at_the_beginning_only() -> None:
    assert heard("x" * 40_000 + ". I'll update you at 14:00") == ""
