"""Rows of what people were told about their shifts, so that each is told once, and what stands is put right."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.store.types import utc_column


class ShiftNotice(SQLModel, table=True):
    """A notice that was given. `state`: told, late (said to be late), withdrawn (the shift is no longer theirs)."""

    __tablename__ = "shift_notice"
    __table_args__ = (UniqueConstraint("kind", "region", "role", "person", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    region: str
    role: str
    person: str
    at: datetime = utc_column()
    """The start, or for an end the end, that it is about."""
    shift_start: datetime = utc_column(index=True)
    shift_end: datetime = utc_column()
    due_at: datetime = utc_column()
    state: str = "told"
    said: str = ""
    """A digest of what stands there: it is edited when something else would be said now."""
    made_at: datetime = utc_column()

    @property
    def key(self) -> str:
        """Of its message in the outbox."""
        return f"shift/{self.kind}/{self.region}/{self.role}/{self.person}/{self.at:%Y%m%dT%H%M%S%f}"


class GapNotice(SQLModel, table=True):
    """A gap that was told: once when it was seen, once when it began. A row covers `[start, end)`."""

    __tablename__ = "gap_notice"

    id: int | None = Field(default=None, primary_key=True)
    region: str
    role: str
    start: datetime = utc_column()
    end: datetime = utc_column(index=True)
    seen_at: datetime = utc_column()
    began_at: datetime | None = utc_column(nullable=True)
