"""Sends what the outbox holds. Never lost: a row stays until it is done. At most one visible copy: see `delivery`.

Each look leases the first row of every free lane, and each lane sends in a task of its own, so that a slow or limited
channel holds up nobody else. The lane of a contact method goes on by itself with the pages that wait there. What was
sent is recorded for as long as that takes; if the process dies in between, whoever takes the lease over finds the
message in the channel. Back-off and time-outs are real time, `due` and `expires` are the clock's.
"""

import asyncio
import contextlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock as clocks
from bot import rush as rushes
from bot.clock import Clock
from bot.errors import BotError, Temporary
from bot.outbox import alive, budget, delivery, faults, queue, telling
from bot.outbox.api import OwnerOf, Priority
from bot.outbox.delivery import Delivery, NotSent, Sent
from bot.outbox.outcome import NotBegun, Outcome, Outcomes, Report
from bot.outbox.pauses import Pauses
from bot.outbox.tables import OutgoingFile, OutgoingMessage
from bot.outbox.worker import Worker
from bot.slack.errors import OutcomeUnknown
from bot.slack.gateway import Gateway, Posted
from bot.store import ids
from bot.store.database import Database
from bot.store.together import Together


@dataclass(frozen=True)
class Leased:
    """A row that is ours to send, with the thread's root and the file that belong to it."""

    row: OutgoingMessage
    root: Posted | None
    file: OutgoingFile | None


ATTEMPT_SECONDS = 45.0
"""An attempt ends before this, well before others may think its lease dead (`queue.DEAD_AFTER`)."""

TOGETHER_SECONDS = 2.0
"""For so long the rows that were leased together are begun; one may be cancelled meanwhile, and we do not hear it.
Those that are left then are given back."""

PAGES_FIRST = 1.0
"""Seconds for which nothing else begins after a page has. One that hangs for longer holds up nobody."""

ARRIVES = 1.0
"""Seconds in which what a process sent that is dead by now arrives, or never. On SQLite it was dead before we began."""

SOON = 0.02
"""Seconds between two looks at the least."""

POST = "chat.postMessage"

log = structlog.get_logger()


@dataclass(frozen=True)
class Pace:
    """How the sender goes about it. All in seconds of real time."""

    poll: float = 0.5
    """Between two looks for what has fallen due; `wake` looks at once."""
    window: float = budget.WINDOW
    """In which a channel gets a few posts and no more; 0: as many as there are."""
    rest: float = 2.0
    """After a look, so many times as long as it took."""
    at_once: int = 16
    """Lanes at work at once. Pages are not counted."""
    in_a_rush: int = 2
    """As many while people are at the door."""
    dead_after: float = queue.DEAD_AFTER


class Sender:
    """One of a process. `run` sends until it is cancelled or stopped; `tick` sends once what is due, for tests."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        slack: Gateway,
        contacts: Callable[[str], str | None],
        *,
        owner_of: OwnerOf = lambda channel: None,
        written: delivery.Written = delivery.as_it_is,
        report: Report | None = None,
        pace: Pace = Pace(),
        rush: Callable[[], bool] = rushes.never,
        worker: Worker | None = None,
        monotonic: Callable[[], float] = clocks.monotonic,
    ) -> None:
        self.owner = ids.sortable(clock.now())
        """New in each process: nobody's lease is taken for one's own."""
        self._db = db
        self._records = Together(db, self._recorded_all, most=8)
        self._taken = Together(db, self._taken_all, alone=True)
        self._clock = clock
        self._worker = worker or Worker()
        self._delivery = Delivery(slack, contacts, self._worker.tell, owner_of, written)
        self._pace = pace
        self._rush = rush
        self._monotonic = monotonic
        self._made = monotonic()
        self._pauses = Pauses(monotonic)
        self._outcomes = Outcomes(clock, self._pauses, report)
        self._budget = budget.Budget(monotonic, pace.window)
        self._watch = queue.Watch(monotonic, 0.0 if db.dialect == "sqlite" else pace.dead_after)
        self._alive = alive.Alive(db, self.owner)
        self._gone = queue.Watch(monotonic, 0.0 if db.dialect == "sqlite" else alive.GONE_FOR)
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._paging: dict[str, float] = {}
        """Lanes that are at pages → when the latest of them began."""
        self._leases: set[queue.Lease] = set()
        """What is on its way in this process; a lease of ours that is not here was given without our hearing of it."""
        self._taking = 0
        """Lanes that take what follows, and may have leases already that are not there yet."""
        self._soonest = math.inf
        """Seconds from the last look until more falls due."""
        self._due = asyncio.Event()
        self._stopping = False
        self._running: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There may be something to send."""
        self._due.set()

    async def warm(self) -> None:
        """Contact methods will be needed: the first page is not to wait for their process."""
        with contextlib.suppress(telling.Ended):  # the page itself tries again
            await self._worker.start()

    def start(self) -> None:
        """`run`, in a task of its own."""
        self._running = asyncio.create_task(self.run(), name="outbox")

    async def run(self) -> None:
        """Sends until `stop`. Nothing that goes wrong ends it; what goes wrong is logged, and tried again."""
        while not self._stopping:
            self._due.clear()
            began = self._monotonic()
            try:
                await self._start()
            except Temporary as error:
                log.warning("outbox cannot look for what is due", reason=str(error))
            except Exception:
                log.exception("outbox cannot look for what is due")
            # While thousands wait, a look takes its time: others come to theirs, and one look finds more that may go.
            await asyncio.sleep(min(self._pace.rest * (self._monotonic() - began), self._pace.poll))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._until_next_look()):
                    await self._due.wait()

    def _until_next_look(self) -> float:
        """Seconds, unless something is written before: who waits for a try or a dead sender waits no longer for us."""
        return max(SOON, min(self._pace.poll, self._soonest, self._pauses.soonest(), self._gone.soonest()))

    async def stop(self, seconds: float = 10.0) -> None:
        """Takes nothing new, and waits at most so long for what is on its way. The rest the next process looks for."""
        self._stopping = True
        self._due.set()
        if self._running is not None:
            await self._running
        if self._lanes:
            _, late = await asyncio.wait(self._lanes.values(), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._worker.close()
        await self._alive.end()

    async def tick(self) -> int:
        """Sends the first row of each lane that is due now, and waits for it. → how many were tried."""
        started = await self._start()
        if started:
            await asyncio.wait(started)
        return len(started)

    async def _start(self) -> list[asyncio.Task[None]]:
        await self._alive.begin()
        now = self._clock.now()
        async with self._db.read() as tx:
            own, others = await queue.leases(tx, self.owner)
            dead = self._watch.dead(set(others)) | await self._orphans(tx, others)
            dead |= set() if self._taking else own - self._leases
            watched = set(others) if self._db.dialect == "postgresql" else set()
            ready = [] if dead else self._ready(await self._next(tx, now))
            due = None if ready else await queue.soonest_due(tx, now)
        self._soonest = (due - now).total_seconds() if due else math.inf
        if not dead and not ready:
            return []
        async with self._db.write() as tx:
            await queue.choosing(tx)
            if taken := await queue.take_over(tx, dead):
                log.warning("outbox took over from a sender that died", rows=taken)
                for id, _ in dead - watched:  # what the dead sent may arrive yet; who was watched is dead for a second
                    self._pauses.wait(id, ARRIVES - (self._monotonic() - self._made))
            if dead or self._db.dialect == "postgresql":  # another replica may have been faster
                ready = self._ready(await self._next(tx, now))
            rows = await queue.lease(tx, [row.number for row in ready], self.owner, now)
            roots = await queue.roots(tx, rows)
            files = {row.id: await queue.file_of(tx, row) for row in rows}
        faults.reach("outbox.leased")
        followed = {row.id for row in ready if row.followed}
        return [
            self._begin(Leased(row, roots.get(row.thread_of), files[row.id]), followed=row.id in followed)
            for row in rows
        ]

    async def _orphans(self, tx: AsyncSession, others: dict[queue.Lease, str]) -> set[queue.Lease]:
        """Leases of senders whose sessions have been gone for long enough."""
        if others and self._db.dialect == "postgresql":
            living = await alive.living(tx)
            others = {lease: owner for lease, owner in others.items() if alive.key(owner) not in living}
        return self._gone.dead(set(others))

    async def _next(self, tx: AsyncSession, now: datetime) -> list[queue.Waiting]:
        return await queue.next_rows(tx, now, list(self._lanes), self._pauses.paused_rows())

    def _ready(self, rows: list[queue.Waiting]) -> list[queue.Waiting]:
        """Those that need not wait, as many as may be at work at once; a page always may, and then nothing else."""
        now = self._monotonic()
        paging = any(now - began < PAGES_FIRST for began in self._paging.values())
        room = 0 if paging else (self._pace.in_a_rush if self._rush() else self._pace.at_once) - len(self._lanes)
        ready: list[queue.Waiting] = []
        for row in rows:
            if self._pauses.left(row.id, row.lane, methods := delivery.methods(row)) > 0:
                continue
            if POST in methods and self._budget.left(row.lane, row.priority) > 0:
                continue
            if row.priority != Priority.PAGE:
                if room <= 0 or (ready and ready[0].priority == Priority.PAGE):
                    continue
                room -= 1
            ready.append(row)
        return ready

    def _begin(self, one: Leased, *, followed: bool) -> asyncio.Task[None]:
        row, lane = one.row, one.row.lane
        task = asyncio.create_task(self._work(one, followed=followed), name=f"outbox {row.key}")
        if row.kind == "slack" and row.ts is None and not row.ephemeral_to:
            self._budget.spend(lane)
        self._lanes[lane] = task
        self._leases.add(_lease(row))

        def ended(_: asyncio.Task[None]) -> None:
            self._lanes.pop(lane, None)
            self._paging.pop(lane, None)
            self._due.set()

        task.add_done_callback(ended)
        return task

    async def _work(self, first: Leased, *, followed: bool) -> None:
        """The lane's first, and of a contact method the pages that follow it, until one fails for now.

        The next few are taken while the last that we have is on its way.
        """
        goes_on = followed and first.row.kind == "contact" and first.row.priority == Priority.PAGE
        waiting, since, leases = [first], self._monotonic(), {_lease(first.row)}
        try:
            while waiting:
                one, began = waiting.pop(0), self._monotonic()
                if one.row.priority == Priority.PAGE:
                    self._paging[one.row.lane] = began
                if goes_on and not waiting:
                    outcome, waiting = await asyncio.gather(self._attempt(one), self._following(one.row))
                    leases |= {_lease(each.row) for each in waiting}
                    since, goes_on = began, len(waiting) == queue.FEW
                else:
                    outcome = await self._attempt(one)
                faults.reach("outbox.sent_not_recorded")
                await self._recorded_surely(one.row, outcome)
                if isinstance(outcome, Temporary) or self._monotonic() - since > TOGETHER_SECONDS:
                    await asyncio.gather(*(self._recorded_surely(rest.row, NotBegun()) for rest in waiting))
                    return
        finally:
            self._leases -= leases

    async def _following(self, row: OutgoingMessage) -> list[Leased]:
        if self._stopping:
            return []
        self._taking += 1
        try:
            async with self._db.write(alone=True) as tx:
                rows = await queue.lease_following(tx, row, self._clock.now(), self._pauses.paused_rows())
            self._leases |= {_lease(row) for row in rows}
        except Exception as error:  # the one that is on its way must not suffer for it; a look finds what is left
            log.warning("outbox cannot take what follows", key=row.key, reason=f"{type(error).__name__}: {error}")
            return []
        finally:
            self._taking -= 1
        faults.reach("outbox.leased")
        return [Leased(row, None, None) for row in rows]

    async def _recorded_surely(self, row: OutgoingMessage, outcome: Outcome) -> None:
        tries = 0
        while True:
            try:
                await self._record(row, outcome)
                return
            except Temporary:
                tries += 1
                log.warning("outbox cannot record what it sent, trying again", key=row.key, tries=tries)
                await asyncio.sleep(min(5.0, 0.2 * tries))

    async def _attempt(self, one: Leased) -> Outcome:
        row = one.row
        if row.expires_at is not None and row.expires_at <= self._clock.now() and _may_expire(row):
            row.withdrawn = True
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await self._delivery.send(row, one.root, one.file)
        except TimeoutError:
            return OutcomeUnknown("The attempt took too long.")
        except (BotError, NotSent) as error:
            return error
        except Exception as error:
            log.exception("a defect in sending", key=row.key)
            return OutcomeUnknown(f"{type(error).__name__}: {error}")

    async def _record(self, row: OutgoingMessage, outcome: Outcome) -> None:
        plain = row.kind == "contact" and isinstance(outcome, Sent)
        if not plain or not await self._taken.do(row):
            await self._records.do((row, outcome))

    async def _taken_all(self, tx: AsyncSession, rows: list[OutgoingMessage]) -> list[bool]:
        done = await queue.taken(tx, rows, self.owner, self._clock.now())
        return [row.id in done for row in rows]

    async def _recorded_all(self, tx: AsyncSession, sent: list[tuple[OutgoingMessage, Outcome]]) -> list[None]:
        now = await queue.mine(tx, [row for row, _ in sent], self.owner)
        for row, outcome in sent:
            if row.id in now:
                await self._outcomes.write(tx, now[row.id], outcome)
            else:
                log.error("outbox lost a lease while sending", key=row.key)
        return [None] * len(sent)


def _lease(row: OutgoingMessage) -> queue.Lease:
    return row.id, row.lease_number


def _may_expire(row: OutgoingMessage) -> bool:
    """A reply is tried at least once: Slack knows better than a clock that was moved how old its URL is."""
    return row.ts is None and (row.kind != "reply" or row.attempts > 1)
