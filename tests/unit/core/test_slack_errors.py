"""What Slack answers, in three words: refused, temporary, unknown. And an old answer beats none."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.errors import BotError, Temporary
from bot.outbox.pauses import Pauses
from bot.slack.cache import Cache
from bot.slack.errors import OutcomeUnknown, RateLimited, SlackRefused, translated
from bot.store import ids

NOW = datetime(2026, 3, 28, 12, tzinfo=UTC)


@dataclass
class Answer:
    status_code: int
    data: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, "channel_not_found", SlackRefused),
        (200, "invalid_blocks", SlackRefused),
        (200, "request_timeout", Temporary),
        (200, "ratelimited", RateLimited),
        (200, "internal_error", OutcomeUnknown),
        (200, "fatal_error", OutcomeUnknown),
        (500, "", OutcomeUnknown),
        (503, "", OutcomeUnknown),
        (200, "", OutcomeUnknown),
    ],
)
def test_answers(status: int, code: str, kind: type[BotError]) -> None:
    error = SlackApiError("x", Answer(status, {"error": code} if code else {}))  # type: ignore[no-untyped-call]
    made = translated(error, "chat.postMessage", NOW)
    assert type(made) is kind


def test_a_limit_says_until_when() -> None:
    error = SlackApiError("x", Answer(429, {"error": "ratelimited"}, {"Retry-After": "7"}))  # type: ignore[no-untyped-call]
    made = translated(error, "chat.update", NOW)
    assert isinstance(made, RateLimited)
    assert (made.seconds, made.retry_at) == (7, NOW + timedelta(seconds=7))


def test_a_refusal_says_what_to_do() -> None:
    assert "/invite" in str(SlackRefused("not_in_channel", "chat.postMessage"))


@pytest.mark.parametrize("error", [TimeoutError(), aiohttp.ServerDisconnectedError(), OSError()])
def test_silence_is_an_unknown_outcome(error: Exception) -> None:
    assert isinstance(translated(error, "chat.postMessage", NOW), OutcomeUnknown)


def test_a_connection_that_was_never_made_is_not_ambiguous() -> None:
    """Nothing was sent, so nothing needs to be looked for."""
    key: Any = None
    error = aiohttp.ClientConnectorError(key, OSError())
    made = translated(error, "chat.postMessage", NOW)
    assert isinstance(made, Temporary)
    assert not isinstance(made, OutcomeUnknown)


async def test_an_answer_serves_until_it_is_old_and_longer_while_slack_fails() -> None:
    seconds = 0.0
    answers: list[Any] = ["one", Temporary("down"), "two", Temporary("down"), Temporary("down")]

    async def ask() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    cache: Cache[str] = Cache(fresh=60, stale=900, monotonic=lambda: seconds)
    assert (await cache.get("a", ask)).value == "one"
    seconds = 59
    assert (await cache.get("a", ask)).value == "one"
    seconds = 100
    old = await cache.get("a", ask)
    assert (old.value, old.age) == ("one", 100)
    assert (await cache.get("a", ask)).value == "two"
    seconds = 2_000
    with pytest.raises(Temporary):
        await cache.get("a", ask)
    cache.forget("a")
    with pytest.raises(Temporary):
        await cache.get("a", ask)


async def test_many_who_wait_ask_once() -> None:
    asked = 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return asked

    cache: Cache[int] = Cache(fresh=60, stale=60)
    assert {aged.value for aged in await asyncio.gather(*(cache.get("a", ask) for _ in range(9)))} == {1}


def test_a_limit_by_channel_and_one_by_method() -> None:
    seconds = 0.0
    pauses = Pauses(lambda: seconds)
    pauses.method("chat.postMessage", "C1", 10)
    pauses.method("chat.update", "C1/updates", 10)
    assert pauses.left("r", "C1", ["chat.postMessage"]) == 10
    assert pauses.left("r", "C2", ["chat.postMessage"]) == 0
    assert pauses.left("r", "C2/updates", ["chat.update"]) == 10
    seconds = 10
    assert pauses.left("r", "C1", ["chat.postMessage", "chat.update"]) == 0


def test_the_back_off_doubles_and_ends_somewhere() -> None:
    pauses = Pauses(lambda: 0.0)
    for attempts, most in ((1, 1.25), (2, 2.5), (5, 20), (50, 150)):
        pauses.row(f"r{attempts}", attempts)
        assert most * 0.6 <= pauses.left(f"r{attempts}", "C1", []) <= most


def test_ids_sort_by_time_and_references_stay() -> None:
    first, second = ids.sortable(NOW), ids.sortable(NOW + timedelta(milliseconds=1))
    assert first < second
    assert len(first) == 22
    assert ids.reference("event/Ev1") == ids.reference("event/Ev1") != ids.reference("event/Ev2")
