"""What no other listener takes: old buttons, forms of an earlier version, events that only refresh what is remembered.

In Socket Mode an envelope that nobody handles is never acknowledged, and its author sees a time-out. So everything
has a listener, and an honest answer.
"""

import re

from bot.errors import UserError
from bot.slack.gateway import Gateway
from handlers.incoming import Incoming
from handlers.listeners import Listeners

ANY = re.compile(".*", re.DOTALL)


def register(on: Listeners, slack: Gateway) -> None:
    """Registered last: Bolt takes the first listener that fits."""

    async def old(incoming: Incoming) -> None:
        raise UserError("This is of an earlier version and does nothing any more.", hint="Look for a newer message.")

    async def members_changed(incoming: Incoming) -> None:
        slack.forget(str(incoming.body["event"].get("subteam_id", "")))

    async def nothing(incoming: Incoming) -> None:
        """Subscribed to, and of no consequence."""

    on.event("subteam_members_changed", members_changed)
    on.event(ANY, nothing)
    on.action(ANY, old)
    on.view(ANY, old)
    on.shortcut(ANY, old)
    on.command(ANY, old)
