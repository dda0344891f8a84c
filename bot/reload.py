"""The roster file in force, and how an edit of it takes its place: as a whole, or not at all.

A tick looks whether the file's content has changed; SIGHUP asks for a look at once. What was read is validated like
at the start. If it is right everything asks the new one from the next question on; if not, the old one stays in force
and the admins read every reason, with its line. What is wired up at the start (the commands' names, the clusters)
cannot be changed under a running process, so an edit of it is refused with the advice to restart.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.alerts.beats import Heartbeat
from bot.alerts.model import Rules
from bot.clock import Clock
from bot.config.file import Config, load
from bot.directory.model import Directory
from bot.errors import ConfigError
from bot.outbox.api import Destination, Outbox
from bot.paging.model import Escalation
from bot.shifts.model import Wanted
from bot.slack.render import Renderer
from bot.store.database import Database
from schedules.rota.model import Rota

log = structlog.get_logger()
MOST_PROBLEMS = 12
"""So many are listed; `heliograph check` has them all."""


@dataclass(frozen=True)
class InForce:
    """One reading of the file, as the services ask for it. Built once: who caches may compare it by `is`."""

    config: Config
    directory: Directory
    rota: Rota
    escalation: Escalation
    notices: Wanted

    @classmethod
    def of(cls, config: Config) -> "InForce":
        return cls(config, config.directory(), config.rota(), config.escalation(), config.notices())


class Report:
    """What the admins read about it. The same mistakes are told once an hour at the most, over all replicas."""

    def __init__(self, db: Database, outbox: Outbox, renderer: Renderer) -> None:
        self._db = db
        self._outbox = outbox
        self._renderer = renderer

    async def refused(self, channel: str, file: str, problems: list[str], digest: str | None, now: datetime) -> None:
        shown = [f"{file}{problem.partition(file)[2]}" for problem in problems[:MOST_PROBLEMS]]
        message = self._renderer.message(
            "roster/refused", file=file, problems=shown, more=len(problems) - len(shown), now=now
        )
        key = f"roster/refused/{digest or 'missing'}/{now:%Y%m%d%H}"
        async with self._db.write() as tx:
            await self._outbox.post(tx, key, Destination(channel=channel), message)
        self._outbox.wake()


class RosterFile:
    """`env` is what `${NAME}` is read from: that of the start, for no process gets another one later."""

    def __init__(self, config: Config, clock: Clock, env: Mapping[str, str]) -> None:
        self._now = InForce.of(config)
        self._clock = clock
        self._env = dict(env)
        self._taken = _digest(config.path)
        self._seen: str | None = self._taken
        self._refused: str | None = None
        self._asked = False
        self._before: list[Callable[[datetime], Awaitable[None]]] = []
        self._after: list[Callable[[datetime], Awaitable[None]]] = []

    def directory(self) -> Directory:
        return self._now.directory

    def rota(self) -> Rota:
        return self._now.rota

    def escalation(self) -> Escalation:
        return self._now.escalation

    def notices(self) -> Wanted:
        return self._now.notices

    def swaps_need_approval(self) -> bool:
        return self._now.config.file.swaps.approval == "lead"

    def link_life(self) -> timedelta:
        """How long a link in an SMS, a mail or a push message answers a page."""
        return timedelta(hours=self._now.config.file.links.hours)

    def heartbeats(self) -> tuple[Heartbeat, ...]:
        return self._now.config.heartbeats()

    def alerts(self) -> Rules:
        """How alerts are read, and when many are one page."""
        return self._now.config.alerts()

    def config(self) -> Config:
        return self._now.config

    def around(
        self, before: Callable[[datetime], Awaitable[None]], after: Callable[[datetime], Awaitable[None]]
    ) -> None:
        """`before` is awaited while the old file is still in force, `after` when the new one is."""
        self._before.append(before)
        self._after.append(after)

    def ask(self) -> None:
        """Look at the next ring, whether or not the content has changed. What SIGHUP does."""
        self._asked = True

    async def look(self, report: Report) -> None:
        """Reads the file again if it has changed, and has stayed as it is since the last look: no half of a write."""
        path = self._now.config.path
        digest = await asyncio.to_thread(_digest, path)
        settled, self._seen = digest == self._seen, digest
        asked = self._asked
        if not settled or (not asked and digest in (self._taken, self._refused)):
            return
        self._asked = False
        now = self._clock.now()
        try:
            read = await asyncio.to_thread(self._read, path)
        except ConfigError as error:
            self._refused = digest
            log.warning("roster file refused, the old one stays in force", problems=error.problems)
            await report.refused(self._now.directory.admin_channel, path.name, error.problems, digest, now)
            return
        self._refused, same = None, digest == self._taken
        if not same:
            await self._replace(read, now)
        self._taken = digest
        log.info("roster file read again", changed=not same)

    def _read(self, path: Path) -> InForce:
        """Raises `ConfigError`, also for what a running process cannot change."""
        config = load(path, self._env)
        old, new = self._now.config, config
        problems = [
            f"{path}:{config.document.line(where)}: `{where[-1]}` is read at the start only; restart Heliograph"
            for where, changed in (
                (("workspace", "commands"), old.file.workspace.commands != new.file.workspace.commands),
                (("clusters",), old.file.clusters != new.file.clusters),
            )
            if changed
        ]
        if problems:
            raise ConfigError(problems)
        return InForce.of(config)

    async def _replace(self, read: InForce, now: datetime) -> None:
        for listener in self._before:
            await listener(now)
        self._now = read
        for listener in self._after:
            await listener(now)


def _digest(path: Path) -> str | None:
    """None where the file cannot be read just now, as while it is replaced; that is no reason to do anything."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return None
