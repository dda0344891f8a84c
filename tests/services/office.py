"""Everything that a test of the services needs, in one hand."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

import templates
from bot.clock import ManualClock
from bot.config.file import Config
from bot.desk import messages as desk_messages
from bot.desk.channels import Channels
from bot.desk.conversation import Conversation
from bot.desk.deadlines import Deadlines
from bot.desk.export import Exports
from bot.desk.intake import JobRef
from bot.desk.knowledge import Knowledge
from bot.desk.lists import Lists
from bot.desk.mirror import Mirror
from bot.desk.moves import Moves
from bot.desk.reach import Reach
from bot.desk.reminders import Reminders
from bot.desk.reports import Reports
from bot.desk.service import Desk
from bot.diagnose.model import Why
from bot.directory import access
from bot.directory.access import Actor, Scope
from bot.directory.model import Directory, Role
from bot.errors import UserError
from bot.outbox.api import Outbox
from bot.outbox.tables import OutgoingMessage
from bot.paging import messages as paging_messages
from bot.paging.service import Paging
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database
from bot.wiring import owner_of

TEMPLATES = Path(templates.__file__).parent
TUESDAY = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
"""Europe leads with Capella, then Altair; at 16:30 the lead goes to the United States, to Rigel."""
HOME = "https://heliograph.example/"


@dataclass
class File:
    """The roster file's directory, which a test may replace."""

    directory: Directory


@dataclass
class Office:
    """Everything a test of the services needs, built as `bot.app` builds it."""

    config: Config
    file: File
    db: Database
    clock: ManualClock
    desk: Desk
    moves: Moves
    deadlines: Deadlines
    reports: Reports
    conversation: Conversation
    channels: Channels
    reach: Reach
    lists: Lists
    exports: Exports
    knowledge: Knowledge
    findings: dict[str, Why]
    """"namespace/job" → what `/job why` says of it."""
    jobs: dict[tuple[str, str, str], str]
    """(cluster, namespace, job) → state, as the fleet would say it."""
    there: list[JobRef]
    """The jobs of all clients, as the fleet would list them."""
    paging: Paging
    roster: Roster
    renderer: Renderer
    outbox: Outbox

    def actor(self, slack: str, channel: str = "") -> Actor:
        """As the groups of the demo workspace have it."""
        directory = self.directory
        groups = {role: frozenset(p.slack for p in directory.people if p.role is role) for role in Role}
        return access.actor(directory, slack, channel, groups)

    @property
    def directory(self) -> Directory:
        """As the services see it now."""
        return self.channels.directory()

    async def posted(self, key: str, ts: str) -> None:
        """Slack has taken the message of that key, and calls it `ts`."""
        async with self.db.write() as tx:
            row = (await tx.scalars(select(OutgoingMessage).where(col(OutgoingMessage.key) == key))).one()
            row.posted_channel, row.ts, row.sent_version, row.state = row.channel, ts, row.version, "done"

    async def sent(self, prefix: str) -> list[OutgoingMessage]:
        """What is to leave under keys that start so, in order."""
        async with self.db.read() as tx:
            query = select(OutgoingMessage).where(col(OutgoingMessage.key).startswith(prefix))
            return list((await tx.scalars(query.order_by(col(OutgoingMessage.number)))).all())

    async def rows(self, query: Any) -> list[Any]:
        async with self.db.read() as tx:
            return list((await tx.scalars(query)).all())


def built(db: Database, clock: ManualClock, config: Config) -> Office:
    """On a database that has its tables."""
    file, rota, escalation = File(config.directory()), config.rota(), config.escalation()
    renderer = Renderer(TEMPLATES)
    outbox = Outbox(db, clock, lambda channel: owner_of(directory(), channel))
    channels = Channels(db, clock, outbox, renderer, lambda: file.directory)
    directory = channels.directory
    roster = Roster(db, clock, directory, lambda: rota)
    paging = Paging(db, clock, directory, roster, lambda: escalation, paging_messages.Messages(outbox, renderer))
    messages = desk_messages.Messages(outbox, renderer, directory, lambda: HOME)
    there: list[JobRef] = []

    def jobs_of(scope: Scope) -> list[JobRef]:
        return [job for job in there if scope.sees(job.cluster, job.namespace)]

    desk = Desk(db, clock, directory, roster, paging, messages, jobs=jobs_of)
    jobs: dict[tuple[str, str, str], str] = {}
    moves = Moves(db, clock, directory, roster, paging, messages, job_state=lambda *which: jobs.get(which))
    reminders = Reminders(outbox, renderer, directory, messages.door, lambda: HOME)
    findings: dict[str, Why] = {}

    async def explain(cluster: str, job: str, scope: Scope) -> Why:
        if job not in findings:
            raise UserError("There is no such job.")
        return findings[job]

    mirror = Mirror(outbox, renderer, directory, messages, lambda: HOME)
    return Office(
        config=config,
        file=file,
        db=db,
        clock=clock,
        desk=desk,
        moves=moves,
        deadlines=Deadlines(db, clock, directory, moves, paging, messages, reminders),
        reports=Reports(db, clock, directory, outbox, renderer, messages.door),
        conversation=Conversation(db, clock, directory, outbox, moves, mirror),
        channels=channels,
        reach=Reach(db, desk, messages),
        lists=Lists(db, clock, directory, outbox, lambda: HOME),
        exports=Exports(db, clock, directory, outbox),
        knowledge=Knowledge(db, clock, directory, outbox, renderer, explain),
        findings=findings,
        jobs=jobs,
        there=there,
        paging=paging,
        roster=roster,
        renderer=renderer,
        outbox=outbox,
    )
