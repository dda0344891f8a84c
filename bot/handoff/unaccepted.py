"""A handoff that nobody accepts pages the incoming region: somebody may have overslept, and the other one has gone.

Only the newest counts: an older one is over with the shift that it was about. What is accepted ends its page.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory
from bot.handoff.tables import Handoff
from bot.paging.model import Alarm, Reason
from bot.paging.service import Paging
from bot.store.database import Database

FURTHEST_BACK = timedelta(hours=4)
"""After a longer outage nobody is paged for it: there are other signs that nobody has been there."""


class Unaccepted:
    def __init__(self, db: Database, clock: Clock, directory: Callable[[], Directory], paging: Paging) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._paging = paging

    async def tick(self) -> None:
        """Pages once for a handoff, and ends the page when it is accepted."""
        within = self._directory().accept_handoffs_within
        if not within:
            return
        now = self._clock.now()
        async with self._db.read() as tx:
            handoff = await _newest(tx)
            source = f"handoff/{handoff.id}/unaccepted" if handoff else ""
            paged = await self._paging.stands(tx, source)
        if handoff is None:
            return
        late = within <= now - handoff.published_at and now - handoff.boundary <= FURTHEST_BACK
        if handoff.accepted_at is None and late and paged is None:
            await self._page(handoff.id, source, now)
        elif handoff.accepted_at is not None and paged:
            async with self._db.write() as tx:
                await self._paging.settle_source(tx, source, handoff.accepted_by, now)
            self._paging.wake()

    async def _page(self, number: int | None, source: str, now: datetime) -> None:
        async with self._db.write() as tx:
            handoff = await tx.get(Handoff, number, with_for_update=True)
            if handoff is None or handoff.accepted_at is not None:
                return
            await self._paging.raise_in(tx, self._alarm(handoff, source), now)
        self._paging.wake()

    def _alarm(self, handoff: Handoff, source: str) -> Alarm:
        region = self._directory().region(handoff.incoming_region)
        name = region.name if region else handoff.incoming_region
        count = len(handoff.facts.get("items", ()))
        waiting = f"{count} open request{'' if count == 1 else 's'} wait{'s' if count == 1 else ''} for somebody."
        minutes = int(self._directory().accept_handoffs_within.total_seconds() // 60)
        because = f"nobody has accepted the handoff in {minutes} minutes"
        title = f"Nobody in {name} has accepted the handoff"
        body = f"{waiting} Accept it in <#{self._directory().handoff_channel}>."
        return Alarm(source, Reason(title, body, because), handoff.incoming_region)


async def _newest(tx: AsyncSession) -> Handoff | None:
    return (await tx.scalars(select(Handoff).order_by(col(Handoff.boundary).desc()).limit(1))).first()
