"""The reflector against a script instead of a server: what it asks for, and what it makes of each answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.errors import BotError, Temporary
from bot.fleet import kinds, mirror
from bot.fleet.errors import Gone, NotFound
from bot.fleet.mirror import Reflector
from bot.fleet.snapshot import State

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Script:
    """Answers lists and watches in order; when it has no more watches, the last one stays open."""

    def __init__(self, lists: list[bytes | BotError], watches: list[list[bytes | BotError]]) -> None:
        self.cluster = "sol"
        self.lists, self.watches = lists, watches
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def get(self, path: str, query: Any = ()) -> bytes:
        self.asked.append((path, dict(query)))
        answer = self.lists.pop(0)
        if isinstance(answer, BotError):
            raise answer
        return answer

    @asynccontextmanager
    async def stream(self, path: str, query: Any, *, silence: float) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append((path, dict(query)))
        script = self.watches.pop(0) if self.watches else None

        async def lines() -> AsyncIterator[bytes]:
            if script is None:
                await asyncio.Event().wait()
            for line in script or []:
                if isinstance(line, BotError):
                    raise line
                yield line

        yield lines()

    def versions(self) -> list[str]:
        """The version that each watch went on from."""
        return [query["resourceVersion"] for _, query in self.asked if "watch" in query]


def listed(*names: str, version: str = "5", more: str = "") -> bytes:
    items = [{"metadata": {"name": n, "resourceVersion": "1"}} for n in names]
    return json.dumps({"metadata": {"resourceVersion": version, "continue": more}, "items": items}).encode()


def line(type: str, name: str, version: str) -> bytes:
    return json.dumps({"type": type, "object": {"metadata": {"name": name, "resourceVersion": version}}}).encode()


BOOKMARK = b'{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"40"}}}'
EXPIRED = b'{"type":"ERROR","object":{"code":410,"reason":"Expired","message":"too old resource version"}}'


async def run(
    script: Script, until: Callable[[Reflector], bool], kind: kinds.Kind = kinds.NODE, clock: Any = None
) -> Reflector:
    changed = asyncio.Event()
    reflector = Reflector(script, kind, clock or ManualClock(START), changed.set, pause=(0.001, 0.002))  # type: ignore[arg-type]
    task = asyncio.create_task(reflector.run())
    try:
        async with asyncio.timeout(5):
            while not until(reflector):
                await _next(changed)
        return reflector
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _next(changed: asyncio.Event) -> None:
    changed.clear()
    wait: Awaitable[Any] = changed.wait()
    with suppress(TimeoutError):
        await asyncio.wait_for(wait, 0.01)


async def test_pages_are_read_to_the_end_and_then_watched_from_there() -> None:
    script = Script(
        [listed("a", more="p2"), listed("b", version="30")], [[line("ADDED", "c", "31"), line("DELETED", "a", "32")]]
    )
    found = await run(script, lambda r: set(r.items) == {"b", "c"})
    assert [q.get("continue") for _, q in script.asked[:2]] == [None, "p2"]
    assert script.asked[0][1]["limit"] == "500"
    assert script.asked[2][1]["allowWatchBookmarks"] == "true"
    assert script.versions()[0] == "30"
    assert found.source.state is State.FRESH


async def test_a_watch_that_ends_goes_on_from_its_bookmark_without_listing() -> None:
    script = Script([listed("a")], [[BOOKMARK]])
    await run(script, lambda r: len(script.versions()) == 2)
    assert script.versions() == ["5", "40"]


@pytest.mark.parametrize("old", [[EXPIRED], [Gone("too old")]])
async def test_a_version_that_is_too_old_lists_anew(old: list[bytes | BotError]) -> None:
    """What was deleted meanwhile is gone after the new list."""
    script = Script([listed("a", "b"), listed("b", version="50")], [old])
    found = await run(script, lambda r: set(r.items) == {"b"})
    assert found.lists == 2
    assert script.versions() == ["5", "50"]


async def test_a_failure_keeps_what_is_known_and_says_since_when() -> None:
    clock = ManualClock(START)
    script = Script([listed("a")], [[Temporary("the cluster sol cannot be reached")] for _ in range(50)])
    found = await run(script, lambda r: r.source.state is State.STALE, clock=clock)
    assert set(found.items) == {"a"}
    assert found.source.since == START
    assert "cannot be reached" in found.source.why


async def test_what_was_never_read_is_unknown_and_settled() -> None:
    script = Script([Temporary("away") for _ in range(50)], [])
    found = await run(script, lambda r: r.settled.is_set())
    assert (found.source.state, found.source.since) == (State.UNKNOWN, None)


async def test_it_recovers_by_itself() -> None:
    script = Script([Temporary("away"), Temporary("away"), listed("a")], [])
    found = await run(script, lambda r: r.source.state is State.FRESH)
    assert set(found.items) == {"a"}


async def test_a_kind_that_is_not_installed_is_absent_and_no_failure() -> None:
    script = Script([NotFound("x"), NotFound("x")], [])
    found = await run(script, lambda r: r.source.state is State.ABSENT, kinds.WORKLOAD)
    assert [path for path, _ in script.asked] == [
        "/apis/kueue.x-k8s.io/v1beta2/workloads",
        "/apis/kueue.x-k8s.io/v1beta1/workloads",
    ]
    assert found.source.known


async def test_an_older_version_serves_where_the_newer_is_not_there() -> None:
    script = Script([NotFound("x"), listed("w")], [])
    found = await run(script, lambda r: bool(r.items), kinds.WORKLOAD)
    assert found.version == "v1beta1"


async def test_a_line_that_cannot_be_read_lists_anew_instead_of_reading_it_again() -> None:
    script = Script([listed("a"), listed("a", "b", version="60")], [[b"{broken"]])
    await run(script, lambda r: set(r.items) == {"a", "b"})


async def test_reading_all_pages_once() -> None:
    script = Script([listed("a", more="p2"), listed("b", version="30")], [])
    version, items, at = await mirror.read(script, kinds.NODE)  # type: ignore[arg-type]
    assert (version, set(items), at) == ("v1", {"a", "b"}, "30")
