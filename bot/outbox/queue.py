"""The sender's side of the outbox's rows: which may go now, whose they are, and what became of them.

Order. Of a lane (a channel, a person's DM, …) only the first row may go: by priority, then by number. Who is at one of
a contact method, which Slack does not limit, may take the next few of its lane (`lease_following`). A row that waits
for its thread's root does not hold up the lane; one that waits for its next try does, so that the order stays, until it
has failed `PATIENCE` times: then one bad message must not silence a channel.

Leases. A leased row says who is at it and the how-manieth lease it is. Nobody measures a lease by the clock: the
sandbox's clock jumps, and two machines' clocks differ. A sender gives up sending long before `DEAD_AFTER` seconds of
real time, so whoever has watched one and the same lease for that long (`Watch`) knows that its owner is dead, takes the
row, and looks in the channel before it sends. On PostgreSQL the end of a process is known sooner (`alive`). On SQLite
there is one process: another owner's lease is dead.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Integer, ScalarResult, Select, and_, bindparam, exists, func, or_, text, tuple_, update
from sqlalchemy import select as sql_select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col, select

from bot.outbox.tables import OutgoingFile, OutgoingMessage
from bot.slack.gateway import Posted
from bot.store.types import UtcDateTime

DEAD_AFTER = 60.0
PATIENCE = 5
FEW = 16
"""Rows of one contact method that are taken at once: fifty pages to one telephone would else take fifty looks."""
_LEASING_LOCK = 0x4F5554424F58
"""PostgreSQL's advisory lock while a replica chooses: two at once could take two rows of one lane. It spells OUTBOX."""

Row = OutgoingMessage
Lease = tuple[str, int]
"""A row's id, and the how-manieth lease of it."""


@dataclass(frozen=True)
class Waiting:
    """What tells whether a row may go now, without what it says: of thousands that wait a few go at a time."""

    number: int
    id: str
    lane: str
    priority: int
    kind: str
    channel: str | None
    ts: str | None
    ephemeral_to: str | None
    ambiguous: bool
    gone: bool | None
    followed: bool
    """Of a contact method: others of the lane wait behind it."""


def _lanes() -> CTE:
    """Those in which something waits. One step along the index for each, however many rows they have."""
    one, other = aliased(Row), aliased(Row)
    first = sql_select(func.min(col(one.lane)).label("lane")).where(col(one.state) == "pending")
    found = first.cte("lanes", recursive=True)
    later = sql_select(func.min(col(other.lane))).where(col(other.state) == "pending", col(other.lane) > found.c.lane)
    return found.union_all(sql_select(later.scalar_subquery()).where(found.c.lane.is_not(None)))


def _first_of_each_lane() -> Select[Any]:
    lanes, row, root, other = _lanes(), aliased(Row), aliased(Row), aliased(Row)
    due = bindparam("now", type_=UtcDateTime())
    rooted = exists().where(
        col(root.key) == col(row.thread_of),
        or_(col(root.ts).is_not(None), col(root.state).in_(("failed", "cancelled"))),
    )
    patient = and_(col(row.attempts) >= PATIENCE, col(row.id).in_(bindparam("held", expanding=True)))
    first = (
        sql_select(col(row.number))
        .where(
            col(row.state) == "pending",
            col(row.lane) == lanes.c.lane,
            col(row.due_at) <= due,
            or_(col(row.thread_of).is_(None), col(row.ts).is_not(None), rooted),
            ~patient,
        )
        .order_by(col(row.priority), col(row.number))
        .limit(1)
        .correlate(lanes)
        .scalar_subquery()
    )
    leased = sql_select(col(other.lane)).where(col(other.state) == "leased").scalar_subquery()
    behind = exists().where(
        col(other.lane) == lanes.c.lane,
        col(other.state) == "pending",
        col(other.due_at) <= due,
        col(other.number) != col(Row.number),
    )
    followed = and_(col(Row.kind) == "contact", behind)
    shown = [col(getattr(Row, field.name)) for field in fields(Waiting) if field.name not in ("gone", "followed")]
    return (
        sql_select(*shown, col(Row.content)["gone"].as_boolean(), followed)
        .select_from(lanes)
        .join(Row, col(Row.number) == first)
        .where(lanes.c.lane.not_in(bindparam("busy", expanding=True)), lanes.c.lane.not_in(leased))
        .order_by(col(Row.priority), col(Row.number))
        .limit(bindparam("limit", type_=Integer()))
    )


_NEXT = _first_of_each_lane()
"""Made once: it is asked many times a second."""


async def next_rows(
    tx: AsyncSession, now: datetime, busy: Collection[str], held: Collection[str], limit: int = 1000
) -> list[Waiting]:
    """The first row of each free lane, most urgent first. `held` are ids that wait for their next try."""
    given = {"now": now, "busy": list(busy), "held": list(held), "limit": limit}
    return [Waiting(*row) for row in (await tx.execute(_NEXT, given)).all()]


async def soonest_due(tx: AsyncSession, now: datetime) -> datetime | None:
    """When the next row falls due; None where none waits for its time."""
    later = col(Row.state) == "pending", col(Row.due_at) > now
    return (await tx.scalars(select(func.min(col(Row.due_at))).where(*later))).first()


async def choosing(tx: AsyncSession) -> None:
    """From here to the end of the transaction no other replica chooses rows."""
    if tx.get_bind().dialect.name == "postgresql":
        await tx.execute(text(f"SELECT pg_advisory_xact_lock({_LEASING_LOCK})"))


def _leasing(free: Select[Any]) -> ReturningUpdate[Row]:
    chosen = free.with_for_update(skip_locked=True).cte("free")  # so it is asked once, whatever the database plans
    now = bindparam("now", type_=UtcDateTime())
    return (
        update(Row)
        .where(col(Row.number).in_(sql_select(chosen.c.number)))
        .values(
            state="leased",
            lease_owner=bindparam("its_owner"),
            lease_number=col(Row.lease_number) + 1,
            attempts=col(Row.attempts) + 1,
            first_attempt_at=func.coalesce(col(Row.first_attempt_at), now),
        )
        .returning(Row)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


def _those() -> Select[Any]:
    chosen = col(Row.number).in_(bindparam("numbers", expanding=True))
    return sql_select(col(Row.number)).where(chosen, col(Row.state) == "pending")


def _those_that_follow() -> Select[Any]:
    holder = aliased(Row)
    still = exists().where(
        col(holder.number) == bindparam("its_number"),
        col(holder.state) == "leased",
        col(holder.lease_owner) == bindparam("its_owner"),
        col(holder.lease_number) == bindparam("its_lease"),
    )
    return (
        sql_select(col(Row.number))
        .where(col(Row.state) == "pending", col(Row.lane) == bindparam("its_lane"))
        .where(col(Row.due_at) <= bindparam("now", type_=UtcDateTime()), col(Row.priority) == bindparam("its_priority"))
        .where(col(Row.id).not_in(bindparam("paused", expanding=True)), still)
        .order_by(col(Row.priority), col(Row.number))
        .limit(FEW)
    )


_LEASE, _FOLLOW = _leasing(_those()), _leasing(_those_that_follow())


async def lease(tx: AsyncSession, numbers: Collection[int], owner: str, now: datetime) -> list[Row]:
    """Takes those of `numbers` that are still to be had, and that no service is changing at this moment."""
    found: ScalarResult[Row] = await tx.scalars(_LEASE, {"numbers": list(numbers), "its_owner": owner, "now": now})
    return sorted(found.all(), key=lambda row: (row.priority, row.number))


async def lease_following(tx: AsyncSession, held: Row, now: datetime, paused: Collection[str]) -> list[Row]:
    """Takes the next few of the lane of `held`, a contact's. One statement.

    Whoever holds a row of a lane has the lane: no look takes from it. → none where the lease of `held` has been lost.
    """
    lease = {"its_number": held.number, "its_owner": held.lease_owner, "its_lease": held.lease_number}
    given = {"its_lane": held.lane, "its_priority": held.priority, "now": now, "paused": list(paused), **lease}
    found: ScalarResult[Row] = await tx.scalars(_FOLLOW, given)
    return sorted(found.all(), key=lambda row: (row.priority, row.number))


async def roots(tx: AsyncSession, rows: Collection[Row]) -> dict[str | None, Posted]:
    """Key → where the thread is that a row belongs in; not those at the top of a channel, and none that was refused."""
    keys = {row.thread_of for row in rows if row.thread_of is not None}
    if not keys:
        return {}
    root = (col(Row.key), col(Row.posted_channel), col(Row.ts))
    found = await tx.execute(sql_select(*root).where(root[0].in_(keys)))
    return {key: Posted(channel, ts) for key, channel, ts in found.all() if channel is not None and ts is not None}


async def file_of(tx: AsyncSession, row: Row) -> OutgoingFile | None:
    """What a row of the kind "file" carries."""
    return await tx.get(OutgoingFile, row.id) if row.kind == "file" else None


async def mine(tx: AsyncSession, leased: Collection[Row], owner: str) -> dict[str, Row]:
    """Id → the row as it is now, where the lease still holds: another may have taken it from a sender thought dead."""
    numbers = [row.number for row in leased]
    query = select(Row).where(col(Row.number).in_(numbers)).order_by(col(Row.number))
    found = await tx.scalars(query.with_for_update().execution_options(populate_existing=True))
    now = {row.id: row for row in found.all() if row.state == "leased" and row.lease_owner == owner}
    return {row.id: now[row.id] for row in leased if row.id in now and now[row.id].lease_number == row.lease_number}


_TAKEN = (
    update(Row)
    .where(
        tuple_(col(Row.number), col(Row.lease_number), col(Row.version)).in_(bindparam("sent", expanding=True)),
        col(Row.state) == "leased",
        col(Row.lease_owner) == bindparam("its_owner"),
    )
    .values(
        state="done",
        done_at=bindparam("now", type_=UtcDateTime()),
        lease_owner=None,
        sent_version=col(Row.version),
        ambiguous=False,
        withdrawn=False,
        attempts=0,
        last_error="",
    )
    .returning(col(Row.id))
    .execution_options(synchronize_session=False)
)


async def taken(tx: AsyncSession, leased: Collection[Row], owner: str, now: datetime) -> set[str]:
    """Records that contact methods took `leased`, in one statement: of 2,000 pages each by itself costs a second more.

    → the ids of those it held for. The others have changed meanwhile, or are not ours any more.
    """
    sent = [(row.number, row.lease_number, row.version) for row in leased]
    return set((await tx.scalars(_TAKEN, {"sent": sent, "its_owner": owner, "now": now})).all())


async def take_over(tx: AsyncSession, dead: Collection[Lease]) -> int:
    """Frees the leases (row id, lease number) in `dead`: their rows may have been sent. → how many."""
    taken = 0
    for id, number in dead:
        done: Any = await tx.execute(
            update(Row)
            .where(col(Row.id) == id, col(Row.state) == "leased", col(Row.lease_number) == number)
            .values(state="pending", lease_owner=None, ambiguous=True)
        )
        taken += int(done.rowcount)
    return taken


async def leases(tx: AsyncSession, owner: str) -> tuple[set[Lease], dict[Lease, str]]:
    """→ those of `owner`, and those of others, with whose they are."""
    held = await tx.execute(
        select(col(Row.id), col(Row.lease_number), col(Row.lease_owner)).where(col(Row.state) == "leased")
    )
    own: set[Lease] = set()
    others: dict[Lease, str] = {}
    for id, number, by in held.all():
        if by == owner:
            own.add((id, number))
        else:
            others[id, number] = by or ""
    return own, others


class Watch:
    """Watches others' leases until they are certainly dead."""

    def __init__(self, monotonic: Callable[[], float], dead_after: float = DEAD_AFTER) -> None:
        self._monotonic = monotonic
        self._dead_after = dead_after
        self._seen: dict[Lease, float] = {}

    def dead(self, leases: set[Lease]) -> set[Lease]:
        """Those of `leases` that have been seen, the same, for long enough."""
        now = self._monotonic()
        self._seen = {lease: self._seen.get(lease, now) for lease in leases}
        return {lease for lease, since in self._seen.items() if now - since >= self._dead_after}

    def soonest(self) -> float:
        """Seconds until the first that is watched will have been seen for long enough; infinite where none is."""
        now = self._monotonic()
        return min((since + self._dead_after - now for since in self._seen.values()), default=math.inf)
