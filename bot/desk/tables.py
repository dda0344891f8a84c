"""Rows of the desk: requests, the timeline of everything that happened to each, and what was said about them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.store.types import UtcDateTime, json_column


class Request(SQLModel, table=True):
    """One client's request. `owner` is a Slack id; `source` is the inbox key that made it, so that it is made once."""

    __tablename__ = "request"
    __table_args__ = (Index("ix_request_load", "owner", "state", "snoozed"),)
    """How many somebody has open is asked whenever one is routed: answered from the index alone."""

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    client: str = Field(index=True)
    requester: str
    text: str
    severity: str
    state: str = Field(index=True)
    channel: str
    thread_ts: str = Field(default="", index=True)
    """The client's own message that is answered in its thread; empty when Heliograph's own message starts it."""
    region: str = Field(index=True)
    owner: str
    last_by: str
    """Who moved it last (Slack id); empty where the clock did."""
    version: int = 0
    """Counts its moves. A button carries the version it was shown with, so that the second of two clicks is noticed."""
    because: str
    """Why its owner has it, in a line; `why` has the rules that were asked, as sentences. Both of the last change."""
    why: list[str] = Field(default_factory=list, sa_type=JSON, nullable=False)
    owner_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """None: since it was opened."""
    card: int = 0
    """Counts the triage cards: a request that moves to another region gets a new one there."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_response_due: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    kind: str = "request"
    """"request", or "training_run": what is asked for before a run starts."""
    cluster: str = ""
    namespace: str = ""
    job: str = Field(default="", index=True)
    """The job it is about, where one is known: it may see it, it is the client's own."""
    details: dict[str, str] = json_column()
    """What a form asked beyond the text, by field."""
    files: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, nullable=False)
    """What was attached to its first words."""
    snoozed: bool = False
    snoozed_until: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    snoozed_for_job: str = ""
    """The job's state when it was snoozed until that changes; empty otherwise."""
    merged_into: int | None = Field(default=None, index=True)
    cause: str = ""
    fix: str = ""


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


class RequestMessage(SQLModel, table=True):
    """Something said in one of a request's threads, and where it stands in the other. Slack's key: channel and ts.

    Internal messages of the team are not here. `channel` is empty for words from a form; `ts` is then the envelope's
    key, so that the form sent twice is one message.
    """

    __tablename__ = "request_message"
    __table_args__ = (UniqueConstraint("channel", "ts"),)

    id: int | None = Field(default=None, primary_key=True)
    request: int = Field(foreign_key="request.id", index=True)
    channel: str
    ts: str
    side: str
    """"client" and "team" wrote in the client's thread; "reply" was sent there from the team's."""
    by: str
    text: str = ""
    files: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON, nullable=False)
    stamp: str = ""
    """Slack's time of the newest edit that was heard of; an older one that comes late changes nothing."""
    edited: bool = False
    deleted: bool = False
    mirrored: bool = False
    """It stands in the other thread."""
    copies: int = 0
    """Counts how often it was taken back and sent again: each copy is a message of its own."""
    at: datetime = Field(sa_type=UtcDateTime)


class ResponseClock(SQLModel, table=True):
    """One target of a request, measured: how much of its time is used, and when it will have been too long.

    It runs while `running_since` is set, and waits with the client otherwise. `due_at` and `warn_at` are what the
    tick asks for; they are empty where nothing is agreed, and while it does not run.
    """

    __tablename__ = "response_clock"
    __table_args__ = (UniqueConstraint("request", "kind", "round"),)

    id: int | None = Field(default=None, primary_key=True)
    request: int = Field(foreign_key="request.id", index=True)
    kind: str
    """"first_response", "next_update" or "resolution"."""
    round: int = 1
    """Each update to the client begins the next round of "next_update"; the others have one."""
    goal_seconds: int | None = None
    support: bool = False
    """Whether only support hours count."""
    used_seconds: int = 0
    """What had been counted at `running_since`; in all, once it has ended."""
    started_at: datetime = Field(sa_type=UtcDateTime)
    running_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    warn_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    warned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    breached_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its time was over, if that came before its end."""
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class Promise(SQLModel, table=True):
    """Somebody told the client when it hears next. It is the request's: whoever owns that keeps it."""

    __tablename__ = "promise"

    id: int | None = Field(default=None, primary_key=True)
    request: int = Field(foreign_key="request.id", index=True)
    source: str = Field(unique=True)
    by: str
    made_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(index=True)
    """"open", "kept", "broken", "moved" (to another time) or "dropped"."""
    step: str = "remind"
    """What the clock does next, at `next_at`: remind, break, escalate, or nothing."""
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the client heard, be that too late."""
    ended_by: str = ""


class RequestFinding(SQLModel, table=True):
    """What `/job why` said about a request's job: when it was opened, or when it was resolved if not before."""

    __tablename__ = "request_finding"

    request: int = Field(foreign_key="request.id", primary_key=True)
    signature: str = Field(index=True)
    """The same for the same kind of fault, whichever job and node have it; empty where nothing was found."""
    title: str
    at: datetime = Field(sa_type=UtcDateTime)
    settled: bool = False
    """It was looked at again when it was resolved: nobody looks any more."""


class ChannelMove(SQLModel, table=True):
    """Slack gave a channel another id, and the roster file may still have the old one."""

    __tablename__ = "channel_move"

    old: str = Field(primary_key=True)
    new: str
    at: datetime = Field(sa_type=UtcDateTime)
