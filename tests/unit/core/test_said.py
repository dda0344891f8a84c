"""Sentences that Heliograph wrote, as its readers see them."""

from bot.slack import filters


def test_a_time_in_a_sentence_is_the_readers_own() -> None:
    said = str(filters.zoned(filters.said("Europe leads since 2026-11-25 21:30 UTC, and <b> is a letter")))
    assert "since <!date^1795642200^{date_short_pretty} {time}|2026-11-25 21:30 UTC>, and &lt;b&gt;" in said
