"""All clusters: one mirror each, in tasks of their own, so that one cluster's failure never delays another.

`Fleet` is what the bot runs; `read_once` gives the terminal the same without a mirror. Both answer as `Clusters`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from bot.clock import Clock, monotonic
from bot.directory.model import Cluster
from bot.errors import BotError, Temporary, UserError
from bot.fleet import kinds, logs, mirror, snapshot
from bot.fleet.connection import Connection, connect
from bot.fleet.errors import NotFound
from bot.fleet.mirror import Reflector
from bot.fleet.objects import Object, Pod
from bot.fleet.snapshot import Objects, PodLog, Snapshot, Source, State

log = structlog.get_logger()
AGAIN_SECONDS = 30.0
INDEX_SECONDS = 0.25
"""Changes that come within this time are indexed together, beside the questions and not in them."""
INDEX_SHARE = 20
"""Indexing pauses for so many times what it took: a large cluster in trouble does not take the loop."""


class Clusters(Protocol):
    """What diagnosis and actions need of the clusters."""

    def ids(self) -> tuple[str, ...]: ...

    def snapshot(self, cluster: str) -> Snapshot:
        """As of now, or with what is unknown said to be unknown. Raises `UserError` for no such cluster."""
        ...

    def connection(self, cluster: str) -> Connection:
        """Raises `Temporary` while there is none."""
        ...

    async def logs(self, cluster: str, pods: Sequence[Pod]) -> tuple[PodLog, ...]: ...


@dataclass
class _State:
    cluster: Cluster
    mirrors: dict[str, Reflector] = field(default_factory=dict)
    conn: Connection | None = None
    problem: str = "not read yet"
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    built: Objects | None = None
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Fleet:
    """`run` mirrors until it is cancelled. `pause` are the least and the most seconds between failures."""

    def __init__(self, clusters: Sequence[Cluster], clock: Clock, *, pause: tuple[float, float] = (0.5, 10.0)) -> None:
        self._states = {c.id: _State(c) for c in clusters}
        self._clock = clock
        self._pause = pause

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for state in self._states.values():
                tasks.create_task(self._mirror(state), name=f"fleet {state.cluster.id}")

    async def ready(self) -> None:
        """Returns when each cluster was read, or has failed to be, once."""
        for state in self._states.values():
            await state.settled.wait()

    def ids(self) -> tuple[str, ...]:
        return tuple(self._states)

    def snapshot(self, cluster: str) -> Snapshot:
        state = self._state(cluster)
        if state.built is None:
            state.built = snapshot.build({})
        sources = mirror.sources(state.mirrors) or unread(state.problem)
        versions = {name: m.version for name, m in state.mirrors.items() if m.version}
        return Snapshot(cluster, self._clock.now(), state.built, sources, versions)

    def connection(self, cluster: str) -> Connection:
        state = self._state(cluster)
        if state.conn is None:
            raise Temporary(f"The cluster {cluster} cannot be reached just now: {state.problem}.")
        return state.conn

    async def logs(self, cluster: str, pods: Sequence[Pod]) -> tuple[PodLog, ...]:
        return await logs.of_pods(self.connection(cluster), pods)

    def _state(self, cluster: str) -> _State:
        if cluster not in self._states:
            raise UserError(f"There is no cluster {cluster}.", hint=f"There are: {', '.join(self._states) or 'none'}.")
        return self._states[cluster]

    async def _mirror(self, state: _State) -> None:
        """One cluster, again and again: a kubeconfig that is mended later is used then."""
        while True:
            try:
                async with connect(state.cluster) as conn:
                    await self._watch(state, conn)
            except BotError as error:
                state.problem = str(error)
                state.settled.set()
                log.warning("a cluster cannot be used", cluster=state.cluster.id, why=state.problem)
            except Exception as error:
                state.problem = f"a defect in Heliograph ({type(error).__name__})"
                state.settled.set()
                log.error("a cluster's mirror broke", cluster=state.cluster.id, exc_info=error)
            finally:
                state.conn = None
            await asyncio.sleep(AGAIN_SECONDS)

    async def _watch(self, state: _State, conn: Connection) -> None:
        made = [Reflector(conn, k, self._clock, state.changed.set, pause=self._pause) for k in kinds.KINDS]
        state.mirrors = {reflector.kind.name: reflector for reflector in made}
        state.conn = conn
        async with asyncio.TaskGroup() as tasks:
            for reflector in state.mirrors.values():
                tasks.create_task(reflector.run(), name=f"fleet {conn.cluster} {reflector.kind.name}")
            for reflector in state.mirrors.values():
                await reflector.settled.wait()
            took = await _index(state)
            state.settled.set()
            while True:
                await state.changed.wait()
                await asyncio.sleep(max(INDEX_SECONDS, INDEX_SHARE * took))
                took = await _index(state)


class ReadOnce:
    """One cluster, read once: for the terminal, and for a cluster that no configuration file names."""

    def __init__(self, conn: Connection, found: Snapshot) -> None:
        self._conn, self._snapshot = conn, found

    def ids(self) -> tuple[str, ...]:
        return (self._snapshot.cluster,)

    def snapshot(self, cluster: str) -> Snapshot:
        if cluster != self._snapshot.cluster:
            raise UserError(f"There is no cluster {cluster}.", hint=f"There is: {self._snapshot.cluster}.")
        return self._snapshot

    def connection(self, cluster: str) -> Connection:
        return self._conn

    async def logs(self, cluster: str, pods: Sequence[Pod]) -> tuple[PodLog, ...]:
        return await logs.of_pods(self._conn, pods)


@asynccontextmanager
async def read_once(cluster: Cluster, clock: Clock) -> AsyncIterator[ReadOnce]:
    async with AsyncExitStack() as stack:
        conn = await stack.enter_async_context(connect(cluster))
        yield ReadOnce(conn, await read(conn, clock.now))


async def read(conn: Connection, now: Callable[[], datetime]) -> Snapshot:
    """All kinds at once. What cannot be read is unknown, and the rest is still shown.

    Raises what the connection raises when nothing at all could be read: then there is nothing to show.
    """
    results = await asyncio.gather(*(mirror.read(conn, k) for k in kinds.KINDS), return_exceptions=True)
    found: dict[str, dict[str, Object]] = {}
    sources, versions, failures = [], {}, []
    for kind, result in zip(kinds.KINDS, results, strict=True):
        if isinstance(result, NotFound):
            sources.append(Source(kind.name, State.ABSENT, None, "not installed"))
        elif isinstance(result, BotError):
            sources.append(Source(kind.name, State.UNKNOWN, None, str(result)))
            failures.append(result)
        elif isinstance(result, BaseException):
            raise result
        else:
            versions[kind.name], found[kind.name], _ = result
            sources.append(Source(kind.name, State.FRESH))
    if not found and failures:
        raise failures[0]
    return Snapshot(conn.cluster, now(), await _build(found), tuple(sources), versions)


async def _index(state: _State) -> float:
    """→ seconds that it took."""
    began = monotonic()
    state.changed.clear()
    state.built = await _build({name: m.items for name, m in state.mirrors.items()})
    return monotonic() - began


async def _build(found: snapshot.Found) -> Objects:
    """Step by step: nothing that waits for the loop waits for the whole cluster."""
    work = snapshot.steps(found)
    while True:
        try:
            next(work)
        except StopIteration as done:
            built: Objects = done.value
            return built
        await asyncio.sleep(0)


def unread(why: str) -> tuple[Source, ...]:
    return tuple(Source(k.name, State.UNKNOWN, None, why) for k in kinds.KINDS)
