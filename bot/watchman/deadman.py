"""The dead-man's switch: an address outside is told every so often that all is well, and raises the alarm when not.

The call is withheld while the watchman sees what it cannot put right, while it cannot look at all, and of course when
this process is gone. It runs in a task of its own and not by the alarms, which it watches.
"""

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import structlog
from prometheus_client import Counter

from bot.watchman.service import Finding

CALL_SECONDS = 10.0
LOOK_SECONDS = 20.0
"""A look that takes longer is as good as none."""

CALLS = Counter("heliograph_deadman_calls", "Calls to the dead-man's switch.", ["outcome"])
log = structlog.get_logger()


class Deadman:
    """`look` says what is wrong. Without a `url` there are looks and no calls. `seconds` lie between two."""

    def __init__(self, look: Callable[[], Awaitable[list[Finding]]], url: str, seconds: float) -> None:
        self._look = look
        self._url = url
        self._seconds = seconds

    async def run(self) -> None:
        """Until it is cancelled. Nothing that goes wrong ends it."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=CALL_SECONDS)) as http:
            while True:
                if await self._well() and self._url:
                    await self._call(http)
                await asyncio.sleep(self._seconds)

    async def _well(self) -> bool:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                troubles = await self._look()
        except TimeoutError:
            log.error("dead-man's switch withheld", why="the watchman's look does not end")
        except Exception:
            log.exception("dead-man's switch withheld")
        else:
            if troubles:
                log.error("dead-man's switch withheld", why=[one.said for one in troubles])
            return self._counted(not troubles)
        return self._counted(False)

    def _counted(self, well: bool) -> bool:
        if not well:
            CALLS.labels("withheld").inc()
        return well

    async def _call(self, http: aiohttp.ClientSession) -> None:
        """The address is a secret: no error is logged with it."""
        try:
            async with http.get(self._url, allow_redirects=False) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            CALLS.labels("failed").inc()
            log.warning("the dead-man's switch does not answer", error=type(error).__name__)
            return
        CALLS.labels("made" if status < 300 else "failed").inc()
        if status >= 300:
            log.warning("the dead-man's switch refuses", status=status)
