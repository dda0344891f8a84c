"""What arrives is written down before it is acknowledged: a redelivery is one effect, a crash loses nothing.

Knows nothing of Bolt; `handlers` calls it from a middleware. Bodies lose their tokens before they become rows, and
rows are pruned after a day: Slack redelivers for minutes, and people's words are kept no longer than needed.

Of several replicas each works what it acknowledged itself. What one that died left is taken up by the next that starts,
and by those that live (`orphans`): who lives is for `Gone` to say, which is asked with the owners of unfinished rows.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot import clock as clocks
from bot.clock import Clock
from bot.inbox.tables import Incoming
from bot.store import rows
from bot.store.database import Database
from bot.store.together import Together

KEPT = timedelta(hours=26)
GIVE_UP_AFTER = 3
"""An envelope that was begun so often and never ended kills the process; it is not tried again."""

GONE_FOR = 3.0
"""Seconds of real time for which the owner must be gone: a database that was started anew has forgotten who lives."""
Gone = Callable[[AsyncSession, Collection[str]], Awaitable[set[str]]]
"""(transaction, owners) → those of them that do not live any more."""

_SECRETS = frozenset({"token", "bot_access_token", "access_token", "authorization"})


@dataclass(frozen=True)
class End:
    """What became of an envelope. With `forget` nothing is kept of it but its key."""

    key: str
    state: str
    error: str = ""
    forget: bool = False


async def none_is_gone(tx: AsyncSession, owners: Collection[str]) -> set[str]:
    """Where there is one process: it works what it finds when it starts."""
    return set()


class Inbox:
    """`owner` is this process's name, new with each start; `monotonic` in seconds."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        owner: str = "",
        gone: Gone = none_is_gone,
        monotonic: Callable[[], float] = clocks.monotonic,
    ) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._gone = gone
        self._monotonic = monotonic
        self._missing: dict[str, float] = {}
        self._received = Together(db, _write_down, urgent=True)
        self._worked = Together(db, _write_ends)

    async def receive(self, key: str, kind: str, body: Mapping[str, Any]) -> bool:
        """Whether it is new. It is on the disk when this returns, and may be acknowledged."""
        kept, now = without_secrets(body), self._clock.now()
        row = Incoming(key=key, kind=kind, body=kept, owner=self._owner, received_at=now)
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

        For the start of a process. What another that lives is working on now does not come.
        """
        query = select(Incoming).where(col(Incoming.state) == "new").order_by(col(Incoming.number))
        if before is not None:
            query = query.where(col(Incoming.received_at) < before)
        async with self._db.write() as tx:
            found = (await tx.scalars(query.with_for_update())).all()
            others = {row.owner for row in found} - {self._owner, ""}
            at_work = others - await self._gone(tx, others) if self._gone is not none_is_gone else set()
            return self._taken([row for row in found if row.owner not in at_work])

    async def orphans(self) -> list[Incoming]:
        """What a replica that has been gone for `GONE_FOR` acknowledged and did not finish: ours from now on."""
        if self._gone is none_is_gone:
            return []
        unfinished = (col(Incoming.state) == "new", col(Incoming.owner).not_in((self._owner, "")))
        async with self._db.read() as tx:
            owners = set((await tx.scalars(select(Incoming.owner).where(*unfinished).distinct())).all())
            dead = self._for_long(await self._gone(tx, owners) if owners else set())
        if not dead:
            return []
        left = select(Incoming).where(*unfinished, col(Incoming.owner).in_(dead)).order_by(col(Incoming.number))
        async with self._db.write() as tx:
            return self._taken((await tx.scalars(left.with_for_update(skip_locked=True))).all())

    def _for_long(self, gone: set[str]) -> set[str]:
        now = self._monotonic()
        self._missing = {owner: self._missing.get(owner, now) for owner in gone}
        return {owner for owner, since in self._missing.items() if now - since >= GONE_FOR}

    def _taken(self, rows: Sequence[Incoming]) -> list[Incoming]:
        """Those to be worked, by this process; each counts as one attempt more."""
        left = []
        for row in rows:
            row.owner = self._owner
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
