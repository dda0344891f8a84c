"""A real process is killed at every named step of raising, sending, escalating and acknowledging a page.

Every page is delivered, none is seen twice, every escalation comes. Once through all steps here; `make kills` goes
round until it has killed two hundred times.
"""

from pathlib import Path

import pytest

from tests.fixtures_postgres import database_url, postgres_server, postgres_url
from tests.wire.kills.victim import KINDS, Kills

__all__ = ["database_url", "postgres_server", "postgres_url"]
pytestmark = [pytest.mark.wire, pytest.mark.timeout(1200)]


@pytest.mark.parametrize("what", ["raise", "escalate", "acknowledge"])
async def test_killed_at_each_step(tmp_path: Path, database_url: str, what: str) -> None:
    async with Kills(tmp_path, database_url) as kills:
        for doing, step in KINDS:
            if doing == what:
                await kills.one(doing, step)
        assert all(late < 10 for late, _ in kills.late), kills.late
