"""User groups in Slack that hold whoever is on duty: a region's, a role's, and who takes what comes in now.

It is a convenience and behaves like one: a lane of its own that nothing waits for, one call every few seconds, read
before it writes, and silent where nothing has changed. What Slack refuses, or a shift that nobody has, is a warning to
the admins, once a day for each cause. In Grafana OnCall the 429s of this delayed every alert (issues 945 and 4087).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot import clock as clocks
from bot.clock import Clock
from bot.directory.model import Directory
from bot.errors import Temporary
from bot.roster.service import Roster
from bot.shifts import grouping
from bot.shifts.grouping import Found, Todo, Wanted
from bot.shifts.messages import Messages
from bot.slack.errors import RateLimited, SlackRefused
from bot.slack.gateway import Group
from bot.store.database import Database
from schedules.rota import resolve

SPACING = 4.0
"""Real seconds between two calls: 15 a minute, where Slack allows 20 of each method."""
AGAIN = 1800.0
"""Real seconds after which a group is looked at again, though nothing changed here: somebody may have edited it."""
STALE = 30.0
"""Real seconds for which an answer about all groups serves, while it is worked through."""
PAUSE = 60.0

log = structlog.get_logger()


class Slack(Protocol):
    async def groups(self) -> list[Group]: ...
    async def group_enable(self, group: str) -> None: ...
    async def group_disable(self, group: str) -> None: ...
    async def group_update(self, group: str, users: list[str]) -> None: ...


@dataclass(frozen=True)
class Settled:
    """What was wanted of a group when it was looked at last, and when (real seconds)."""

    want: Wanted
    at: float


class Groups:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        slack: Slack,
        messages: Messages,
        monotonic: Callable[[], float] = clocks.monotonic,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._slack = slack
        self._messages = messages
        self._monotonic = monotonic
        self._settled: dict[str, Settled] = {}
        self._found: dict[str, Found] = {}
        self._found_at: float | None = None
        self._not_before = 0.0

    async def tick(self) -> None:
        """At the most one call of Slack. Never raises what Slack says: that is for the admins to know."""
        if self._monotonic() < self._not_before:
            return
        now = self._clock.now()
        due = [want for want in await self._wanted(now) if self._due(want)]
        if not due:
            return
        self._not_before = self._monotonic() + SPACING
        try:
            if self._found_at is None or self._monotonic() - self._found_at > STALE:
                await self._read()
            else:
                await self._work(due, now)
        except RateLimited as error:
            self._put_off(error.seconds)
            await self._warn("ratelimited", str(error), now)
        except Temporary as error:
            self._put_off(PAUSE)
            log.warning("user groups put off", error=str(error))
        except SlackRefused as error:  # of the reading: the same for every group
            self._put_off(AGAIN)
            await self._warn(error.code, str(error), now)

    async def _wanted(self, now: datetime) -> list[Wanted]:
        directory = self._directory()
        named = directory.on_duty_group or any(r.user_group or r.on_duty_groups for r in directory.regions)
        if not named:
            return []
        async with self._db.read() as tx:
            moment = await self._roster.moment(tx, now)
            rota = await self._roster.rota_as_it_stands(tx)
        gaps = resolve.resolve(rota, now, now + timedelta(seconds=1)).gaps
        return grouping.wanted(directory, moment, frozenset((g.region, str(g.role)) for g in gaps))

    def _due(self, want: Wanted) -> bool:
        settled = self._settled.get(want.group)
        return settled is None or settled.want != want or self._monotonic() - settled.at > AGAIN

    async def _read(self) -> None:
        found = await self._slack.groups()
        self._found = {g.id: Found(g.id, g.members, g.disabled) for g in found}
        self._found_at = self._monotonic()
        self._not_before = 0.0  # reading and the first writing are different methods

    async def _work(self, due: list[Wanted], now: datetime) -> None:
        """Those that are as they should be are settled at once; of the others one gets one step."""
        for want in due:
            found = self._found.get(want.group)
            step = grouping.todo(want, found, disable_empty=self._directory().disable_empty_groups)
            if found is not None and step in (Todo.ENABLE, Todo.UPDATE, Todo.DISABLE):
                await self._step(want, found, step, now)
                return
            self._settle(want)
            if step is Todo.UNKNOWN:
                await self._warn(f"{want.group}/unknown", f"Slack has no user group {want.group} ({want.what}).", now)
            elif want.missing and not want.members:
                said = f"Nobody is {want.what} now: its user group {want.group} keeps whom it had."
                await self._warn(f"{want.group}/nobody", said, now)
        self._not_before = 0.0

    async def _step(self, want: Wanted, found: Found, step: Todo, now: datetime) -> None:
        try:
            if step is Todo.ENABLE:
                await self._slack.group_enable(want.group)
                self._found[want.group] = replace(found, disabled=False)
            elif step is Todo.DISABLE:
                await self._slack.group_disable(want.group)
                self._found[want.group] = replace(found, disabled=True)
            else:
                await self._slack.group_update(want.group, sorted(want.members))
                self._found[want.group] = replace(found, members=want.members)
        except SlackRefused as error:
            self._settle(want)
            who = ", ".join(f"<@{user}>" for user in sorted(want.members)) or "nobody"
            said = f"The user group {want.group} ({want.what}) keeps whom it had, instead of {who}. {error}"
            await self._warn(f"{want.group}/{error.code}", said, now)

    def _settle(self, want: Wanted) -> None:
        self._settled[want.group] = Settled(want, self._monotonic())

    def _put_off(self, seconds: float) -> None:
        self._not_before = self._monotonic() + max(seconds, SPACING)
        self._found_at = None

    async def _warn(self, cause: str, said: str, now: datetime) -> None:
        log.warning("user groups", cause=cause, said=said)
        async with self._db.write() as tx:
            await self._messages.groups(tx, f"{cause}/{now:%Y%m%d}", said)
        self._messages.wake()
