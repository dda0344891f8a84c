"""A store whose clock stands still, and nothing on the wire."""

from datetime import UTC, datetime

import pytest

from sandbox.clock import Clock
from sandbox.kube import bootstrap
from sandbox.kube.store import Store


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC), rate=0)


@pytest.fixture
def store(clock: Clock) -> Store:
    store = Store(clock, seed=1)
    bootstrap.run(store)
    bootstrap.add_namespace(store, "aurora")
    return store
