"""The outbox's rows: what is to be seen, and how far the world has got there."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from bot.store.types import json_column, utc_column


class OutgoingMessage(SQLModel, table=True):
    """One message, wherever it goes. The sender makes the world converge to `content` at `version`.

    `state`: pending (something is to be sent), leased (a sender is at it), done, failed (refused for good), cancelled.
    """

    __tablename__ = "outgoing_message"
    __table_args__ = (
        Index("ix_outgoing_message_queue", "state", "lane", "priority", "number"),
        Index("ix_outgoing_message_place", "posted_channel", "ts"),
    )

    number: int | None = Field(default=None, primary_key=True)
    """The order in which messages were written; per lane also the order in which they are sent."""
    id: str = Field(unique=True)
    """Travels in the message's metadata, so that a copy can be found in the channel."""
    key: str = Field(unique=True)
    kind: str
    """slack, contact, reply, file, reaction or pin."""
    priority: int
    lane: str
    """One lane is sent in order, lanes do not wait for each other: a channel, its updates, a contact, a reply."""

    channel: str | None = None
    user: str | None = None
    thread_ts: str | None = None
    thread_of: str | None = Field(default=None, index=True)
    ephemeral_to: str | None = None
    contact_ref: str | None = None
    response_url: str | None = None
    """A capability of half an hour; removed as soon as the reply is sent."""
    replace_original: bool = False
    for_client: str | None = None
    """The client whose channel it may go to; empty: none's. None: written by a version that did not say."""

    content: dict[str, Any] = json_column()
    version: int = 1
    sent_version: int = 0
    posted_channel: str | None = None
    ts: str | None = None

    state: str = "pending"
    lease_owner: str | None = None
    lease_number: int = 0
    """Counts the leases of this row: who observes the same owner and number for long observes a dead lease."""
    attempts: int = 0
    ambiguous: bool = False
    """The last attempt may have arrived: look for it before sending again."""
    withdrawn: bool = False
    """Cancelled while it was on its way: if it turns out not to have arrived, it is not sent again."""
    last_error: str = ""

    created_at: datetime = utc_column()
    due_at: datetime = utc_column()
    expires_at: datetime | None = utc_column(nullable=True)
    first_attempt_at: datetime | None = utc_column(nullable=True)
    done_at: datetime | None = utc_column(nullable=True)


class OutgoingFile(SQLModel, table=True):
    """What a row of the kind "file" carries; beside it, so that no look at the queue reads it. Gone once it is sent."""

    __tablename__ = "outgoing_file"

    outbox_id: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
    slack_id: str | None = None
    """Once the bytes are at Slack, where nobody sees them before they are shared."""
