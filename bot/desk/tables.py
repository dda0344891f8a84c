"""Rows of the desk: requests, and the timeline of everything that happened to each."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.store.types import UtcDateTime


class Request(SQLModel, table=True):
    """One client's request. `owner` is a Slack id; `source` is the inbox key that made it, so that it is made once."""

    __tablename__ = "request"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    client: str = Field(index=True)
    requester: str
    text: str
    severity: str
    state: str = Field(index=True)
    channel: str
    thread_ts: str = ""
    """The client's own message that is answered in its thread; empty when Heliograph's own message starts it."""
    region: str = Field(index=True)
    owner: str
    last_by: str
    because: str
    card: int = 0
    """Counts the triage cards: a request that moves to another region gets a new one there."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_response_due: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RequestEvent(SQLModel, table=True):
    """A line of a request's timeline."""

    __tablename__ = "request_event"

    id: int | None = Field(default=None, primary_key=True)
    request: int = Field(foreign_key="request.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    what: str
    detail: str = ""
    source: str | None = Field(default=None, unique=True)
    """The inbox key of the click that caused it: the same click worked twice is one event."""
