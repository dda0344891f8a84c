"""The watchman: what should have happened and did not. It puts right what it can, and says so to the admins once.

Each look asks anew. What is seen for the first time is only suspected, since the one whose work it is may be at it;
what the next look still sees is acted upon. What stays wrong then is a trouble, and while there is one the dead-man's
switch (`bot.watchman.deadman`) is not told that all is well.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.errors import BotError
from bot.handoff.service import Handoffs
from bot.outbox import queue
from bot.outbox import set_back as message_waits
from bot.outbox.api import Destination, Outbox, Priority
from bot.outbox.tables import OutgoingMessage
from bot.paging import set_back as page_waits
from bot.paging.model import Escalation, PageState
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.slack.render import Renderer
from bot.store.database import Database
from bot.watchman.pulse import Pulse

STEP_LATE = timedelta(minutes=1)
"""A page's next step is overdue."""
SENT_LATE = timedelta(minutes=5)
"""What a page says to somebody has not left."""
TICK_LATE = 120.0
"""Seconds of real time in which every tick comes to a good end."""
LEASE_DEAD = 3 * queue.DEAD_AFTER
"""Seconds after which the outbox itself should have taken a lease from whoever died with it."""

PUT_RIGHT = Counter("heliograph_watchman_put_right", "What the watchman found and put right.", ["kind"])
TROUBLES = Gauge("heliograph_watchman_troubles", "What the watchman sees and cannot put right.", ["kind"])
log = structlog.get_logger()


class Kind(StrEnum):
    STEP = "step"
    BOUNDARY = "boundary"
    LEASE = "lease"
    UNSENT = "unsent"
    CLOCK = "clock"
    TICK = "tick"
    DATABASE = "database"


@dataclass(frozen=True)
class Finding:
    """`subject` is new with each occasion, so that each is told once."""

    kind: Kind
    subject: str
    said: str


class Watchman:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        paging: Paging,
        handoffs: Handoffs,
        outbox: Outbox,
        renderer: Renderer,
        pulse: Pulse,
        channel: Callable[[], str],
        escalation: Callable[[], Escalation],
        monotonic: Callable[[], float],
    ) -> None:
        self._db = db
        self._clock = clock
        self._paging = paging
        self._handoffs = handoffs
        self._outbox = outbox
        self._renderer = renderer
        self._pulse = pulse
        self._channel = channel
        self._escalation = escalation
        self._leases = queue.Watch(monotonic, LEASE_DEAD)
        self._suspected: set[Finding] = set()

    async def look(self) -> list[Finding]:
        """→ what is wrong and stays so. Never raises for what it finds, a database that is gone among it."""
        try:
            troubles = await self._looked()
        except BotError as error:
            log.warning("the watchman cannot look", error=str(error))
            troubles = [Finding(Kind.DATABASE, "database", f"The database does not answer: {error}")]
        for kind in Kind:
            TROUBLES.labels(kind.value).set(sum(one.kind is kind for one in troubles))
        return troubles

    async def _looked(self) -> list[Finding]:
        found = await self._findings()
        sure, self._suspected = found & self._suspected, found
        if not sure:
            return []
        await self._put_right(sure)
        left = sure & await self._findings()
        for one in sure:
            log.warning("the watchman found", kind=one.kind.value, subject=one.subject, put_right=one not in left)
        for one in sure - left:
            PUT_RIGHT.labels(one.kind.value).inc()
        await self._tell(sure, left)
        return sorted(left, key=lambda one: (one.kind, one.subject))

    async def _findings(self) -> set[Finding]:
        async with self._db.read() as tx:
            pages = (*await self._steps(tx), *await self._unsent(tx), *await self._set_back(tx))
            return {*pages, *await self._boundary(tx), *await self._dead(tx), *self._ticks()}

    async def _steps(self, tx: AsyncSession) -> list[Finding]:
        late = (col(Page.state) == PageState.OPEN.value, col(Page.due_at) <= self._clock.now() - STEP_LATE)
        pages = (await tx.scalars(select(Page).where(*late))).all()
        return [Finding(Kind.STEP, f"{p.id}/{p.contacts}", f"The next step of P-{p.id} was overdue.") for p in pages]

    async def _boundary(self, tx: AsyncSession) -> list[Finding]:
        change = await self._handoffs.missing(tx, self._clock.now())
        if change is None:
            return []
        said = f"The lead went over at {change.at:%H:%M} UTC and no handoff was published."
        return [Finding(Kind.BOUNDARY, f"{change.at:%Y%m%dT%H%M}", said)]

    async def _unsent(self, tx: AsyncSession) -> list[Finding]:
        row = OutgoingMessage
        late = (
            col(row.state) == "pending",
            col(row.priority) == Priority.PAGE,
            col(row.sent_version) == 0,
            col(row.due_at) <= self._clock.now() - SENT_LATE,
        )
        keys = (await tx.scalars(select(row.key).where(*late))).all()
        return [Finding(Kind.UNSENT, key, f"A page's message has not left for minutes: {key}.") for key in keys]

    async def _dead(self, tx: AsyncSession) -> list[Finding]:
        own, others = await queue.leases(tx, "")
        dead = self._leases.dead(own | set(others))
        return [
            Finding(Kind.LEASE, f"{id}/{number}", "A message was held by a sender that died.") for id, number in dead
        ]

    async def _set_back(self, tx: AsyncSession) -> list[Finding]:
        """What waits for an instant that is far away again."""
        now, said = self._clock.now(), "as after a clock that was set back"
        page = f"would wait longer than its policy says, {said} or an edit that shortens its waits"
        found = [
            Finding(Kind.CLOCK, f"page/{p.id}/{p.contacts}", f"P-{p.id} {page}.")
            for p in await page_waits.waiting(tx, self._escalation(), now)
        ]
        if key := await message_waits.first_waiting(tx, now):
            found.append(Finding(Kind.CLOCK, key, f"Messages were not to leave before a time that is over, {said}."))
        return found

    def _ticks(self) -> list[Finding]:
        silent = self._pulse.silent(TICK_LATE)
        return [Finding(Kind.TICK, name, f"“{name}” has not come to a good end for minutes.") for name in silent]

    async def _put_right(self, sure: set[Finding]) -> None:
        """Takes the steps, frees the leases, publishes the handoff, wakes the sender. What hangs needs a restart."""
        if any(one.kind is Kind.CLOCK for one in sure):
            async with self._db.write() as tx:
                await page_waits.begin_anew(tx, self._escalation(), self._clock.now())
                await message_waits.send_now(tx, self._clock.now())
        if any(one.kind is Kind.STEP for one in sure):
            await self._paging.tick()
        dead = {_lease(one.subject) for one in sure if one.kind is Kind.LEASE}
        if dead:
            async with self._db.write() as tx:
                await queue.take_over(tx, dead)
        if any(one.kind is Kind.BOUNDARY for one in sure):
            await self._handoffs.make_up()
        self._outbox.wake()

    async def _tell(self, sure: set[Finding], left: set[Finding]) -> None:
        day = f"{self._clock.now():%Y%m%d}"
        async with self._db.write() as tx:
            for one in sorted(sure, key=lambda one: (one.kind, one.subject)):
                message = self._renderer.message("common/watchman", said=one.said, right=one not in left)
                key = f"watchman/{one.kind.value}/{one.subject}/{day}/{'left' if one in left else 'right'}"
                await self._outbox.post(tx, key, Destination(channel=self._channel()), message)
        self._outbox.wake()


def _lease(subject: str) -> queue.Lease:
    id, _, number = subject.rpartition("/")
    return id, int(number)
