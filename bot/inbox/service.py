"""What arrives is written down before it is acknowledged: a redelivery is one effect, a crash loses nothing.

Knows nothing of Bolt; `handlers` calls it from a middleware. Bodies lose their tokens before they become rows, and
rows are pruned after a day: Slack redelivers for minutes, and people's words are kept no longer than needed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.inbox.tables import Incoming
from bot.store import rows
from bot.store.database import Database
from bot.store.together import Together

KEPT = timedelta(hours=26)
GIVE_UP_AFTER = 3
"""An envelope that was begun so often and never ended kills the process; it is not tried again."""

_SECRETS = frozenset({"token", "bot_access_token", "access_token", "authorization"})


@dataclass(frozen=True)
class End:
    """What became of an envelope. With `forget` nothing is kept of it but its key."""

    key: str
    state: str
    error: str = ""
    forget: bool = False


class Inbox:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._received = Together(db, _write_down, urgent=True)
        self._worked = Together(db, _write_ends)

    async def receive(self, key: str, kind: str, body: Mapping[str, Any]) -> bool:
        """Whether it is new. It is on the disk when this returns, and may be acknowledged."""
        row = Incoming(key=key, kind=kind, body=without_secrets(body), received_at=self._clock.now())
        with self._db.first():
            return await self._received.do(row)

    async def done(self, key: str, *, forget: bool = False) -> None:
        """With `forget` the body goes at once: only the key is needed to notice that it comes again."""
        await self._worked.do(End(key, "done", forget=forget))

    async def failed(self, key: str, reason: str) -> None:
        """Worked, and answered with an error: it is not worked again."""
        await self._worked.do(End(key, "failed", reason[:2000]))

    async def unfinished(self, before: datetime | None = None) -> list[Incoming]:
        """What was received (before `before`) and not worked to its end, oldest first; each counts as one attempt more.

        For the start of a process. With several replicas give `before`, or what another is working on now comes too.
        """
        async with self._db.write() as tx:
            query = select(Incoming).where(col(Incoming.state) == "new").order_by(col(Incoming.number))
            if before is not None:
                query = query.where(col(Incoming.received_at) < before)
            left = []
            for row in (await tx.scalars(query.with_for_update())).all():
                row.attempts += 1
                if row.attempts > GIVE_UP_AFTER:
                    row.state, row.error = "failed", f"not finished in {GIVE_UP_AFTER} attempts"
                else:
                    left.append(row)
            return left

    async def prune(self, now: datetime) -> int:
        """Forgets what is older than a day and a bit. → how many."""
        async with self._db.write() as tx:
            gone: Any = await tx.execute(delete(Incoming).where(col(Incoming.received_at) < now - KEPT))
            return int(gone.rowcount)


async def _write_down(tx: AsyncSession, received: list[Incoming]) -> list[bool]:
    return await rows.insert_new_all(tx, received, lambda row: row.key)


async def _write_ends(tx: AsyncSession, ends: list[End]) -> list[None]:
    """One statement for all that ended alike, which nearly all do."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for end in ends:
        alike.setdefault((end.state, end.error, end.forget), []).append(end.key)
    for (state, error, forget), keys in alike.items():
        values: dict[str, Any] = {"state": state, "error": error} | ({"body": {}} if forget else {})
        await tx.execute(update(Incoming).where(col(Incoming.key).in_(keys)).values(**values))
    return [None] * len(ends)


def without_secrets(value: Any) -> Any:
    """The same JSON without Slack's verification tokens. `response_url` stays: the answer needs it."""
    if isinstance(value, Mapping):
        return {k: without_secrets(v) for k, v in value.items() if k not in _SECRETS}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value
