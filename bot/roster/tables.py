"""Rows of what changes daily about the roster; the roster itself is a file. People are ids of the file.

What was made is never erased: a row that no longer counts says since when, and who ended it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.store.types import json_column, utc_column


class OverrideRow(SQLModel, table=True):
    """Somebody comes beside, goes, or is on duty instead of somebody, from `start` to `end`.

    One decision may be several rows, one for each who is replaced: they share `batch`, the key of what made them.
    """

    __tablename__ = "override"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    batch: str | None = Field(default=None, index=True)
    region: str
    role: str
    kind: str
    person: str | None = None
    instead_of: str | None = None
    start: datetime = utc_column()
    end: datetime = utc_column()
    reason: str = ""
    made_at: datetime = utc_column()
    made_by: str
    cancelled_at: datetime | None = utc_column(nullable=True)
    """From then on it does not count; until then it did."""
    cancelled_by: str | None = None


class SwapRow(SQLModel, table=True):
    """`giver` offers a stint to `taker`, for one of theirs (`back_…`) or for nothing. `state` is `model.SwapState`.

    `start` and `end` hold the stint as it was when it was asked for, `last` is when its last shift starts: with the
    days it names, the swap moves when the rules move the shift.
    """

    __tablename__ = "swap"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    state: str = Field(index=True)
    region: str
    giver: str
    taker: str
    role: str
    start: datetime = utc_column()
    last: datetime = utc_column()
    end: datetime = utc_column()
    back_role: str | None = None
    back_start: datetime | None = utc_column(nullable=True)
    back_last: datetime | None = utc_column(nullable=True)
    back_end: datetime | None = utc_column(nullable=True)
    reason: str = ""
    asked_at: datetime = utc_column()
    made_at: datetime | None = utc_column(nullable=True)
    """Since when it is in force."""
    ended_at: datetime | None = utc_column(nullable=True)
    last_by: str
    """Slack id of who moved it last; empty where nobody did (it is void)."""
    last_source: str
    because: str = ""
    """Why it is void."""


class TimeOffRow(SQLModel, table=True):
    """`person` is away from `start` to `end`; `cover`, where one is named, has what they are called for."""

    __tablename__ = "time_off"

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(unique=True)
    person: str = Field(index=True)
    start: datetime = utc_column()
    end: datetime = utc_column()
    cover: str | None = None
    made_at: datetime = utc_column()
    made_by: str
    asked_at: datetime | None = utc_column(nullable=True)
    """When others were asked for cover."""
    cancelled_at: datetime | None = utc_column(nullable=True)
    cancelled_by: str | None = None


class CoverRow(SQLModel, table=True):
    """A stint that a time off opens, offered to everybody who could take it. `state` is `model.CoverState`."""

    __tablename__ = "cover"

    id: int | None = Field(default=None, primary_key=True)
    time_off: int = Field(foreign_key="time_off.id", index=True)
    state: str = Field(index=True)
    region: str
    role: str
    start: datetime = utc_column()
    last: datetime = utc_column()
    end: datetime = utc_column()
    asked: str
    """Ids of the people who were asked, with commas between."""
    taken_by: str | None = None
    source: str | None = Field(default=None, unique=True)
    """The click that took it."""


class RosterVersion(SQLModel, table=True):
    """One row. Its stamp is another after everything that changes the rota as it stands."""

    __tablename__ = "roster_version"

    id: int = Field(default=1, primary_key=True)
    stamp: str = ""


class ShiftRecord(SQLModel, table=True):
    """What was, as it was: somebody's duty, or (`person` empty) a gap, from `start` to `end`. Only ever grows."""

    __tablename__ = "shift_record"
    __table_args__ = (UniqueConstraint("region", "role", "person", "start"),)

    id: int | None = Field(default=None, primary_key=True)
    region: str
    role: str
    person: str = ""
    start: datetime = utc_column()
    end: datetime = utc_column(index=True)
    because: dict[str, Any] = json_column()
    """`{"why": [sentence, …], "added": bool}`, as the rota's shift has it."""


class RosterEdition(SQLModel, table=True):
    """A roster file that was in force: the parts of it that say who is on duty, so that the past knows its rules.

    `after` is the edition before it; unique, so that of several replicas one puts the next edition in force.
    """

    __tablename__ = "roster_edition"

    id: int | None = Field(default=None, primary_key=True)
    after: int = Field(unique=True)
    digest: str
    sections: dict[str, Any] = json_column()
    since: datetime = utc_column()
