"""What people and channels read about shifts. Writes outbox rows, never sends."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.directory.model import Directory, Person, Region
from bot.outbox.api import Destination, Outbox, Priority
from bot.shifts.model import LATE, Company, Kind
from bot.shifts.runs import Run
from bot.shifts.tables import ShiftNotice
from bot.slack.render import Message, Renderer
from schedules.rota.diff import Moved
from schedules.rota.model import Gap, Shift

STALE = timedelta(days=2)
"""After the end of a duty nothing about it waits any more."""
MOST_RUNS = 12
"""So many lines of gained, and of lost shifts are listed."""


@dataclass(frozen=True)
class Seen:
    """Somebody's shift, as others read it."""

    slack: str
    name: str
    role: str
    until: datetime


@dataclass(frozen=True)
class Open:
    """Open requests of the region, and those of them that are the reader's own."""

    all: int
    mine: int


@dataclass(frozen=True)
class Said:
    """A notice's words: what the message shows, and a digest by which a change of it is seen."""

    message: Message
    digest: str


class Messages:
    def __init__(self, outbox: Outbox, renderer: Renderer, directory: Callable[[], Directory]) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory

    def wake(self) -> None:
        self._outbox.wake()

    def notice(
        self, kind: Kind, shift: Shift, around: Company, leader: Shift | None, open: Open, late: timedelta | None
    ) -> Said | None:
        """None where the roster no longer knows the person or the region."""
        person, region = self._directory().person(shift.person), self._directory().region(shift.region)
        if person is None or region is None:
            return None
        message = self._renderer.message(
            f"shifts/{kind.value}",
            person=person,
            region=region,
            role=str(shift.role),
            shift=shift,
            handing=self._seen(around.handing),
            joining=self._seen(around.joining),
            staying=self._seen(around.staying),
            lead=around.lead,
            lead_region=self._region(around.lead.region if around.lead else None),
            led_before=self._region(around.led_before),
            leader=next(iter(self._seen([leader] if leader else [])), None),
            open=open,
            late=late,
        )
        return Said(message, _digest(message))

    def withdrawn(self, person: Person, region: Region, row: ShiftNotice, now_theirs: Sequence[Shift]) -> Said:
        message = self._renderer.message(
            "shifts/withdrawn", person=person, region=region, row=row, others=self._seen(now_theirs)
        )
        return Said(message, _digest(message))

    async def tell(self, tx: AsyncSession, row: ShiftNotice, person: Person, said: Said) -> None:
        """The start of a shift waits as long as the shift runs, the other kinds are of no use when they are late.

        The newest wins: what was to be said of this duty before, and could not be, is not said after it.
        """
        for key in await _earlier(tx, row):
            await self._outbox.cancel(tx, key)
        expires = row.shift_end if row.kind == Kind.START.value else row.due_at + LATE
        await self._outbox.post(
            tx, row.key, Destination(user=person.slack), said.message, priority=Priority.NOTICE, expires=expires
        )

    async def correct(self, tx: AsyncSession, row: ShiftNotice, said: Said) -> None:
        """What stands, or will stand, becomes `said`."""
        if row.said != said.digest:
            row.said = said.digest
            await self._outbox.update(tx, row.key, said.message)

    async def arrived(self, tx: AsyncSession, row: ShiftNotice) -> bool:
        return await self._outbox.located(tx, row.key) is not None

    async def gaps(self, tx: AsyncSession, key: str, region: Region, gaps: Sequence[Gap], sight: datetime) -> None:
        """To the region, once, as soon as they are seen. What reaches `sight` has no end in sight."""
        said = [self._named(gap) for gap in gaps]
        message = self._renderer.message("shifts/gaps", region=region, gaps=said, sight=sight)
        await self._outbox.post(tx, f"gap/seen/{key}", Destination(channel=region.channel), message)

    async def gap_begins(
        self, tx: AsyncSession, key: str, region: Region, gap: Gap, lead: Shift | None, sight: datetime
    ) -> None:
        """To the region and the admins, when a gap begins that nobody has closed."""
        leader = next(iter(self._seen([lead] if lead else [])), None)
        values = {"region": region, "gap": self._named(gap), "leader": leader, "sight": sight}
        message = self._renderer.message("shifts/gap_begins", **values)
        for channel in dict.fromkeys((region.channel, self._directory().admin_channel)):
            await self._outbox.post(tx, f"gap/begins/{key}/{channel}", Destination(channel=channel), message)

    async def moved(self, tx: AsyncSession, edition: int, person: Person, runs: Sequence[Run], weeks: int) -> None:
        """One message for each person whose shifts an edition moves."""
        message = self._renderer.message(
            "shifts/moved",
            person=person,
            gained=[r for r in runs if r.what is Moved.GAINED],
            lost=[r for r in runs if r.what is Moved.LOST],
            regions={**{r.region: r.region for r in runs}, **{r.id: r.name for r in self._directory().regions}},
            weeks=weeks,
            most=MOST_RUNS,
        )
        await self._outbox.post(tx, f"edition/{edition}/{person.id}", Destination(user=person.slack), message)

    async def edited(self, tx: AsyncSession, edition: int, told: int, weeks: int) -> None:
        """To the admins, who see that their edit counts."""
        message = self._renderer.message("shifts/edited", told=told, weeks=weeks)
        to = Destination(channel=self._directory().admin_channel)
        await self._outbox.post(tx, f"edition/{edition}/admins", to, message)

    async def groups(self, tx: AsyncSession, cause: str, said: str) -> None:
        """To the admins, once for each cause."""
        message = self._renderer.message("shifts/groups", said=said)
        to = Destination(channel=self._directory().admin_channel)
        await self._outbox.post(tx, f"groups/{cause}", to, message, priority=Priority.DIGEST)

    def _seen(self, shifts: Iterable[Shift]) -> list[Seen]:
        known = [(shift, self._directory().person(shift.person)) for shift in shifts]
        return [Seen(person.slack, person.name, str(shift.role), shift.end) for shift, person in known if person]

    def _named(self, gap: Gap) -> Gap:
        """The engine says ids in its reasons. People are named and not mentioned: who is away is not to be rung."""
        names = {person.id: person.name for person in self._directory().people}
        said = [re.sub(r"[\w-]+", lambda word: names.get(word[0], word[0]), text) for text in gap.because]
        return replace(gap, because=tuple(said))

    def _region(self, id: str | None) -> Region | None:
        return self._directory().region(id) if id else None


def _digest(message: Message) -> str:
    written = json.dumps(message.to_row(), sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(written.encode(), digest_size=12).hexdigest()


async def _earlier(tx: AsyncSession, row: ShiftNotice) -> list[str]:
    """Keys of what fell due before `row` about the same duty of the same person, and may not have arrived yet."""
    same = (col(getattr(ShiftNotice, name)) == getattr(row, name) for name in ("region", "role", "person"))
    lately = (col(ShiftNotice.due_at) < row.due_at, col(ShiftNotice.shift_end) > row.due_at - STALE)
    return [earlier.key for earlier in (await tx.scalars(select(ShiftNotice).where(*same, *lately))).all()]
