"""What is to be done by a time: promises of an update, and response targets. Made by people, told by the clock.

What is due is a row, so that a restart, a second replica or a clock that jumped changes nothing: each tick looks for
what is due, and does it under the request's lock, once. After an outage what is late is done at once, and a warning
that would come after the fact is left out.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import clocks, each, lifecycle, promises, rows
from bot.desk.clocks import Kind
from bot.desk.lifecycle import State, Verb
from bot.desk.messages import Messages
from bot.desk.model import Wish
from bot.desk.moves import Move, Moves
from bot.desk.promises import Step
from bot.desk.reminders import Reminders
from bot.desk.tables import Promise, Request, ResponseClock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory
from bot.errors import Conflict, UserError
from bot.paging.model import Reason
from bot.paging.service import Paging
from bot.store.database import Database


class Deadlines:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        moves: Moves,
        paging: Paging,
        messages: Messages,
        reminders: Reminders,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._moves = moves
        self._paging = paging
        self._messages = messages
        self._says = reminders

    def check(self, due: datetime) -> None:
        """Raises `UserError` where nothing can be promised for then."""
        promises.checked(due, self._clock.now())

    async def next_promise(self, request_id: int) -> Promise | None:
        """What the client of a request waits for, the next first."""
        async with self._db.read() as tx:
            return await promises.next_of(tx, request_id)

    async def promise(self, who: Actor, request_id: int, due: datetime, words: str, source: str) -> None:
        """Tells the client when it hears next, with `words` if there are any. A repeated `source` is one promise."""
        access.require(who, Right.HANDLE_REQUEST)
        async with self._db.write() as tx:
            await self._promise(tx, who, await rows.locked(tx, request_id), due, words.strip(), source)
        self._says.wake()

    async def confirm(self, who: Actor, request_id: int, message: int, due: datetime | None) -> None:
        """What was said in a message (its row) was meant as a promise, or was not (None)."""
        access.require(who, Right.HANDLE_REQUEST)
        async with self._db.write() as tx:
            request = await rows.locked(tx, request_id)
            if due is not None:
                await self._promise(tx, who, request, due, "", f"said/{message}")
            await self._says.confirmed(tx, request, message, due, who.slack)
        self._says.wake()

    async def done(self, who: Actor, promise_id: int) -> None:
        """The client has heard in another way. Raises `Conflict` where it had already."""
        access.require(who, Right.HANDLE_REQUEST)
        now = self._clock.now()
        async with self._db.write() as tx:
            promise = await tx.get(Promise, promise_id)
            request = await rows.locked(tx, promise.request if promise else 0)
            promise = await promises.locked(tx, promise_id)
            if promise.ended_at is not None:
                raise Conflict("This promise is settled already.", hint="Nothing was changed.")
            await self._moves.heard(tx, request, who.slack, now)
            await self._messages.redrawn(tx, request, now)
        self._says.wake()

    async def tick(self) -> None:
        """Each by itself, so that one that cannot be done does not hold up the others."""
        now = self._clock.now()
        async with self._db.read() as tx:
            fresh = list((await tx.scalars(_unmeasured(lifecycle.OPEN))).all())
            due = list((await tx.scalars(_due_promises(now))).all())
            late = list((await tx.execute(_due_clocks(now))).all())
        for request_id in fresh:
            await each.by_itself("clocks of a request", request_id, self._measure(request_id, now))
        for promise_id in due:
            await each.by_itself("promise", promise_id, self._turn(promise_id, now))
        for clock_id, request_id in late:
            await each.by_itself("response clock", clock_id, self._late(clock_id, request_id, now))
        if fresh or due or late:
            self._says.wake()

    async def _promise(
        self, tx: AsyncSession, who: Actor, request: Request, due: datetime, words: str, source: str
    ) -> None:
        now = self._clock.now()
        if (await tx.scalars(select(Promise.id).where(col(Promise.source) == source))).first() is not None:
            return
        if State(request.state) not in lifecycle.OPEN:
            raise Conflict(f"R-{request.id} is {lifecycle.words(State(request.state))}.", hint="Reopen it first.")
        if why := self._messages.door.shut(request):
            raise UserError(f"Nothing was promised. {why}", hint="Reach the client in another way.")
        promises.checked(due, now)
        if words:
            await self._moves.answered(tx, request, who.slack, now)
        rules = self._directory().promises
        made = await promises.make(tx, request, who.slack, due, now, rules, source)
        if made is None:
            return
        if not words:
            await self._moves.answered(tx, request, who.slack, now, spare=source)
        await rows.note(tx, request, now, who.slack, "promised an update", f"by {due:%Y-%m-%d %H:%M} UTC")
        await self._says.promised(tx, request, made, words)
        await self._messages.redrawn(tx, request, now)

    async def _turn(self, promise_id: int, now: datetime) -> None:
        async with self._db.write() as tx:
            promise = await tx.get(Promise, promise_id)
            request = await rows.locked(tx, promise.request if promise else 0)
            promise = await promises.locked(tx, promise_id)
            await tx.refresh(promise)
            if promise.next_at is None or promise.next_at > now:
                return
            turn = promises.turn(Step(promise.step), promise.due_at, now, self._directory().promises)
            promise.step, promise.next_at = turn.then.value, turn.at
            if turn.does is Step.REMIND:
                await self._says.remind(tx, request, promise)
            elif turn.does is Step.BREAK:
                await self._break(tx, request, promise, now)
            else:
                reason = f"an update was promised by {promise.due_at:%Y-%m-%d %H:%M} UTC and did not come"
                await self._moves.carry_out(tx, request, Move(Verb.ESCALATE, "", now, Wish(reason=reason)))

    async def _break(self, tx: AsyncSession, request: Request, promise: Promise, now: datetime) -> None:
        promise.state = promises.Fate.BROKEN.value
        detail = f"an update by {promise.due_at:%Y-%m-%d %H:%M} UTC"
        await rows.note(tx, request, now, "", "promise broken", detail)
        await self._says.broken(tx, request, promise)
        await self._messages.redrawn(tx, request, now)

    async def _measure(self, request_id: int, now: datetime) -> None:
        """A request from before there were clocks gets its own."""
        async with self._db.write() as tx:
            await clocks.follow(tx, self._directory(), await rows.locked(tx, request_id), now)

    async def _late(self, clock_id: int, request_id: int, now: datetime) -> None:
        async with self._db.write() as tx:
            request = await rows.locked(tx, request_id)
            clock = await tx.get(ResponseClock, clock_id, with_for_update=True)
            if clock is None or clock.ended_at is not None or clock.breached_at is not None or clock.due_at is None:
                return
            if clock.due_at <= now:
                clock.breached_at, clock.warn_at = clock.due_at, None
                await self._breached(tx, request, clock, now)
            elif clock.warn_at is not None and clock.warn_at <= now:
                clock.warned_at, clock.warn_at = now, None
                await self._says.warn(tx, request, clock)
            else:
                return
            await tx.flush()
            await self._messages.redrawn(tx, request, now)

    async def _breached(self, tx: AsyncSession, request: Request, clock: ResponseClock, now: datetime) -> None:
        """Pages once, or tells the people of the page about it that is still open: two pages wake nobody twice as well.

        The source has the round only where there is more than one.
        """
        assert request.id is not None
        what = clocks.WORDS[Kind(clock.kind)]
        await rows.note(tx, request, now, "", "target missed", f"{what}, due {clock.due_at:%Y-%m-%d %H:%M} UTC")
        about = self._messages.page_reason(request, weekend=False)
        reason = Reason(about.title, about.body, f"a late {what}: it was due {clock.due_at:%Y-%m-%d %H:%M} UTC")
        number = f"/{clock.round}" if clock.kind == Kind.NEXT_UPDATE else ""
        if await self._paging.further(tx, request.id, reason.because, f"{clock.kind}{number}"):
            return
        source = f"request/{request.id}/breach/{clock.kind}{number}"
        await self._paging.raise_in(tx, self._messages.alarm(request, source, reason, ""), now)


def _unmeasured(states: Iterable[State]):  # type: ignore[no-untyped-def]
    measured = select(ResponseClock.id).where(col(ResponseClock.request) == col(Request.id)).exists()
    open_ = col(Request.state).in_([s.value for s in states])
    return select(Request.id).where(open_, ~measured).order_by(col(Request.id))


def _due_promises(now: datetime):  # type: ignore[no-untyped-def]
    return select(Promise.id).where(col(Promise.next_at) <= now).order_by(col(Promise.next_at), col(Promise.id))


def _due_clocks(now: datetime):  # type: ignore[no-untyped-def]
    running = (col(ResponseClock.ended_at).is_(None), col(ResponseClock.breached_at).is_(None))
    ripe = (col(ResponseClock.warn_at) <= now) | (col(ResponseClock.due_at) <= now)
    return select(ResponseClock.id, ResponseClock.request).where(*running, ripe).order_by(col(ResponseClock.id))
