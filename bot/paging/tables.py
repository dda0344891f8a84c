"""Rows of paging: pages, and each time one of them contacted somebody."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.store.types import UtcDateTime, json_column


class Page(SQLModel, table=True):
    """Somebody must answer. `source` makes it once; `due_at` is when the next contact is due, while it is open."""

    __tablename__ = "page"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    title: str
    body: str
    because: str
    region: str
    raised_by: str
    request: int | None = Field(default=None, index=True)
    """The client request it is about, if any; paging itself knows no more of it."""
    severity: str = ""
    client: str = ""
    """The id of whom it is about, if anybody: conditions of the policy ask for it."""
    policy: str = ""
    """The id of the policy that fitted when it was raised."""
    asked: str = ""
    """The target that who raised it asked for, as `model.target` reads it: the step before the first."""
    state: str = Field(index=True)
    round: int = 0
    step: int = 0
    contacts: int = 0
    due_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered_by: str = ""
    version: int = 0
    """How often somebody did something with it: a button of an earlier version is too late."""


class PageContact(SQLModel, table=True):
    """One person contacted about a page, by DM and by what reaches them outside Slack."""

    __tablename__ = "page_contact"

    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id", index=True)
    person: str
    because: str
    skipped: str = ""
    at: datetime = Field(sa_type=UtcDateTime)
    silence_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When Slack said whether its direct message makes a sound; None: it was not asked, or did not answer."""
    silent_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Do Not Disturb: until then it makes none."""


class PageEvent(SQLModel, table=True):
    """What somebody (`by`, a Slack id) did with a page. The same click worked twice (`source`) is one event."""

    __tablename__ = "page_event"

    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    what: str
    """A `model.Verb`."""
    detail: str = ""
    source: str | None = Field(default=None, unique=True)


class PageTrial(SQLModel, table=True):
    """A test of somebody's contact methods. What became of it stands in the outbox, under `trial/ID/…`."""

    __tablename__ = "page_trial"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    person: str
    by: str
    """The Slack id of who asked; empty: in the terminal."""
    methods: list[str] = json_column()
    """Refs of contact methods, as they were then."""
    at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, index=True, sa_type=UtcDateTime)
    """Since when nothing more of it will be told."""
