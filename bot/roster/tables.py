"""Rows of what changes daily about the roster; the roster itself is a file."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.store.types import UtcDateTime


class OverrideRow(SQLModel, table=True):
    """Somebody is on duty instead of, or beside, whom the rules name, from `start` to `end`."""

    __tablename__ = "override"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    region: str
    role: str
    kind: str
    person: str
    instead_of: str | None = None
    start: datetime = Field(sa_type=UtcDateTime)
    end: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)
    made_by: str
