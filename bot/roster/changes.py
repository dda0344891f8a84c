"""All that changes the roster, and looks ahead in it, built together: they share one rota as it stands."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.directory.model import Directory
from bot.roster.messages import Messages
from bot.roster.outlook import Outlook
from bot.roster.overrides import Active, Overrides
from bot.roster.service import Roster
from bot.roster.swaps import Swaps
from bot.roster.time_off import TimeOffs
from bot.store.database import Database


@dataclass(frozen=True)
class Changes:
    overrides: Overrides
    swaps: Swaps
    time_off: TimeOffs
    outlook: Outlook

    @classmethod
    def of(
        cls,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        messages: Messages,
        active: Active,
        approval: Callable[[], bool],
    ) -> "Changes":
        """`approval` says whether a lead has to approve a swap."""
        standing = roster.standing
        overrides = Overrides(db, clock, directory, standing, messages, active)
        swaps = Swaps(db, clock, directory, standing, messages, active, approval)
        time_off = TimeOffs(db, clock, directory, standing, messages, active)
        outlook = Outlook(db, clock, directory, standing, overrides, swaps, time_off)
        return cls(overrides, swaps, time_off, outlook)

    async def tick(self) -> None:
        """What fell due: swaps and covers that nobody answered in time, swaps whose shift is gone."""
        await self.swaps.tick()
        await self.time_off.tick()
