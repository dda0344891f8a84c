"""The services on a real database with a clock that stands still; nothing leaves, the outbox's rows are looked at."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import templates
from bot.clock import ManualClock
from bot.config.file import Config, load
from bot.desk import messages as desk_messages
from bot.desk.moves import Moves
from bot.desk.service import Desk
from bot.outbox.api import Outbox
from bot.paging import messages as paging_messages
from bot.paging.service import Paging
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database
from tests.services.office import Office

TEMPLATES = Path(templates.__file__).parent
TUESDAY = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
"""Europe leads with Capella, then Altair; at 16:30 the lead goes to the United States, to Rigel."""


@pytest.fixture(scope="session")
def config() -> Config:
    example = TEMPLATES / "config" / "heliograph.yaml"
    names = re.findall(r"\$\{(\w+)\}", example.read_text())
    return load(example, {name: f"json://127.0.0.1/{name}" for name in names})


@pytest.fixture
async def office(tmp_path: Path, config: Config) -> AsyncIterator[Office]:
    db = Database.open(f"sqlite:///{tmp_path}/test.sqlite3")
    await db.migrate()
    clock, directory, rota, policy = ManualClock(TUESDAY), config.directory(), config.rota(), config.escalation()
    renderer, outbox = Renderer(TEMPLATES), Outbox(db, clock)
    roster = Roster(db, clock, lambda: directory, lambda: rota)
    paging = Paging(db, clock, lambda: directory, roster, lambda: policy, paging_messages.Messages(outbox, renderer))
    messages = desk_messages.Messages(outbox, renderer, lambda: directory)
    desk = Desk(db, clock, lambda: directory, roster, paging, messages)
    jobs: dict[tuple[str, str, str], str] = {}
    moves = Moves(db, clock, lambda: directory, roster, paging, messages, job_state=lambda *which: jobs.get(which))
    yield Office(config, db, clock, desk, moves, jobs, paging, roster, renderer, outbox)
    await db.close()
