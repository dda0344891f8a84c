"""Writes the next migration: what the tables named on the command line have, and the migrations so far do not.

    python -m bot.store.migrations.make "what changes" bot/*/tables.py bot/store/claims.py

The store knows no feature; whoever calls names the files. To write the first one anew, before a release: remove
`versions/0001_*.py` and call this again. Read what it writes: it sees tables and columns, not data.
"""

import asyncio
import importlib
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from bot.store import database, migrations


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    message, *files = arguments
    for file in files:
        importlib.import_module(".".join(Path(file).with_suffix("").parts))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_make(f"sqlite:///{folder}/empty.db", message))
    return 0


async def _make(url: str, message: str) -> None:
    db = database.Database.open(url)
    try:
        await db.migrate()
        async with db.write() as tx:
            await (await tx.connection()).run_sync(_revision, message)
    finally:
        await db.close()


def _revision(connection: Connection, message: str) -> None:
    config = migrations.config(connection)
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
