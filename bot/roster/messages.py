"""What people are told when who is on duty changes: by direct message, once, in the transaction that changes it.

A message with buttons is rendered anew with every step, so that nobody keeps a button that leads nowhere.
"""

from collections.abc import Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.directory.model import Directory
from bot.outbox.api import Destination, Outbox
from bot.roster.model import SwapState
from bot.roster.stints import Stint
from bot.roster.tables import TimeOffRow
from bot.roster.views import CoverView, Overridden, SwapView
from bot.slack.render import Message, Renderer


class Messages:
    def __init__(self, outbox: Outbox, renderer: Renderer, directory: Callable[[], Directory]) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory

    def wake(self) -> None:
        self._outbox.wake()

    async def overridden(self, tx: AsyncSession, made: Overridden) -> None:
        """Who comes and who goes is told, and who made it can cancel it."""
        message = self._renderer.message("oncall/overridden", made=made, to=made.by)
        await self._outbox.post(tx, f"override/{made.id}/made", Destination(user=made.by), message)
        for slack in made.concerned:
            message = self._renderer.message("oncall/overridden", made=made, to=slack)
            await self._outbox.post(tx, f"override/{made.id}/told/{slack}", Destination(user=slack), message)

    async def cancelled(self, tx: AsyncSession, made: Overridden) -> None:
        message = self._renderer.message("oncall/overridden", made=made, to=made.by)
        await self._changed(tx, f"override/{made.id}/made", message)
        for slack in sorted({*made.concerned, made.by} - {made.cancelled_by}):
            message = self._renderer.message("oncall/overridden", made=made, to=slack)
            await self._outbox.post(tx, f"override/{made.id}/cancelled/{slack}", Destination(user=slack), message)

    async def swap_asked(self, tx: AsyncSession, view: SwapView) -> None:
        for side in ("taker", "giver"):
            message = self._renderer.message("oncall/swap", swap=view, side=side)
            await self._outbox.post(tx, _swap_key(view, side), Destination(user=getattr(view, side)), message)

    async def swap_moved(self, tx: AsyncSession, view: SwapView, by: str, leads: Sequence[str]) -> None:
        """Both sides' messages, and the leads' where the policy asks them; the other side's bell rings."""
        for side in ("taker", "giver"):
            await self._changed(tx, _swap_key(view, side), self._renderer.message("oncall/swap", swap=view, side=side))
        lead = self._renderer.message("oncall/swap", swap=view, side="lead", leads=leads)
        if view.state is SwapState.ACCEPTED:
            await self._outbox.post(tx, _swap_key(view, "lead"), Destination(channel=view.channel), lead)
        else:
            await self._changed(tx, _swap_key(view, "lead"), lead)
        for slack in sorted(_heard(view) - {by}):
            told = self._renderer.message("oncall/swap_told", swap=view, to=slack)
            key = f"{_swap_key(view, 'told')}/{view.state.value}/{slack}"
            await self._outbox.post(tx, key, Destination(user=slack), told)

    async def off(
        self, tx: AsyncSession, row: TimeOffRow, opened: Sequence[Stint], covers: Sequence[CoverView]
    ) -> None:
        """To who goes: what it opens, and who has taken what; posted once, then kept up to date."""
        message = self._off(row, opened, covers)
        await self._outbox.post(tx, f"off/{row.id}/mine", Destination(user=self._slack(row.person)), message)

    async def off_changed(
        self, tx: AsyncSession, row: TimeOffRow, opened: Sequence[Stint], covers: Sequence[CoverView]
    ) -> None:
        await self._changed(tx, f"off/{row.id}/mine", self._off(row, opened, covers))

    async def covering(self, tx: AsyncSession, row: TimeOffRow, stints: Sequence[Stint], *, cancelled: bool) -> None:
        """To the cover that the time off names."""
        if row.cover is None:
            return
        message = self._renderer.message(
            "oncall/covering", person=self._slack(row.person), row=row, stints=stints, cancelled=cancelled
        )
        key = f"off/{row.id}/{'cancelled' if cancelled else 'covering'}"
        await self._outbox.post(tx, key, Destination(user=self._slack(row.cover)), message)

    async def cover_asked(self, tx: AsyncSession, row: TimeOffRow, covers: Sequence[CoverView]) -> None:
        """Everybody who could take something gets one message, with a button for each thing they could take."""
        for slack in _asked(covers):
            message = self._cover(row, covers, slack)
            await self._outbox.post(tx, f"off/{row.id}/cover/{slack}", Destination(user=slack), message)

    async def cover_moved(self, tx: AsyncSession, row: TimeOffRow, covers: Sequence[CoverView]) -> None:
        for slack in _asked(covers):
            await self._changed(tx, f"off/{row.id}/cover/{slack}", self._cover(row, covers, slack))

    async def cover_told(self, tx: AsyncSession, row: TimeOffRow, cover: CoverView, to: str) -> None:
        """Somebody takes it (to who is away), or is not needed any more (to who had taken it)."""
        message = self._renderer.message("oncall/cover_told", cover=cover, person=self._slack(row.person), to=to)
        key = f"off/{row.id}/cover/{cover.id}/{cover.state.value}/{to}"
        await self._outbox.post(tx, key, Destination(user=to), message)

    def _off(self, row: TimeOffRow, opened: Sequence[Stint], covers: Sequence[CoverView]) -> Message:
        cover = self._slack(row.cover) if row.cover else None
        return self._renderer.message("oncall/off", row=row, cover=cover, opened=opened, covers=covers)

    def _cover(self, row: TimeOffRow, covers: Sequence[CoverView], slack: str) -> Message:
        theirs = [cover for cover in covers if slack in cover.asked]
        return self._renderer.message("oncall/cover", person=self._slack(row.person), covers=theirs, to=slack)

    async def _changed(self, tx: AsyncSession, key: str, message: Message) -> None:
        """What was never posted (an inline command, a policy without leads) or is forgotten by now stays so."""
        if await self._outbox.exists(tx, key):
            await self._outbox.update(tx, key, message)

    def _slack(self, person: str) -> str:
        found = self._directory().person(person)
        return found.slack if found else person


def _heard(view: SwapView) -> set[str]:
    """Who hears of the state it has come to in a message of its own: an edited message rings no bell."""
    if view.state is SwapState.WITHDRAWN:
        return set()
    return {view.giver} if view.state in (SwapState.ACCEPTED, SwapState.DECLINED) else {view.giver, view.taker}


def _swap_key(view: SwapView, side: str) -> str:
    return f"swap/{view.id}/{side}"


def _asked(covers: Sequence[CoverView]) -> list[str]:
    return list(dict.fromkeys(slack for cover in covers for slack in cover.asked))
