"""watch: what is there, what happened since, and what happens next, as one JSON object a line.

Each event is encoded once for each form and version; all watchers that want that form send the same bytes. A watcher
that does not read is ended when too much waits for it, as the API server's watch cache does, instead of filling the
memory.
"""

import asyncio
import contextlib
import itertools
import random
from collections import deque
from collections.abc import Iterator

from aiohttp import web

from sandbox.kube import errors, reading, views
from sandbox.kube.call import Call
from sandbox.kube.history import Event
from sandbox.kube.kinds import Obj
from sandbox.kube.views import View

MAX_WAITING = 100_000
PART = 200  # objects of the initial state encoded in one go
INITIAL_EVENTS_END = {"k8s.io/initial-events-end": "true"}


class Watch:
    """Turns the store's events into lines for one client."""

    def __init__(self, call: Call, view: View) -> None:
        self._call, self._view = call, view
        self._matches = call.store.matcher(
            call.key, call.namespace, call.query("labelSelector"), call.query("fieldSelector")
        )
        self._selects = bool(call.query("labelSelector") or call.query("fieldSelector") or call.namespace)
        self._waiting: deque[bytes] = deque()
        self._initial: Iterator[bytes] = iter(())
        self._ready = asyncio.Event()
        self.ended = False
        self.path = call.request.path

    def begin(self, version: str, initial: bool, bookmarks: bool) -> None:
        """Queues the past: the state as ADDED, or the events since `version`. Raises Expired."""
        store = self._call.store
        if initial or version in ("", "0"):
            end = self._view.bookmark(str(store.version), INITIAL_EVENTS_END) if initial and bookmarks else b""
            self._initial = self._state(store.ordered(self._call.key), end)
        else:
            for event in store.events_since(self._call.key, int(version)):
                self.send(event)
        self._ready.set()

    def _state(self, objects: list[Obj], end: bytes) -> Iterator[bytes]:
        for obj in objects:
            if self._matches(obj):
                yield self._view.event("ADDED", obj, self._call.now)
        yield end

    def send(self, event: Event) -> None:
        """Called by the store for every event of the kind."""
        what = self._seen_as(event) if self._selects else event.type
        if what is None:
            return
        key = f"{self._view.cache_key}|{what}"
        line = event.encoded.get(key)
        if line is None:
            line = event.encoded[key] = self._view.event(what, self._shown(event, what), self._call.now)
        if len(self._waiting) > MAX_WAITING:
            self.ended = True
        else:
            self._waiting.append(line)
        self._ready.set()

    def bookmark(self) -> None:
        self._waiting.append(self._view.bookmark(str(self._call.store.version)))
        self._ready.set()

    def end(self) -> None:
        self.ended = True
        self._ready.set()

    def abort(self) -> None:
        """The connection is cut, in the middle of whatever was sent."""
        self.end()
        if self._call.request.transport is not None:
            self._call.request.transport.abort()

    async def read(self) -> bytes:
        """All that waits, as soon as something does; empty at the end. The initial state comes in parts."""
        if part := b"".join(itertools.islice(self._initial, PART)):
            await asyncio.sleep(0)  # a large state must not keep the loop from others
            return part
        await self._ready.wait()
        data = b"".join(self._waiting)
        self._waiting.clear()
        if not self.ended:
            self._ready.clear()
        return data

    def _seen_as(self, event: Event) -> str | None:
        """Entering the selection is ADDED, leaving it DELETED, whatever happened to the object itself."""
        now = self._matches(event.object)
        before = event.previous is not None and self._matches(event.previous)
        if event.type == "DELETED":
            return "DELETED" if before else None
        if now:
            return "MODIFIED" if before else "ADDED"
        return "DELETED" if before else None

    def _shown(self, event: Event, what: str) -> Obj:
        """What left a selection is shown as it was inside, with the version at which it left."""
        if what == "DELETED" and event.type != "DELETED" and event.previous is not None:
            metadata = event.previous["metadata"] | {"resourceVersion": str(event.version)}
            return event.previous | {"metadata": metadata}
        return event.object


async def watch(call: Call, open_watches: "set[Watch]") -> web.StreamResponse:
    version, initial = _start(call)
    view = reading.view_of(call, listing=True)
    if view.form == "PartialObjectMetadataList":
        view = views.View(call.kind, call.target.version, "PartialObjectMetadata")
    bookmarks = call.flag("allowWatchBookmarks")
    watcher = Watch(call, view)
    response = web.StreamResponse(headers={"Content-Type": view.content_type, "Cache-Control": "no-cache, private"})
    try:
        watcher.begin(version, initial, bookmarks)
    except errors.ApiError as error:
        # As the watch cache: what goes wrong after the selectors were read is an event, not an HTTP error.
        return await _refuse(call, response, error)
    stop = call.store.watch(call.key, watcher.send)
    open_watches.add(watcher)
    try:
        await _stream(call, watcher, response, bookmarks)
    finally:
        open_watches.discard(watcher)
        stop()
    return response


def _start(call: Call) -> tuple[str, bool]:
    """resourceVersion, and whether the state comes first. Raises Invalid for options that exclude each other."""
    version, match = call.query("resourceVersion"), call.query("resourceVersionMatch")
    initial = call.query("sendInitialEvents")
    if initial and match != "NotOlderThan":
        raise reading.bad_option(
            "resourceVersionMatch", "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
        )
    if match and not initial:
        raise reading.bad_option(
            "resourceVersionMatch", "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents "
            "is provided",
        )  # fmt: skip
    reading.check_reachable(call, reading.parse_version(version))
    if initial and not call.flag("sendInitialEvents") and version in ("", "0"):
        return str(call.store.version), False
    return version, call.flag("sendInitialEvents")


async def _refuse(call: Call, response: web.StreamResponse, error: errors.ApiError) -> web.StreamResponse:
    await response.prepare(call.request)
    await response.write(views.encode({"type": "ERROR", "object": error.status()}) + b"\n")
    await response.write_eof()
    return response


async def _stream(call: Call, watcher: Watch, response: web.StreamResponse, bookmarks: bool) -> None:
    loop = asyncio.get_running_loop()
    seconds = call.number("timeoutSeconds") or random.randint(1800, 3600)
    timers = [loop.call_later(seconds, watcher.end)]
    if bookmarks:
        timers.append(_every(loop, call.cluster.bookmark_seconds, watcher, timers))
    try:
        await response.prepare(call.request)
        with contextlib.suppress(ConnectionError):
            while True:
                data = await watcher.read()
                if data:
                    await response.write(data)
                if watcher.ended:
                    break
            await response.write_eof()
    finally:
        for timer in timers:
            timer.cancel()


def _every(
    loop: asyncio.AbstractEventLoop, seconds: float, watcher: Watch, timers: list[asyncio.TimerHandle]
) -> asyncio.TimerHandle:
    def ring() -> None:
        watcher.bookmark()
        timers[-1] = loop.call_later(seconds, ring)

    return loop.call_later(seconds, ring)
