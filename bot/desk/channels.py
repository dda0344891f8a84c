"""Channels that Slack gave another id, as it does when a private one becomes shared. Requests follow; the roster file
does so when somebody edits it, and until then the new id counts as the old one, everywhere.
"""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk.tables import ChannelMove, Request, RequestMessage
from bot.directory.model import Directory
from bot.outbox.api import Destination, Outbox
from bot.slack.render import Renderer
from bot.store import rows as stored
from bot.store.database import Database


class Channels:
    """`file` is the directory as the roster file has it; `directory` the same with the ids of today."""

    def __init__(
        self, db: Database, clock: Clock, outbox: Outbox, renderer: Renderer, file: Callable[[], Directory]
    ) -> None:
        self._db = db
        self._clock = clock
        self._outbox = outbox
        self._renderer = renderer
        self._file = file
        self._moves: dict[str, str] = {}
        self._made: tuple[Directory, Directory] | None = None

    def directory(self) -> Directory:
        file = self._file()
        if not self._moves:
            return file
        if self._made is None or self._made[0] is not file:
            self._made = (file, moved(file, self._moves))
        return self._made[1]

    async def look(self) -> None:
        """Reads what this process or another replica has heard of. At start, and at each tick."""
        async with self._db.read() as tx:
            moves = {row.old: row.new for row in (await tx.scalars(select(ChannelMove))).all()}
        if moves != self._moves:
            self._moves, self._made = moves, None

    async def changed(self, old: str, new: str) -> None:
        """Slack says that `old` is `new` from now on. Heard twice it is the same."""
        now = self._clock.now()
        async with self._db.write() as tx:
            if not await stored.insert_new(tx, ChannelMove(old=old, new=new, at=now)):
                return
            await tx.execute(update(ChannelMove).where(col(ChannelMove.new) == old).values(new=new))
            await tx.execute(update(Request).where(col(Request.channel) == old).values(channel=new))
            await tx.execute(update(RequestMessage).where(col(RequestMessage.channel) == old).values(channel=new))
            await self._outbox.renamed(tx, old, new)
            if _named(self._file(), old):
                await self._tell(tx, old, new)
        await self.look()
        self._outbox.wake()

    async def _tell(self, tx: AsyncSession, old: str, new: str) -> None:
        told = self._renderer.message("desk/channel_changed", old=old, new=new)
        admin = self._file().admin_channel
        await self._outbox.post(tx, f"channel/{old}/{new}", Destination(channel=new if admin == old else admin), told)


def moved(file: Directory, moves: dict[str, str]) -> Directory:
    """The same directory, its channels under the ids that they have now. A client's old ids stay its own, too."""

    def now(channel: str) -> str:
        return moves.get(channel, channel)

    return replace(
        file,
        regions=tuple(replace(r, channel=now(r.channel)) for r in file.regions),
        clients=tuple(
            replace(c, channels=tuple(dict.fromkeys((*map(now, c.channels), *c.channels)))) for c in file.clients
        ),
        handoff_channel=now(file.handoff_channel),
        admin_channel=now(file.admin_channel),
        reports=replace(file.reports, channel=now(file.reports.channel)),
    )


def _named(file: Directory, channel: str) -> bool:
    team = [file.handoff_channel, file.admin_channel, *(r.channel for r in file.regions)]
    return channel in team or file.client_of(channel) is not None
