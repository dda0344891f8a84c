"""Everything that a test of the services needs, in one hand."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk.moves import Moves
from bot.desk.service import Desk
from bot.directory import access
from bot.directory.access import Actor
from bot.directory.model import Role
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging.service import Paging
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database


@dataclass
class Office:
    """Everything a test of the services needs, built as `bot.app` builds it."""

    config: Config
    db: Database
    clock: ManualClock
    desk: Desk
    moves: Moves
    jobs: dict[tuple[str, str, str], str]
    """(cluster, namespace, job) → state, as the fleet would say it."""
    paging: Paging
    roster: Roster
    renderer: Renderer
    outbox: Outbox

    def actor(self, slack: str, channel: str = "") -> Actor:
        """As the groups of the demo workspace have it."""
        directory = self.config.directory()
        groups = {role: frozenset(p.slack for p in directory.people if p.role is role) for role in Role}
        return access.actor(directory, slack, channel, groups)

    async def sent(self, prefix: str) -> list[OutgoingMessage]:
        """What is to leave under keys that start so, in order."""
        async with self.db.read() as tx:
            query = select(OutgoingMessage).where(col(OutgoingMessage.key).startswith(prefix))
            return list((await tx.scalars(query.order_by(col(OutgoingMessage.number)))).all())

    async def rows(self, query: Any) -> list[Any]:
        async with self.db.read() as tx:
            return list((await tx.scalars(query)).all())
