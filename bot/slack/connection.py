"""How Slack's envelopes come in: the Socket Mode connections, and the patience with which they are made."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.errors import Temporary
from bot.slack.gateway import Gateway

CONNECT_SECONDS = 15.0
CONNECTIONS = 2
"""Socket Mode connections: the client closes an old socket before it opens the new one; two leave no gap."""
log = structlog.get_logger()


@asynccontextmanager
async def connected(app: AsyncApp, token: str, slack: Gateway) -> AsyncIterator[None]:
    """Envelopes come in over Socket Mode. Without a `token` (HTTP mode) Slack comes to the web server instead."""
    if not token:
        yield
        return
    sockets = [AsyncSocketModeHandler(app, token) for _ in range(CONNECTIONS)]
    try:
        for socket in sockets:
            await patient("apps.connections.open", partial(opened, socket, slack, token))
        yield
    finally:
        for socket in sockets:
            await socket.close_async()  # type: ignore[no-untyped-call]


async def opened(socket: AsyncSocketModeHandler, slack: Gateway, token: str) -> None:
    """One connection. The address is asked for here: the library would try a token that is refused for ever.

    It would also try an address for ever, which is good for one connection: too late is asked for anew.
    """
    socket.client.wss_uri = await slack.socket_address(token)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await socket.connect_async()  # type: ignore[no-untyped-call]
    except TimeoutError as error:
        raise Temporary("Slack's socket does not answer.") from error


async def patient(what: str, attempt: Callable[[], Awaitable[object]], *, longest: float = 30.0) -> None:
    """Until Slack answers. Away is waited for, and pages outside Slack go out meanwhile; refused is refused."""
    pause = 0.5
    while True:
        try:
            await attempt()
        except Temporary as error:
            log.warning("waiting for Slack", method=what, error=str(error), again_in=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, longest)
        else:
            return
