"""The handoff message: published once, edited when it is accepted. Writes outbox rows, never sends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.directory.model import Directory, Person
from bot.handoff import model
from bot.handoff.tables import Handoff
from bot.outbox.api import Destination, Outbox
from bot.slack.render import Message, Renderer


class Messages:
    def __init__(self, outbox: Outbox, renderer: Renderer, directory: Callable[[], Directory]) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory

    def wake(self) -> None:
        self._outbox.wake()

    async def published(self, tx: AsyncSession, handoff: Handoff, facts: model.Facts, late: timedelta | None) -> None:
        to = Destination(channel=self._directory().handoff_channel)
        await self._outbox.post(tx, _key(handoff), to, self._message(handoff, facts.to_row(), late))

    async def accepted(self, tx: AsyncSession, handoff: Handoff, *, taken_over: bool) -> None:
        """`taken_over`: by a lead, who is not on duty in the incoming region."""
        late = model.lateness(handoff.boundary, handoff.published_at)
        await self._outbox.update(tx, _key(handoff), self._message(handoff, handoff.facts, late, taken_over))

    def _message(
        self, handoff: Handoff, facts: dict[str, Any], late: timedelta | None, taken_over: bool = False
    ) -> Message:
        directory = self._directory()
        return self._renderer.message(
            "handoff/handoff",
            handoff=handoff,
            facts=facts,
            promises=model.promised(facts),
            most=model.MOST_ITEMS,
            late=late,
            taken_over=taken_over,
            outgoing_region=directory.region(handoff.outgoing_region),
            incoming_region=directory.region(handoff.incoming_region),
            outgoing=self._person(handoff.outgoing),
            incoming=self._person(handoff.incoming),
        )

    def _person(self, id: str | None) -> Person | None:
        return self._directory().person(id) if id else None


def _key(handoff: Handoff) -> str:
    return f"handoff/{handoff.id}"
