"""Tells the admins what could not be delivered. A report that cannot be delivered itself is only logged."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.outbox.api import Destination, Outbox
from bot.outbox.tables import OutgoingMessage
from bot.slack.render import Renderer

PREFIX = "outbox/undelivered/"


class AdminReport:
    def __init__(self, outbox: Outbox, renderer: Renderer, admin_channel: Callable[[], str]) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._channel = admin_channel

    async def __call__(self, tx: AsyncSession, row: OutgoingMessage, reason: str) -> None:
        if row.key.startswith(PREFIX) or row.kind in ("reply", "reaction", "pin") or row.ts is not None:
            return
        where = row.contact_ref or row.channel or f"the DM of {row.user}"
        message = self._renderer.message("common/undelivered", where=where, key=row.key, reason=reason)
        await self._outbox.post(tx, f"{PREFIX}{row.id}", Destination(channel=self._channel()), message)
