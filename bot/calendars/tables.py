"""Rows of the calendar feeds: who may read which, and what each has published."""

from datetime import datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from bot.store.types import utc_column


class CalendarLink(SQLModel, table=True):
    """A person's way to one feed. Of the secret in it only a hash is here; `selector` is the part that is looked up."""

    __tablename__ = "calendar_link"
    __table_args__ = (UniqueConstraint("person", "feed"),)

    id: int | None = Field(default=None, primary_key=True)
    person: str
    slack: str
    """Who the person was: another who is given the same id in the roster file does not inherit the link."""
    feed: str
    selector: str = Field(unique=True)
    verifier_hash: str
    made_at: datetime = utc_column()
    read_at: datetime | None = utc_column(nullable=True)
    reader: str = ""
    """What read it last said it is: Google, Outlook and Apple are told apart by it."""


class CalendarFeed(SQLModel, table=True):
    """One row a feed. Its version counts the changes, so that of two processes that publish at once one looks again."""

    __tablename__ = "calendar_feed"

    feed: str = Field(primary_key=True)
    version: int = 0


class CalendarEvent(SQLModel, table=True):
    """An event as the feed gave it last: `schedules.rota.ical.model.Published`."""

    __tablename__ = "calendar_event"

    feed: str = Field(primary_key=True)
    uid: str = Field(primary_key=True)
    kind: str
    region: str
    role: str
    person: str
    start: datetime = utc_column()
    end: datetime = utc_column()
    summary: str
    description: str
    sequence: int
    changed_at: datetime = utc_column()
    cancelled_at: datetime | None = utc_column(nullable=True)
