"""Requests as people list them: what a line says, whose lines somebody sees, what a page is. No query.

A client's line is made of its `ClientView`: what the team notes is not in it, wherever it is shown.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.desk import client_view
from bot.desk.tables import Request
from bot.directory.access import Actor
from bot.directory.model import Client, Directory, Region, Role
from bot.errors import UserError

PAGE = 10
"""Lines of a page: each is a block of three lines, and a message of Slack's takes 50 blocks and 12,500 characters."""
LARGEST = 2_147_483_647
"""The largest number that a row can have. PostgreSQL refuses to look for a larger one."""
_ID = re.compile(r"(?:r-?|#)?0*(\d+)", re.IGNORECASE)


class Which(StrEnum):
    MINE = "mine"
    REGION = "region"
    CLIENT = "client"
    ALL = "all"


@dataclass(frozen=True)
class Asked:
    """`of` is a region's or a client's id; `ended`: those that are resolved or closed, instead of the open ones."""

    which: Which
    of: str = ""
    ended: bool = False


@dataclass(frozen=True)
class Sight:
    """Whose requests somebody sees where they are: this client's, or (None) everybody's, with what the team notes."""

    client: str | None

    @property
    def inside(self) -> bool:
        return self.client is None


@dataclass(frozen=True)
class Line:
    """`due` is the first response's, while there was none. What is empty for a client is the team's own."""

    id: int
    severity: str
    state: str
    text: str
    owner: str
    region: str
    job: str
    created_at: datetime
    resolved_at: datetime | None
    client: str = ""
    cause: str = ""
    fix: str = ""
    due: datetime | None = None
    overdue: bool = False
    snoozed: bool = False
    version: int = 0
    link: str = ""
    because: str = ""
    """Why it is listed, where that is not plain."""


@dataclass(frozen=True)
class Page:
    lines: tuple[Line, ...]
    total: int
    number: int = 0
    """From 0."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def sight(who: Actor) -> Sight:
    """Raises `UserError` for somebody of a client who is not in their channel: by that alone they are known."""
    if who.client is not None:
        return Sight(who.client.id)
    if who.role is Role.CLIENT:
        raise UserError("Requests are listed in your team's channel.", hint="Go there and ask again.")
    return Sight(None)


def line(request: Request, sight: Sight, directory: Directory, now: datetime) -> Line:
    region = directory.region_of(request.region)
    seen = client_view.of(request, region)
    shown = Line(
        id=seen.id,
        severity=seen.severity,
        state=seen.state.replace("_", " "),
        text=seen.text,
        owner=seen.owner,
        region=seen.region_name,
        job=seen.job,
        created_at=seen.created_at,
        resolved_at=seen.resolved_at,
        version=seen.version,
    )
    return _inside(shown, request, directory, now) if sight.inside else shown


def known_id(word: str) -> int:
    """ "R-12", "r12", "#12", "12" → 12. Raises `UserError` on what can be no request's, however long it is."""
    match = _ID.fullmatch(word.strip())
    if match is None:
        raise UserError(f"There is no request {word[:60]}.", hint="A request's id looks like R-12.")
    if len(match[1]) > len(str(LARGEST)) or int(match[1]) > LARGEST:
        raise UserError(f"There is no request R-{match[1][:60]}.", hint="`/request list` shows those there are.")
    return int(match[1])


def is_id(word: str) -> bool:
    return _ID.fullmatch(word.strip()) is not None


def client_named(word: str, clients: tuple[Client, ...]) -> Client:
    """By id or name. Raises `UserError` with those there are."""
    wanted = word.strip().lower()
    found = next((c for c in clients if wanted in (c.id.lower(), c.name.lower())), None)
    if found is None:
        raise UserError(f"There is no client “{word[:60]}”.", hint=f"There are: {', '.join(c.id for c in clients)}.")
    return found


def region_named(word: str, regions: tuple[Region, ...]) -> Region:
    """By id or name. Raises `UserError` with those there are."""
    wanted = word.strip().lower()
    found = next((r for r in regions if wanted in (r.id.lower(), r.name.lower())), None)
    if found is None:
        raise UserError(f"There is no region “{word[:60]}”.", hint=f"There are: {', '.join(r.id for r in regions)}.")
    return found


def _inside(shown: Line, request: Request, directory: Directory, now: datetime) -> Line:
    client = directory.client(request.client)
    due = request.first_response_due if request.acknowledged_at is None and request.state == "new" else None
    return replace(
        shown,
        client=client.name if client else request.client,
        cause=request.cause,
        fix=request.fix,
        due=due,
        overdue=due is not None and due < now,
        snoozed=request.snoozed,
    )
