"""What Alembic runs for each command: on the connection it is handed, in the transaction that is open there."""

from typing import Any

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from bot.store import migrations
from bot.store.types import UtcDateTime


def _render(kind: str, thing: Any, autogen: AutogenContext) -> Any:
    """A migration names SQLAlchemy's types and our own, and not SQLModel's, which may change under it."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        autogen.imports.add("from bot.store.types import UtcDateTime")
        return "UtcDateTime()"
    if kind == "type" and isinstance(thing, AutoString):
        return "sa.String()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_render,
    include_name=migrations.described,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
