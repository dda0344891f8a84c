"""The schema's history. Run from the installed package; nothing here is read from a file beside the database.

Alembic is loaded where there is something to do: a start that finds the schema as it is to be, which is nearly every
one, keeps the 12 MB and the half second.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import BotError

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
INDEXES = "fulltext_"
"""Tables whose names begin so are a text index of the database's own, kept by triggers: no model describes them."""


def config(connection: Connection) -> "Config":
    """Alembic's configuration for `connection`, whose transaction it stays in."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def described(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the tables in Python say what is to be in the database under that name."""
    return kind != "table" or not (name or "").startswith(INDEXES)


def newest() -> str:
    """The revision that this version's tables are of: files are named by theirs, counted up."""
    return max(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*_*.py"))


def current(connection: Connection) -> str:
    """The revision of the database; empty where there is nothing yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() or "")


def upgrade(connection: Connection, to: str = "head") -> None:
    if to == "head" and current(connection) == newest():
        return
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(config(connection), to)
    except CommandError as error:
        raise BotError(
            f"A later version of Heliograph has been at this database; upgrade Heliograph. ({error})"
        ) from error
