"""What could not be delivered, sent again from the admins' channel."""

from bot.outbox.report import AdminReport
from bot.slack import ids
from handlers.incoming import Incoming
from handlers.listeners import Listeners


def register(on: Listeners, report: AdminReport) -> None:
    async def again(incoming: Incoming) -> None:
        await report.again(incoming.actor, incoming.value)

    on.action(ids.OUTBOX_AGAIN, again)
