"""Heartbeats: a silence pages once, and the return ends its page and says for how long it was away.

All that is known is in rows, so a restart neither forgets a silence nor pages for it twice. What could not be heard
because Heliograph was away is nobody's silence: the interval begins anew then. So it does where the clock was set back:
what was heard "in the future" would else keep a dead thing alive until then. What leaves the roster file is forgotten,
and its page ends; if it comes back it is a new one.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot import clock as clocks
from bot.alerts import beats, standing
from bot.alerts.beats import Heartbeat
from bot.alerts.standing import Standing
from bot.alerts.tables import HeartbeatRow
from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.paging.model import Alarm, PageState, Reason
from bot.paging.service import Paging
from bot.paging.tables import Page
from bot.paging.upkeep import Upkeep
from bot.slack.render import Renderer
from bot.store import claims, rows
from bot.store.database import Database


class Heartbeats:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        wanted: Callable[[], tuple[Heartbeat, ...]],
        paging: Paging,
        upkeep: Upkeep,
        renderer: Renderer,
        wake: Callable[[], None],
        monotonic: Callable[[], float] = clocks.monotonic,
    ) -> None:
        """`monotonic` in seconds of real time."""
        self._db = db
        self._clock = clock
        self._wanted = wanted
        self._paging = paging
        self._upkeep = upkeep
        self._renderer = renderer
        self._wake = wake
        self._monotonic = monotonic
        self._looked: float | None = None
        """When this process looked last, by `monotonic`."""

    def find(self, id: str) -> Heartbeat | None:
        return next((one for one in self._wanted() if one.id == id), None)

    async def heard(self, beat: Heartbeat) -> datetime:
        """It called. → before when it has to call again."""
        now = self._clock.now()
        async with self._db.write() as tx:
            row = await self._row(tx, beat, now)
            if row.silent and row.page is not None:
                since = row.heard_at or row.watched_at
                title = self._renderer.text("alerts/returned", beat=beat, since=since, now=now).strip()
                await self._upkeep.revise(tx, row.page, title, title)
                await self._upkeep.end(tx, row.page, now, title)
            if row.silent:
                row.silent, row.page, row.episode = False, None, row.episode + 1
            row.heard_at = now
        self._wake()
        return beat.deadline(now, now)

    async def standing(self, who: Actor) -> tuple[Standing, ...]:
        """How each stands, for the team."""
        access.require(who, Right.ANSWER_PAGE)
        return await standing.look(self._db, self._wanted())

    async def tick(self) -> None:
        now, wanted = self._clock.now(), self._wanted()
        if not wanted and not await self._remembers():
            return
        async with self._db.write() as tx:
            looked = await claims.turn(tx, "heartbeats", now)
            away = self._was_away() and (looked is None or now - looked > beats.ABSENCE)
            known = {row.id: row for row in (await tx.scalars(select(HeartbeatRow).with_for_update())).all()}
            for beat in wanted:
                row = known.pop(beat.id, None) or await self._row(tx, beat, now)
                await self._look(tx, beat, row, away, now)
            for row in known.values():
                await self._forget(tx, row, now)
        self._looked = self._monotonic()
        self._wake()

    def _was_away(self) -> bool:
        """It has just started, or could not look for so long: its database was away, and calls got 503."""
        return self._looked is None or self._monotonic() - self._looked > beats.ABSENCE.total_seconds()

    async def _remembers(self) -> bool:
        async with self._db.read() as tx:
            return (await tx.scalars(select(HeartbeatRow.id).limit(1))).first() is not None

    async def _look(self, tx: AsyncSession, beat: Heartbeat, row: HeartbeatRow, away: bool, now: datetime) -> None:
        row.watched_at = now if away and not row.silent else min(row.watched_at, now)
        row.heard_at = min(row.heard_at, now) if row.heard_at else None
        if row.silent:
            if await self._given_up(tx, beat, row, now):
                row.episode += 1
                await self._page(tx, beat, row, now)
        elif beat.deadline(row.heard_at, row.watched_at) <= now:
            await self._page(tx, beat, row, now)

    async def _given_up(self, tx: AsyncSession, beat: Heartbeat, row: HeartbeatRow, now: datetime) -> bool:
        """Somebody resolved its page, and it has not called for a whole interval since: nobody looks after it."""
        page = await tx.get(Page, row.page) if row.page is not None else None
        if page is None or page.state != PageState.RESOLVED or page.answered_at is None:
            return False
        return beat.deadline(page.answered_at, page.answered_at) <= now

    async def _forget(self, tx: AsyncSession, row: HeartbeatRow, now: datetime) -> None:
        if row.silent and row.page is not None:
            title = self._renderer.text("alerts/removed", id=row.id).strip()
            await self._upkeep.revise(tx, row.page, title, title)
            await self._upkeep.end(tx, row.page, now, title)
        await tx.delete(row)

    async def _page(self, tx: AsyncSession, beat: Heartbeat, row: HeartbeatRow, now: datetime) -> None:
        values = {"beat": beat, "heard": row.heard_at, "now": now}
        reason = Reason(
            self._renderer.text("alerts/silent_title", **values).strip(),
            self._renderer.text("alerts/silent", **values).strip(),
            "a heartbeat that does not come",
        )
        source = f"heartbeat/{beat.id}/{row.watched_at:%Y%m%dT%H%M%S}/{row.episode}"
        alarm = Alarm(source, reason, region=beat.region)
        page = await self._paging.raise_in(tx, alarm, now)
        row.silent, row.page = True, page.id

    async def _row(self, tx: AsyncSession, beat: Heartbeat, now: datetime) -> HeartbeatRow:
        await rows.insert_new(tx, HeartbeatRow(id=beat.id, watched_at=now))
        query = select(HeartbeatRow).where(col(HeartbeatRow.id) == beat.id).with_for_update()
        return (await tx.scalars(query)).one()
