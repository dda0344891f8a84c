"""A call to a service that keeps incidents: what PagerDuty's and Opsgenie's adapters have in common.

The addresses hold secrets. None appears in an error, and what a service answers is not repeated, since it may hold one.
"""

import asyncio
from typing import Any

import aiohttp
import apprise
from yarl import URL

from bot.errors import BotError, Temporary
from bot.outbox.waiting import Limited, retry_after


class Refused(BotError):
    """The service will not take this, now or later."""


async def read(url: str) -> Any:
    """Apprise's reading of the address. Raises `Refused` where it is not complete. Loading the plugins takes 0.3 s."""
    service = await asyncio.to_thread(apprise.Apprise.instantiate, url, suppress_exceptions=True)
    if service is None:
        raise Refused(f"The address is no complete {url.partition(':')[0].lower()}:// URL.")
    return service


async def post(
    name: str,
    where: str,
    what: dict[str, Any],
    seconds: float,
    *,
    verify: bool,
    refusals: dict[int, str],
    headers: dict[str, str] | None = None,
    period: str = "",
) -> None:
    """Posts `what` as JSON to the service `name`; `where` is quoted already. `refusals`: status → what is wrong.

    `period` is a header that says how long to wait where `Retry-After` does not. Raises `Temporary`, `Limited` among
    them, where it is worth another try, and `Refused` where it is not.
    """
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True, headers=headers) as http,
            http.post(URL(where, encoded=True), json=what, ssl=verify, allow_redirects=False) as answer,
        ):
            status, wait = answer.status, retry_after(answer.headers, *([period] if period else []))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise Temporary(f"{name} does not answer: {type(error).__name__}.") from None
    if status in refusals:
        raise Refused(f"{name} answers {status}{refusals[status]}")
    if status == 429 and wait is not None:
        raise Limited(name, wait)
    if status not in (200, 201, 202):
        raise Temporary(f"{name} did not take it ({status}).")
