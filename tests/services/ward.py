"""Shifts by the clock: the services that look after them, on a database, with a roster that can be edited."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import SQLModel, col, select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk import messages as desk_messages
from bot.desk.service import Desk
from bot.directory.model import Directory
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging import messages as paging_messages
from bot.paging.service import Paging
from bot.roster.recorder import Recorder
from bot.roster.service import Roster
from bot.roster.tables import SwapRow
from bot.shifts.edits import Edits
from bot.shifts.gaps import Gaps
from bot.shifts.messages import Messages
from bot.shifts.model import Wanted
from bot.shifts.service import Notices
from bot.slack.render import Renderer
from bot.store.database import Database
from bot.wiring import owner_of
from schedules.rota.model import Rota


@dataclass
class Ward:
    """One replica. `again` is another on the same database: a restart, or a second one at the same time."""

    config: Config
    db: Database
    clock: ManualClock
    renderer: Renderer
    directory: Directory = field(init=False)
    rota: Rota = field(init=False)
    wanted: Wanted = field(init=False)

    def __post_init__(self) -> None:
        self.directory, self.rota, self.wanted = self.config.directory(), self.config.rota(), self.config.notices()
        directory = lambda: self.directory  # noqa: E731
        self.outbox = Outbox(self.db, self.clock, lambda channel: owner_of(self.directory, channel))
        self.roster = Roster(self.db, self.clock, directory, lambda: self.rota)
        messages = paging_messages.Messages(self.outbox, self.renderer)
        escalation = self.config.escalation()
        self.paging = Paging(self.db, self.clock, directory, self.roster, lambda: escalation, messages)
        says = desk_messages.Messages(self.outbox, self.renderer, directory)
        self.desk = Desk(self.db, self.clock, directory, self.roster, self.paging, says)
        told = Messages(self.outbox, self.renderer, directory)
        self.notices = Notices(self.db, self.clock, directory, lambda: self.wanted, self.roster, self.desk, told)
        self.recorder = Recorder(self.db, self.clock, self.roster)
        wanted = lambda: self.wanted  # noqa: E731
        self.edits = Edits(
            self.db, self.clock, directory, wanted, self.roster, self.recorder, lambda: self.config, told
        )
        self.gaps = Gaps(self.db, self.clock, directory, lambda: self.wanted, self.roster, told)

    async def edited(self, config: Config) -> None:
        """Another file takes force, as `bot.reload` does it."""
        await self.recorder.record(self.clock.now())
        self.take(config)
        await self.edits.adopt()

    def take(self, config: Config) -> None:
        self.config = config
        self.directory, self.rota, self.wanted = config.directory(), config.rota(), config.notices()

    def again(self) -> "Ward":
        made = Ward(self.config, self.db, self.clock, self.renderer)
        made.rota, made.directory, made.wanted = self.rota, self.directory, self.wanted
        return made

    async def tick(self, at: datetime) -> None:
        """The alarm rings, and Slack takes what is to be sent."""
        self.clock.jump(at)
        await self.recorder.tick()
        await self.notices.tick()
        await self.gaps.tick()
        await self.delivered()

    async def run(self, start: datetime, end: datetime, step: timedelta = timedelta(minutes=30)) -> None:
        """A ring every `step`, a few seconds after the full minute."""
        at = start
        while at < end:
            await self.tick(at + timedelta(seconds=20))
            at += step

    async def delivered(self) -> None:
        async with self.db.read() as tx:
            pending = await tx.scalars(select(OutgoingMessage.id).where(col(OutgoingMessage.state) == "pending"))
            if pending.first() is None:
                return
        async with self.db.write() as tx:
            await tx.execute(
                update(OutgoingMessage)
                .where(col(OutgoingMessage.state) == "pending")
                .values(state="done", ts="1.1", posted_channel="D0", sent_version=OutgoingMessage.version)
            )

    async def sent(self, prefix: str) -> list[OutgoingMessage]:
        async with self.db.read() as tx:
            query = select(OutgoingMessage).where(col(OutgoingMessage.key).startswith(prefix))
            return list((await tx.scalars(query.order_by(col(OutgoingMessage.number)))).all())

    async def told(self, prefix: str) -> list[str]:
        """What stands there, as text."""
        return [str(message.content) for message in await self.sent(prefix)]

    async def rows(self, table: Any) -> list[Any]:
        async with self.db.read() as tx:
            return list((await tx.scalars(select(table).order_by(table.id))).all())

    async def add(self, *rows: SQLModel) -> None:
        """Rows of the roster, as an override, a swap or time off writes them."""
        async with self.db.write() as tx:
            tx.add_all(rows)
            await self.roster.standing.changed(tx)


def swap(giver: str, taker: str, start: datetime, end: datetime, made: datetime, role: str = "primary") -> SwapRow:
    return SwapRow(
        source=f"{giver}-{taker}-{start}",
        state="in_force",
        region="eu",
        giver=giver,
        taker=taker,
        role=role,
        start=start,
        last=start,
        end=end,
        asked_at=made,
        made_at=made,
        last_by="U0",
        last_source="s",
    )
