"""What may reach a client's channel: decided here, and nowhere else. Pure.

Three rules. A channel takes what is of its own client: `shut` says why one takes nothing. What is rendered for it is
made of a `ClientView`, of times and numbers, and of words that somebody wrote for the client: `sayable` refuses
anything else, so that a row with its internal notes cannot be handed to a template by mistake. And the view itself
names what a client may read: who has it, where, since when, its own words; no internal note, no other client, nothing
of a cluster's inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.desk.model import SEVERITY_WORDS, Severity, shorten
from bot.desk.report import Kept, Line
from bot.directory.model import Directory, Region


class Facts(Protocol):
    """What the view is taken from: a request's row, of which it reads these and nothing else."""

    id: int | None
    client: str
    requester: str
    text: str
    severity: str
    state: str
    owner: str
    job: str
    created_at: datetime
    resolved_at: datetime | None
    merged_into: int | None
    version: int


@dataclass(frozen=True)
class ClientView:
    """All that a client's channel may show of a request."""

    id: int
    requester: str
    text: str
    severity: str
    severity_words: str
    state: str
    owner: str
    region_name: str
    region_zone: str
    job: str
    created_at: datetime
    resolved_at: datetime | None
    merged_into: int | None
    version: int


@dataclass(frozen=True)
class ClientFigures:
    """All that a client's channel may show of a stretch of time: its own figures, and nobody's name."""

    start: datetime
    end: datetime
    lines: tuple[Line, ...]
    missed: int
    promises: Kept


SAYABLE = (ClientView, ClientFigures, str, int, datetime, type(None))
"""Beside the views: words written for the client, numbers (a yes or no is one), times, and nothing at all."""


def of(request: Facts, region: Region) -> ClientView:
    assert request.id is not None
    return ClientView(
        id=request.id,
        requester=request.requester,
        text=shorten(request.text),
        severity=request.severity,
        severity_words=SEVERITY_WORDS[Severity(request.severity)],
        state=request.state,
        owner=request.owner,
        region_name=region.name,
        region_zone=region.zone,
        job=request.job,
        created_at=request.created_at,
        resolved_at=request.resolved_at,
        merged_into=request.merged_into,
        version=request.version,
    )


def shut(directory: Directory, client: str, channel: str) -> str:
    """Why nothing of `client` may be said in `channel`, in a sentence for the team; empty where it may."""
    owner = directory.client_of(channel)
    if owner is not None and owner.id == client:
        return ""
    if owner is not None:
        return f"This channel is {owner.name}'s in the roster file now: nothing is sent there any more."
    if directory.client(client) is None:
        return f"The client {client} is not in the roster file any more: nothing is sent to its channel."
    return "The roster file gives this channel to no client any more: nothing is sent there."


def sayable(values: Mapping[str, object]) -> None:
    """Raises `TypeError` on a value that a client's message is not made of."""
    for name, value in values.items():
        if not isinstance(value, SAYABLE):
            raise TypeError(
                f"{name} is a {type(value).__name__}: a client's channel shows a ClientView, words and times"
            )
