"""How each heartbeat stands: when it was heard last, when it has to call again, whether it is silent. Only looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import select

from bot.alerts.beats import Heartbeat
from bot.alerts.tables import HeartbeatRow
from bot.store.database import Database


@dataclass(frozen=True)
class Standing:
    """Without `heard_at` it has never called; without `before` nobody has watched it yet. No region: who leads."""

    id: str
    name: str
    region: str
    every: timedelta
    heard_at: datetime | None
    before: datetime | None
    silent: bool
    page: int | None
    """What its silence raised."""


async def look(db: Database, wanted: Sequence[Heartbeat]) -> tuple[Standing, ...]:
    """Those of the roster file, the silent ones first."""
    async with db.read() as tx:
        known = {row.id: row for row in (await tx.scalars(select(HeartbeatRow))).all()}
    found = [_standing(beat, known.get(beat.id)) for beat in wanted]
    return tuple(sorted(found, key=lambda one: not one.silent))


def _standing(beat: Heartbeat, row: HeartbeatRow | None) -> Standing:
    before = beat.deadline(row.heard_at, row.watched_at) if row else None
    return Standing(
        id=beat.id,
        name=beat.name,
        region=beat.region,
        every=beat.every,
        heard_at=row.heard_at if row else None,
        before=before,
        silent=bool(row and row.silent),
        page=row.page if row else None,
    )
