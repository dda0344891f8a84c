"""Rows of handoffs: one for each boundary between two regions' leads."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from bot.store.types import UtcDateTime


class Handoff(SQLModel, table=True):
    """`boundary` is unique: one lead change, one handoff. `facts` is what the message was made of, for the next one."""

    __tablename__ = "handoff"

    id: int | None = Field(default=None, primary_key=True)
    boundary: datetime = Field(unique=True, sa_type=UtcDateTime)
    outgoing_region: str
    incoming_region: str
    outgoing: str | None = None
    incoming: str | None = None
    """Person ids of the primaries; None where nobody was on duty."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    published_at: datetime = Field(sa_type=UtcDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    accepted_by: str = ""
