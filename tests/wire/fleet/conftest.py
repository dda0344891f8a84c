"""A small sandbox fleet behind a real API server with TLS and RBAC, and the bot's own Fleet in front of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.diagnose.service import Diagnose
from bot.directory.model import Cluster
from bot.fleet.service import Fleet
from sandbox.clock import Clock
from sandbox.fleet import build
from sandbox.fleet.run import Fleet as Machines
from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store

NODES_PER_SITE = 24
PATIENCE = 20.0
"""Real seconds that a condition may take to come true on a slow machine."""


async def until(look: Callable[[], Any], what: str = "") -> Any:
    """Waits until `look` gives something true, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"never came true: {what or look}")


@dataclass
class Field:
    """All that a test plays with. `fleet` is the bot's, `machines` the sandbox's."""

    clock: Clock
    store: Store
    machines: Machines
    kube: KubeSandbox
    cluster: Cluster
    fleet: Fleet
    diagnose: Diagnose

    def source(self, kind: str) -> Any:
        return next(s for s in self.fleet.snapshot("sol").sources if s.kind == kind)


@asynccontextmanager
async def mirrored(cluster: Cluster, clock: Any, *others: Cluster) -> AsyncIterator[Fleet]:
    fleet = Fleet([cluster, *others], clock, pause=(0.02, 0.2))
    task = asyncio.create_task(fleet.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await fleet.ready()
        yield fleet
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def field(tmp_path: Path) -> AsyncIterator[Field]:
    clock = Clock(datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
    store = Store(clock)
    build.build(store, nodes_per_site=NODES_PER_SITE)
    async with AsyncExitStack() as stack:
        machines = await stack.enter_async_context(Machines(store, clock))
        kube = await stack.enter_async_context(KubeSandbox(store, clock))
        for token, (user, groups) in build.TOKENS.items():
            kube.add_user(user, groups, token)
        path = kube.write_kubeconfig(tmp_path / "kubeconfig", users=["heliograph", "admin"])
        cluster = Cluster("sol", "Sol", str(path), "heliograph@sandbox")
        fleet = await stack.enter_async_context(mirrored(cluster, clock))
        yield Field(clock, store, machines, kube, cluster, fleet, Diagnose(fleet, clock))
