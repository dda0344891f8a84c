"""`/oncall week`: two weeks of the rota, in words and as a picture, where the team may see them.

The words are a message of their own, so that they stand when Slack does not take the picture. Both are told by the
outbox, with keys of what was asked, so that a command that is delivered twice is one answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory
from bot.errors import Forbidden, UserError
from bot.outbox.api import Attachment, Destination, Outbox
from bot.pictures import sheet as sheets
from bot.pictures import spells, studio
from bot.pictures.compose import Wanted
from bot.pictures.sheet import Sheet
from bot.roster.service import Roster
from bot.slack.render import Renderer
from bot.store.database import Database

FRESH = timedelta(hours=1)
"""A picture that Slack takes later than this would show a now that is over."""
MOST_ALT = 900


@dataclass(frozen=True)
class Asked:
    """`region` as it was typed, an id or a name; empty for all. `later`: the two weeks after the next."""

    region: str = ""
    later: bool = False


class Weeks:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        roster: Roster,
        outbox: Outbox,
        renderer: Renderer,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._roster = roster
        self._outbox = outbox
        self._renderer = renderer

    async def show(self, who: Actor, asked: Asked, source: str) -> str | None:
        """Posts it where it was asked, if that channel is the team's own. → that channel; None: by direct message.

        Raises `Forbidden` in a client's channel, which says who is on duty and nothing of what is planned.
        """
        access.require(who, Right.SEE_ROTA)
        if who.client is not None:
            raise Forbidden(
                "The weeks ahead are not shown in a client's channel.", hint="Ask in a channel of the team, or in a DM."
            )
        wanted = self._wanted(who, asked)
        async with self._db.read() as tx:
            rota = await self._roster.rota_as_it_stands(tx)
        shown = await studio.show(rota, self._directory(), wanted)
        channel = who.channel if who.channel in self._internal() else None
        to = Destination(channel=channel) if channel else Destination(user=who.slack)
        await self._tell(to, who, shown, f"week/{source}")
        return channel

    async def _tell(self, to: Destination, who: Actor, shown: studio.Shown, key: str) -> None:
        sheet = shown.sheet
        message = self._renderer.message(
            "oncall/week",
            sheet=sheet,
            headline=spells.headline(sheet),
            holes=spells.holes(sheet),
            rows=[(row, spells.of_row(row, sheet.zone)) for row in sheet.rows],
            asked_by=who.slack,
            drawn=shown.picture is not None,
        )
        async with self._db.write() as tx:
            await self._outbox.post(tx, key, to, message)
            if shown.picture is not None:
                file = Attachment("on-call.png", spells.headline(sheet), _alt(sheet), shown.picture)
                await self._outbox.attach(tx, f"{key}/picture", to, file, expires=self._clock.now() + FRESH)
        self._outbox.wake()

    def _wanted(self, who: Actor, asked: Asked) -> Wanted:
        zone = who.person.zone if who.person else "UTC"
        now = self._clock.now()
        first = sheets.monday(now, zone) + timedelta(weeks=sheets.WEEKS if asked.later else 0)
        return Wanted(zone, now, first, self._region(asked.region))

    def _region(self, typed: str) -> str | None:
        if not typed:
            return None
        regions = self._directory().regions
        for region in regions:
            if typed.lower() in (region.id.lower(), region.name.lower()):
                return region.id
        known = ", ".join(region.id for region in regions)
        raise UserError(f"There is no region “{typed[:40]}”.", hint=f"There are: {known}.")

    def _internal(self) -> set[str]:
        """Channels of which the roster file says that they are the team's own."""
        directory = self._directory()
        return {*(r.channel for r in directory.regions), directory.handoff_channel, directory.admin_channel}


def _alt(sheet: Sheet) -> str:
    regions = ", ".join(row.name for row in sheet.rows)
    said = f"{spells.headline(sheet)}. A time line of {regions}. The message above says in words who has each shift."
    return said[:MOST_ALT]
