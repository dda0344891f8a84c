"""What became of an attempt, written into its row: done, tried again and when, or refused for good."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.clock import Clock
from bot.errors import Temporary
from bot.outbox.delivery import NotSent, Sent, Uploaded
from bot.outbox.pauses import Pauses
from bot.outbox.tables import OutgoingFile, OutgoingMessage
from bot.outbox.waiting import Limited
from bot.slack.errors import OutcomeUnknown, RateLimited

Report = Callable[[AsyncSession, OutgoingMessage, str], Awaitable[None]]
"""Called in the transaction that records a failure for good, with the reason."""

log = structlog.get_logger()


@dataclass(frozen=True)
class NotBegun:
    """Leased with others of its lane, and given back: the one before it took too long, or failed."""


Outcome = Sent | Uploaded | NotBegun | Exception
"""What became of a lease."""


class Outcomes:
    def __init__(self, clock: Clock, pauses: Pauses, report: Report | None) -> None:
        self._clock = clock
        self._pauses = pauses
        self._report = report

    async def write(self, tx: AsyncSession, current: OutgoingMessage, outcome: Outcome) -> None:
        """Ends the lease of `current`, the row as it is now."""
        current.lease_owner = None
        if isinstance(outcome, NotBegun | NotSent):  # an attempt that did nothing is none
            current.attempts -= 1
            current.first_attempt_at = current.first_attempt_at if current.attempts else None
        if isinstance(outcome, NotBegun):
            current.state = "pending"
        elif isinstance(outcome, Sent):
            self._sent(current, outcome)
        elif isinstance(outcome, Uploaded):
            await self._uploaded(tx, current, outcome)
        elif isinstance(outcome, Temporary):
            self._again(current, outcome)
        elif isinstance(outcome, NotSent) or current.withdrawn:  # refused meanwhile, and of no use any more
            current.state, current.ambiguous = "cancelled", False
            current.last_error, current.done_at = str(outcome), self._clock.now()
            _forget(current)
        else:
            await self._failed(tx, current, outcome)
        if current.kind == "file" and current.state != "pending":
            await tx.execute(delete(OutgoingFile).where(col(OutgoingFile.outbox_id) == current.id))

    def _sent(self, row: OutgoingMessage, sent: Sent) -> None:
        posted = row.ts is None and sent.ts is not None
        row.sent_version = sent.version
        row.posted_channel, row.ts = sent.channel or row.posted_channel, sent.ts or row.ts
        row.ambiguous, row.withdrawn, row.attempts, row.last_error = False, False, 0, ""
        if posted:
            row.lane = f"{row.posted_channel}/updates"
        if row.version > row.sent_version and row.ts is not None:
            row.state = "pending"
        else:
            row.state, row.done_at = "done", self._clock.now()
            _forget(row)

    async def _uploaded(self, tx: AsyncSession, row: OutgoingMessage, uploaded: Uploaded) -> None:
        """The next attempt, at once, shares what is there now under an id that we shall not forget."""
        file = await tx.get_one(OutgoingFile, row.id)
        file.slack_id = uploaded.slack_id
        row.state, row.ambiguous, row.attempts, row.last_error = "pending", False, 0, ""

    def _again(self, row: OutgoingMessage, error: Temporary) -> None:
        row.state, row.last_error = "pending", str(error)
        if isinstance(error, RateLimited):
            row.attempts -= 1  # to be told to wait is not a failure
            self._pauses.method(error.method, row.lane, error.seconds)
        elif isinstance(error, Limited):
            row.attempts -= 1
            self._pauses.wait(row.id, error.seconds)
        else:
            row.ambiguous = row.ambiguous or (isinstance(error, OutcomeUnknown) and row.ts is None)
            self._pauses.row(row.id, row.attempts)
            log.info("outbox tries again", key=row.key, attempts=row.attempts, reason=str(error))

    async def _failed(self, tx: AsyncSession, row: OutgoingMessage, error: Exception) -> None:
        row.state, row.last_error, row.done_at = "failed", str(error), self._clock.now()
        log.warning("outbox was refused", key=row.key, reason=str(error))
        if self._report is not None:
            await self._report(tx, row, str(error))
        _forget(row)


def _forget(row: OutgoingMessage) -> None:
    """What one person was answered is not kept once it is over: the capability to answer, and what may be a secret."""
    row.response_url = None
    if row.kind == "reply" or row.ephemeral_to:
        row.content = {}
