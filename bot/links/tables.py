"""Rows of the links by which people answer without Slack."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.store.types import utc_column


class AnswerLink(SQLModel, table=True):
    """One link in one message to one person. Of the secret in it only a hash is here."""

    __tablename__ = "answer_link"

    id: int | None = Field(default=None, primary_key=True)
    selector: str = Field(unique=True)
    verifier_hash: str
    about: str = Field(index=True)
    """What it is about: "page/12"."""
    person: str
    slack: str
    """Who the person was: another who is given the same id in the roster file does not inherit the link."""
    contact: str
    expires_at: datetime = utc_column(index=True)
    used_at: datetime | None = utc_column(nullable=True)
    used_for: str = ""
    """What was done with it."""
