"""The rota as it stands: the file's, with the overrides, swaps and time off that the database has.

Composed once and kept until something changes: each change stamps `RosterVersion` anew in its own transaction, and
who reads compares the stamps. Rows that name somebody whom the file no longer has do not count.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.directory.model import Directory
from bot.roster import history, stints
from bot.roster.model import SwapState
from bot.roster.stints import Stint
from bot.roster.tables import OverrideRow, RosterVersion, SwapRow, TimeOffRow
from bot.store import ids, rows
from schedules.rota.model import Override, OverrideKind, Role, Rota, Swap, TimeOff

REMEMBERED = timedelta(days=400)
"""How far back what has ended is still composed: the ledger counts a year."""

Known = Callable[[str | None], bool]


class Standing:
    def __init__(self, clock: Clock, directory: Callable[[], Directory], rota: Callable[[], Rota]) -> None:
        self._clock = clock
        self._directory = directory
        self._rota = rota
        self._composed: tuple[Directory, Rota, str, Rota] | None = None

    async def rota(self, tx: AsyncSession) -> Rota:
        """As it stands in the caller's transaction. The same object until something changes."""
        directory, file, stamp = self._directory(), self._rota(), await _stamp(tx)
        kept = self._composed
        if kept and kept[0] is directory and kept[1] is file and kept[2] == stamp:
            return kept[3]
        composed = await self._compose(tx, directory, file)
        self._composed = (directory, file, stamp, composed)
        return composed

    async def changed(self, tx: AsyncSession) -> Rota:
        """Something that counts was written in this transaction: → the rota as it stands now.

        Until the transaction ends nobody else changes anything that counts.
        """
        await tx.flush()
        await rows.insert_new(tx, RosterVersion())
        await tx.execute(update(RosterVersion).values(stamp=ids.sortable(self._clock.now())))
        return await self._compose(tx, self._directory(), self._rota())

    async def alone(self, tx: AsyncSession) -> Rota:
        """From here to the end of the transaction nobody else changes the roster: → the rota as it stands."""
        await rows.insert_new(tx, RosterVersion())
        await tx.execute(select(RosterVersion).with_for_update())
        return await self.rota(tx)

    async def under(self, tx: AsyncSession, file: Rota) -> Rota:
        """As it stood, or would stand, with another file."""
        return await self._compose(tx, self._directory(), file)

    async def _compose(self, tx: AsyncSession, directory: Directory, file: Rota) -> Rota:
        now = self._clock.now()
        since = now - REMEMBERED
        people = {person.id for person in directory.people}

        def known(person: str | None) -> bool:
            return person is None or person in people

        overrides = (await tx.scalars(select(OverrideRow).where(col(OverrideRow.end) > since))).all()
        swaps = await tx.scalars(
            select(SwapRow).where(col(SwapRow.state) == SwapState.IN_FORCE.value, col(SwapRow.end) > since)
        )
        away = (await tx.scalars(select(TimeOffRow).where(col(TimeOffRow.end) > since))).all()
        return replace(
            file,
            overrides=file.overrides + tuple(_overrides(overrides, known)),
            swaps=tuple(_swaps(file, swaps.all(), known, now)),
            time_off=file.time_off + tuple(_time_off(away, known)),
            recorded=await history.recorded(tx, now),
        )


def given(row: SwapRow) -> Stint:
    """What the giver gives."""
    return Stint(row.region, row.role, row.giver, row.start, row.last, row.end)


def returned(row: SwapRow) -> Stint | None:
    """What the giver gets for it."""
    if row.back_role is None or row.back_start is None or row.back_last is None or row.back_end is None:
        return None
    return Stint(row.region, row.back_role, row.taker, row.back_start, row.back_last, row.back_end)


def exchange(row: SwapRow) -> list[tuple[Stint, str]]:
    """(stint, who takes it), one or two."""
    back = returned(row)
    return [(given(row), row.taker), *([(back, row.giver)] if back else [])]


async def _stamp(tx: AsyncSession) -> str:
    return (await tx.scalars(select(RosterVersion.stamp))).first() or ""


def _overrides(made: Iterable[OverrideRow], known: Known) -> Iterable[Override]:
    for row in sorted(made, key=lambda r: (r.made_at, r.id or 0)):
        end = min(row.end, row.cancelled_at) if row.cancelled_at else row.end
        if row.start < end and known(row.person):
            yield Override(
                region=row.region,
                role=Role(row.role),
                kind=OverrideKind(row.kind),
                start=row.start,
                end=end,
                person=row.person,
                instead_of=row.instead_of,
                made_at=row.made_at,
            )


def _swaps(file: Rota, made: Iterable[SwapRow], known: Known, now: datetime) -> Iterable[Swap]:
    yield from file.swaps
    for row in made:
        if not known(row.taker) or not known(row.giver):
            continue
        for stint, taker in exchange(row):
            # what has been does not move any more
            days = stints.dates(file, stint) if stint.end > now else frozenset[date]()
            at = row.made_at or row.asked_at
            yield Swap(stint.region, Role(stint.role), stint.person, taker, stint.start, stint.end, at, days)


def _time_off(made: Iterable[TimeOffRow], known: Known) -> Iterable[TimeOff]:
    for row in made:
        end = min(row.end, row.cancelled_at) if row.cancelled_at else row.end
        if row.start < end and known(row.person):
            yield TimeOff(row.person, row.start, end, row.cover if known(row.cover) else None)
