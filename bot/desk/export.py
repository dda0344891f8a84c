"""Requests as a file, CSV or JSON, made piece by piece: what is exported never stands in memory as a whole.

A cell of a spreadsheet that begins like a formula is computed by whoever opens it, and requests are what strangers
typed. Such a cell gets an apostrophe in front, as OWASP advises; JSON is left as it is.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import listing, lists
from bot.desk.tables import Request
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory
from bot.errors import UserError
from bot.outbox.api import Attachment, Destination, Outbox
from bot.store.database import Database

PIECE = 500
MOST_BYTES = 20_000_000
"""Of a file that goes through Slack; the terminal has no limit."""
FIELDS = (
    *("id", "client", "severity", "state", "kind", "region", "owner", "requester", "channel", "cluster", "namespace"),
    *("job", "created_at", "first_response_due", "acknowledged_at", "resolved_at", "closed_at", "merged_into"),
    *("cause", "fix", "text"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Form(StrEnum):
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True)
class Wanted:
    """Those opened in `[start, end)`, of one client (id or name) or of all that may be seen."""

    form: Form = Form.CSV
    client: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Sent:
    name: str
    count: int


class Exports:
    def __init__(self, db: Database, clock: Clock, directory: Callable[[], Directory], outbox: Outbox) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox

    async def send(self, who: Actor, wanted: Wanted, source: str) -> Sent:
        """As a file to `who` alone, in a direct message; once per `source`. Raises `UserError` where it is too much."""
        pieces, size, count = [], 0, 0
        async for piece, rows in self.pieces(who, wanted):
            pieces.append(piece.encode())
            size, count = size + len(pieces[-1]), count + rows
            if size > MOST_BYTES:
                raise UserError(
                    f"That is more than {MOST_BYTES // 1_000_000} MB.",
                    hint="Ask for less: `export csv CLIENT 2026-11-01 2026-12-01`, or use the terminal.",
                )
        if not count:
            raise UserError("There is no such request.", hint="Nothing was sent.")
        name = f"requests-{self._clock.now():%Y-%m-%d}.{wanted.form}"
        said = f"{count} request" + ("s" if count != 1 else "")
        mark = "\ufeff".encode() if wanted.form is Form.CSV else b""  # without it Excel reads no UTF-8
        file = Attachment(name, name, f"{said}, {wanted.form.upper()}", mark + b"".join(pieces))
        async with self._db.write() as tx:
            await self._outbox.attach(tx, f"export/{source}", Destination(user=who.slack), file)
        self._outbox.wake()
        return Sent(name, count)

    async def pieces(self, who: Actor, wanted: Wanted) -> AsyncIterator[tuple[str, int]]:
        """(text, how many requests are in it). Raises `Forbidden` without the right."""
        access.require(who, Right.EXPORT_REQUESTS)
        where = [*lists.of(listing.sight(who))]
        if wanted.client:
            known = tuple(c for c in self._directory().clients if who.client in (None, c))
            where.append(col(Request.client) == listing.client_named(wanted.client, known).id)
        if wanted.start is not None:
            where.append(col(Request.created_at) >= wanted.start)
        if wanted.end is not None:
            where.append(col(Request.created_at) < wanted.end)
        begin, row, end = (_csv_head(), _csv, "") if wanted.form is Form.CSV else ("[\n", _json, "\n]\n")
        last, first = 0, True
        yield begin, 0
        while True:
            async with self._db.read() as tx:
                query = select(Request).where(*where, col(Request.id) > last).order_by(col(Request.id)).limit(PIECE)
                found = list((await tx.scalars(query)).all())
            if not found:
                break
            joint = ",\n" if wanted.form is Form.JSON else ""
            yield ("" if first else joint) + joint.join(map(row, found)), len(found)
            last, first = found[-1].id or 0, False
        yield end, 0


def harmless(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell


def _csv_head() -> str:
    return ",".join(FIELDS) + "\r\n"


def _csv(request: Request) -> str:
    made = io.StringIO()
    csv.writer(made).writerow([harmless(str(value)) if value is not None else "" for value in _values(request)])
    return made.getvalue()


def _json(request: Request) -> str:
    return json.dumps(dict(zip(FIELDS, _values(request), strict=True)), ensure_ascii=False)


def _values(request: Request) -> list[Any]:
    return [_plain(getattr(request, name)) for name in FIELDS]


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
