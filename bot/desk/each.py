"""What the clock does to many things, each by itself: one that cannot be done is logged and holds up no other."""

from collections.abc import Awaitable

import structlog

from bot.errors import Temporary

log = structlog.get_logger()


async def by_itself(what: str, id: int, work: Awaitable[None]) -> None:
    """`what` and `id` say in the log which it was. What is temporary concerns all of them, and is raised."""
    try:
        await work
    except Temporary:
        raise
    except Exception:
        log.exception("the clock cannot do this", what=what, id=id)
