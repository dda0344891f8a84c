"""What the migrations make is what the tables say, on both databases, whoever runs them."""

import importlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from bot.errors import BotError
from bot.store.database import Database

ROOT = Path(__file__).parents[2]
for path in [*sorted(ROOT.glob("bot/*/tables.py")), ROOT / "bot/store/claims.py"]:
    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))


async def test_the_migrated_schema_is_what_the_tables_say(db: Database) -> None:
    """A new column without a migration fails here: `python -m bot.store.migrations.make` writes it."""
    async with db.write() as tx:
        assert await (await tx.connection()).run_sync(_differences) == []


async def test_a_later_version_s_database_is_refused(db: Database) -> None:
    """An older Heliograph must not work on a schema it does not know."""
    async with db.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BotError, match="later version"):
        await db.migrate()
