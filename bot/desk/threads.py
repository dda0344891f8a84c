"""Which request a thread belongs to, and whose thread it is. Reads rows, changes none."""

import re
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.desk import lifecycle
from bot.desk.lifecycle import State
from bot.desk.tables import Request
from bot.outbox.api import Outbox

_OURS = re.compile(r"request/(\d+)/(root|card/\d+)")
"""The messages of ours that a thread hangs on: in the client's channel, and the triage card."""


@dataclass(frozen=True)
class Thread:
    """`request` is the one it was opened for; what became of that is another question (see `settled`)."""

    request: int
    clients: bool
    """The client's thread; else it is the team's, under the card."""


async def find(tx: AsyncSession, outbox: Outbox, channel: str, thread_ts: str) -> Thread | None:
    """None where the thread is no request's. Of several in one thread the open one, then the newest."""
    asked = select(Request).where(col(Request.channel) == channel, col(Request.thread_ts) == thread_ts)
    there = list((await tx.scalars(asked.order_by(col(Request.id)))).all())
    if there:
        newest = max(there, key=lambda r: (State(r.state) in lifecycle.OPEN, r.id or 0))
        assert newest.id is not None
        return Thread(newest.id, clients=True)
    key = await outbox.key_at(tx, channel, thread_ts)
    ours = _OURS.fullmatch(key) if key else None
    return Thread(int(ours[1]), clients=ours[2] == "root") if ours else None


async def settled(tx: AsyncSession, request: Request) -> Request:
    """The request that goes on with this one: itself, or what it was merged into, and that one in turn."""
    seen = {request.id}
    while request.merged_into is not None and request.merged_into not in seen:
        into = await tx.get(Request, request.merged_into, with_for_update=True)
        if into is None:
            break
        request = into
        seen.add(request.id)
    return request


async def parts(tx: AsyncSession, request: Request) -> list[Request]:
    """What goes on with `request` and is talked about in other threads, the oldest first: one for each thread."""
    found: dict[int, Request] = {}
    wanted = {request.id}
    while wanted:
        query = select(Request).where(col(Request.merged_into).in_(wanted)).order_by(col(Request.id))
        new = [r for r in (await tx.scalars(query)).all() if r.id not in found and r.id != request.id]
        found |= {r.id: r for r in new if r.id is not None}
        wanted = {r.id for r in new}
    threads = {_thread(r): r for r in found.values()}
    threads.pop(_thread(request), None)
    return sorted(threads.values(), key=lambda r: r.id or 0)


def _thread(request: Request) -> tuple[str, str]:
    """Where Heliograph began the thread it is the request's own."""
    return request.channel, request.thread_ts or f"request/{request.id}"
