"""Rows of the alerts that Alertmanager told of."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.store.types import utc_column


class AlertRow(SQLModel, table=True):
    """An alert as it stood when it was told of last. `episode` counts how often it began anew."""

    __tablename__ = "alert"

    id: int | None = Field(default=None, primary_key=True)
    fingerprint: str = Field(unique=True)
    name: str
    client: str = ""
    severity: str = ""
    firing: bool
    episode: int = 1
    started_at: datetime = utc_column()
    seen_at: datetime = utc_column(index=True)
    paged_at: datetime = utc_column(index=True)
    page: int | None = Field(default=None, foreign_key="page.id", index=True)


class HeartbeatRow(SQLModel, table=True):
    """A heartbeat of the roster file, as it was heard. `episode` counts its silences, `page` is that of this one."""

    __tablename__ = "heartbeat"

    id: str = Field(primary_key=True)
    watched_at: datetime = utc_column()
    """Since when it could have been heard."""
    heard_at: datetime | None = utc_column(nullable=True)
    silent: bool = False
    episode: int = 1
    page: int | None = Field(default=None, foreign_key="page.id")
