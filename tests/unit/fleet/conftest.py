"""One small fleet a test."""

import pytest

from tests.unit.fleet.worlds import World


@pytest.fixture
def world() -> World:
    return World()
