"""The roster's services on either database, with a file that can be edited and a clock that stands still."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import SQLModel, col, select

import templates
from bot.clock import ManualClock
from bot.config.file import Config
from bot.directory import access
from bot.directory.access import Actor
from bot.directory.model import Role
from bot.errors import UserError
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.roster.changes import Changes
from bot.roster.messages import Messages
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database
from schedules.rota import resolve
from schedules.rota.model import Rota

TUESDAY = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
"""In Europe Capella is primary until Monday the 30th, then Altair, then Mira."""
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
RENDERER = Renderer(Path(templates.__file__).parent)


def local(day: int, hour: int, month: int = 12) -> datetime:
    """In Berlin, December unless said otherwise."""
    return datetime(2026, month, day, hour, tzinfo=BERLIN).astimezone(UTC)


class Book:
    """`file` can be replaced, `approval` says whether leads approve swaps, `gone` are deactivated accounts."""

    def __init__(self, db: Database, config: Config) -> None:
        self.db, self.clock, self.file = db, ManualClock(TUESDAY), config.rota()
        self.directory = config.directory()
        self.approval = False
        self.gone: set[str] = set()
        outbox = Outbox(db, self.clock)
        self.roster = Roster(db, self.clock, lambda: self.directory, lambda: self.file)
        self.standing = self.roster.standing
        self.changes = Changes.of(
            db,
            self.clock,
            lambda: self.directory,
            self.roster,
            Messages(outbox, RENDERER, lambda: self.directory),
            self._active,
            lambda: self.approval,
        )

    async def _active(self, slack: str) -> bool:
        return slack not in self.gone

    def actor(self, name: str) -> Actor:
        """A person of the file by id, or anybody by their Slack id."""
        groups = {role: frozenset(p.slack for p in self.directory.people if p.role is role) for role in Role}
        person = self.directory.person(name)
        return access.actor(self.directory, person.slack if person else name, "", groups)

    async def add(self, *rows: SQLModel) -> None:
        async with self.db.write() as tx:
            tx.add_all(rows)
            await self.standing.changed(tx)

    async def rota(self) -> Rota:
        async with self.db.read() as tx:
            return await self.roster.rota_as_it_stands(tx)

    async def on(self, at: datetime, role: str = "primary") -> list[str]:
        """Who is on in Europe."""
        shifts = resolve.resolve(await self.rota(), at, at + timedelta(minutes=1)).shifts
        return [s.person for s in shifts if s.region == "eu" and s.role == role]

    async def sent(self, prefix: str = "") -> dict[str, OutgoingMessage]:
        """What is to leave under keys that start so."""
        async with self.db.read() as tx:
            query = select(OutgoingMessage).where(col(OutgoingMessage.key).startswith(prefix))
            found = (await tx.scalars(query.order_by(col(OutgoingMessage.number)))).all()
        return {row.key: row for row in found}

    async def live_buttons(self, prefix: str = "") -> dict[str, list[str]]:
        """Key → the action ids of the buttons that its message has now; keys without buttons are left out."""
        found = {key: _buttons(row.content) for key, row in (await self.sent(prefix)).items()}
        return {key: buttons for key, buttons in found.items() if buttons}


def _buttons(value: object) -> list[str]:
    if isinstance(value, dict):
        mine = [value["action_id"]] if value.get("type") == "button" else []
        return mine + [b for inner in value.values() for b in _buttons(inner)]
    return [b for inner in value for b in _buttons(inner)] if isinstance(value, list) else []


@contextmanager
def refused(words: str, field: str = "") -> Iterator[None]:
    """Refused in words, on that field of the form."""
    with pytest.raises(UserError, match=words) as caught:
        yield
    assert caught.value.field == field


@pytest.fixture
def book(db: Database, config: Config) -> Book:
    """On both databases."""
    return Book(db, config)


@pytest.fixture
async def quick(tmp_path: Path, config: Config) -> AsyncIterator[Book]:
    """On SQLite alone, for what the database has no part in."""
    database = Database.open(f"sqlite:///{tmp_path}/quick.db")
    await database.migrate()
    yield Book(database, config)
    await database.close()
