"""Column types that mean the same on SQLite and PostgreSQL, and how constraints are named.

SQLite has no time zones and drops them in silence; here a naive value is refused, and what is read is always aware.
Every module with tables imports this one, so the naming convention stands before the first table does.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""A later migration can drop a constraint only by its name, and SQLite gives it none by itself."""


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Takes aware values of any zone, gives aware UTC. Raises `ValueError` on a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the database takes aware times only (use the clock's)")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_column(*, nullable: bool = False, index: bool = False) -> Any:
    """A field of a table that holds an instant; a nullable one starts as None."""
    if nullable:
        return Field(default=None, sa_type=UtcDateTime, nullable=True, index=index)
    return Field(sa_type=UtcDateTime, nullable=False, index=index)


def json_column() -> Any:
    """A field of a table that holds a JSON object. SQLAlchemy sees a new value, not a change inside the old one."""
    return Field(default_factory=dict, sa_type=JSON, nullable=False)
