"""What the migrations make is what the tables say, on both databases, whoever runs them."""

import asyncio
import importlib
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, LargeBinary, MetaData, insert, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from bot.errors import BotError
from bot.store import migrations
from bot.store.database import Database

ROOT = Path(__file__).parents[2]
for path in [*sorted(ROOT.glob("bot/*/tables.py")), ROOT / "bot/store/claims.py"]:
    importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"include_name": migrations.described})
    return list(compare_metadata(context, SQLModel.metadata))


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


def _revisions() -> list[str]:
    script = ScriptDirectory(str(migrations.HERE))
    return [step.revision for step in reversed(list(script.walk_revisions()))]


def _filled(connection: Connection) -> dict[str, int]:
    """A row in every table as it stands → how many each has. The text indexes fill themselves."""
    meta = MetaData()
    meta.reflect(connection, only=lambda name, _: migrations.described(name, "table", {}))
    counts = {}
    for table in meta.sorted_tables:
        if table.name != "alembic_version":
            connection.execute(insert(table).values({c.name: _value(c) for c in table.columns}))
            counts[table.name] = 1
    return counts


def _value(column: Any) -> Any:
    kind = column.type
    if isinstance(kind, DateTime):
        return datetime(2026, 11, 25, tzinfo=UTC if kind.timezone else None)
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, LargeBinary):
        return b"x"
    return 1 if isinstance(kind, Integer | Float) else "x"


def _counted(connection: Connection, tables: dict[str, int]) -> dict[str, int]:
    return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in tables}


def test_there_is_one_newest_migration() -> None:
    """Two people who each add one after the same last one would make a database that cannot be migrated."""
    assert ScriptDirectory(str(migrations.HERE)).get_heads() == [migrations.newest()]


async def test_a_schema_that_is_as_it_is_to_be_costs_nothing(tmp_path: Path) -> None:
    """Nearly every start is such a one, and the process keeps what it loads for ever."""
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    db = Database.open(url)
    await db.migrate()
    await db.close()
    code = f"""
import asyncio, sys
from bot.store.database import Database
async def main():
    db = Database.open({url!r})
    await db.migrate()
    await db.close()
asyncio.run(main())
print([name for name in ("alembic", "mako") if name in sys.modules])
"""
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


@pytest.mark.parametrize("revision", _revisions())
async def test_rows_of_every_earlier_version_survive(revision: str, database_url: str) -> None:
    """An upgrade loses nothing and trips over nothing: a new column has something for the rows that are there."""
    url = database_url.replace("sqlite://", "sqlite+aiosqlite://").replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(migrations.upgrade, revision)
            before = await connection.run_sync(_filled)
            await connection.run_sync(migrations.upgrade)
            assert await connection.run_sync(_counted, before) == before
    finally:
        await engine.dispose()
