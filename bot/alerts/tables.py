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
