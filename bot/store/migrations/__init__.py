"""The schema's history. Run from the installed package; nothing here is read from a file beside the database."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from bot.errors import BotError

HERE = Path(__file__).parent
INDEXES = "fulltext_"
"""Tables whose names begin so are a text index of the database's own, kept by triggers: no model describes them."""


def config(connection: Connection) -> Config:
    """Alembic's configuration for `connection`, whose transaction it stays in."""
    made = Config()
    made.set_main_option("script_location", str(HERE).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def described(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the tables in Python say what is to be in the database under that name."""
    return kind != "table" or not (name or "").startswith(INDEXES)


def upgrade(connection: Connection, to: str = "head") -> None:
    try:
        command.upgrade(config(connection), to)
    except CommandError as error:
        raise BotError(
            f"A later version of Heliograph has been at this database; upgrade Heliograph. ({error})"
        ) from error
