"""`WS /control/stream`: tells each page that something changed and should be read again. It carries no content."""

import asyncio
import contextlib
import json
from collections.abc import Iterable

from aiohttp import WSMsgType, web

from sandbox.slack.model import Json


class Streams:
    def __init__(self) -> None:
        self._open: dict[web.WebSocketResponse, tuple[str, asyncio.Queue[str]]] = {}

    def tell(self, news: Json, people: Iterable[str] | None = None) -> None:
        """To those of `people` who have a page open; to everybody where it is None."""
        wanted = None if people is None else set(people)
        text = json.dumps(news)
        for person, queue in self._open.values():
            if wanted is None or person in wanted:
                queue.put_nowait(text)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._open[socket] = (request.query.get("as", ""), queue)
        writer = asyncio.get_running_loop().create_task(_write(socket, queue))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
        finally:
            del self._open[socket]
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return socket

    async def close(self) -> None:
        for socket in list(self._open):
            await socket.close()


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
    while True:
        text = await queue.get()
        with contextlib.suppress(ConnectionError):
            await socket.send_str(text)
