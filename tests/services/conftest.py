"""The services on a real database with a clock that stands still; nothing leaves, the outbox's rows are looked at."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.config.file import Config, load
from bot.store.database import Database
from tests.services.office import TEMPLATES, TUESDAY, Office, built


@pytest.fixture(scope="session")
def config() -> Config:
    example = TEMPLATES / "config" / "heliograph.yaml"
    names = re.findall(r"\$\{(\w+)\}", example.read_text())
    return load(example, {name: f"json://127.0.0.1/{name}" for name in names})


@pytest.fixture
async def office(tmp_path: Path, config: Config) -> AsyncIterator[Office]:
    db = Database.open(f"sqlite:///{tmp_path}/test.sqlite3")
    await db.migrate()
    yield built(db, ManualClock(TUESDAY), config)
    await db.close()
