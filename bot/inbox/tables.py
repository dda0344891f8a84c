"""The inbox's rows: everything that arrived, until it is old."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from bot.store.types import json_column, utc_column


class Incoming(SQLModel, table=True):
    """One envelope from Slack. `state`: new (not worked to its end), done, failed (worked, and it went wrong)."""

    __tablename__ = "incoming"

    number: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    kind: str
    body: dict[str, Any] = json_column()
    state: str = Field(default="new", index=True)
    owner: str = ""
    """The process that acknowledged it, or took it up from one that died; empty: written by a version before that."""
    attempts: int = 0
    error: str = ""
    received_at: datetime = utc_column(index=True)
