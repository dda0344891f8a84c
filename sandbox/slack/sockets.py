"""Socket Mode: up to ten connections of the app, each envelope to one of them in turn.

An acknowledgement counts whichever connection it comes over. A connection lives as long as Slack keeps one, about an
hour: ten seconds before the end it is warned, then asked to refresh, then closed.
"""

import asyncio
import itertools
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.slack.delivery import Ack, Envelope
from sandbox.slack.faults import Fault
from sandbox.slack.model import APP, Json

MOST = 10
TICKET_SECONDS = 30.0
"""How long the URL of `apps.connections.open` may lie about; it opens one connection."""
LIFETIME = 3_600.0
WARNING = 10.0


@dataclass
class Connection:
    id: int
    socket: web.WebSocketResponse
    leaving: bool = False
    """Was told to go; gets nothing more."""


class SocketHub:
    def __init__(self, lifetime: float = LIFETIME) -> None:
        self._lifetime = lifetime
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()
        self._ids = itertools.count(1)

    def ticket(self) -> str:
        made = secrets.token_hex(16)
        self._tickets[made] = time.monotonic() + TICKET_SECONDS
        return made

    @property
    def open(self) -> list[Connection]:
        return [c for c in self._connections if not c.leaving and not c.socket.closed]

    async def link(self, request: web.Request) -> web.StreamResponse:
        """`GET /link/<ticket>`: the websocket itself."""
        if self._tickets.pop(request.match_info["ticket"], 0.0) < time.monotonic():
            return web.Response(status=408, text="expired ticket")
        socket = web.WebSocketResponse(heartbeat=30, autoping=True)
        await socket.prepare(request)
        if len(self.open) >= MOST:
            await self._say_goodbye(Connection(0, socket), "too_many_websockets")
            return socket
        connection = Connection(next(self._ids), socket)
        self._connections.append(connection)
        await socket.send_json(self._hello())
        timer = asyncio.get_running_loop().create_task(self._age(connection))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            timer.cancel()
            self._connections.remove(connection)
        return socket

    async def send(self, envelope: Envelope, fault: Fault | None, seconds: float) -> Ack:
        connections = self.open
        if not connections:
            return Ack(False, error="dispatch_failed")
        connection = connections[next(self._turn) % len(connections)]
        if fault is not None and fault.kind == "drop_socket":
            drop(connection)
        envelope_id = secrets.token_hex(16)
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = answer
        try:
            async with asyncio.timeout(seconds):
                if not connection.leaving:
                    await connection.socket.send_json(_on_the_wire(envelope, envelope_id))
                return Ack(True, await answer)
        except (TimeoutError, ConnectionError):
            return Ack(False, error="operation_timeout")
        finally:
            del self._waiting[envelope_id]

    async def disconnect(self, reason: str) -> int:
        """Says goodbye to every connection (`warning`, `refresh_requested`, `link_disabled`) → how many."""
        connections = self.open
        for connection in connections:
            await self._say_goodbye(connection, reason)
        return len(connections)

    def drop(self) -> int:
        """Cuts every connection, as a network does → how many."""
        connections = self.open
        for connection in connections:
            drop(connection)
        return len(connections)

    async def close(self) -> None:
        for connection in list(self._connections):
            await connection.socket.close(code=WSCloseCode.GOING_AWAY)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.open),
            "debug_info": _debug(self._lifetime),
            "connection_info": {"app_id": APP},
        }

    def _heard(self, text: str) -> None:
        """Anything but an acknowledgement of what was sent is passed over, as Slack does."""
        try:
            said = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(said.get("envelope_id", "")) if isinstance(said, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(said.get("payload") or {})

    async def _age(self, connection: Connection) -> None:
        await asyncio.sleep(max(0.0, self._lifetime - WARNING))
        await self._say_goodbye(connection, "warning")
        await asyncio.sleep(min(WARNING, self._lifetime))
        await self._say_goodbye(connection, "refresh_requested")

    async def _say_goodbye(self, connection: Connection, reason: str) -> None:
        """After `warning` the connection still serves; after the others it gets nothing more."""
        if connection.socket.closed:
            return
        connection.leaving = reason != "warning"
        debug = {"host": "applink-sandbox"}
        await connection.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": debug})
        if reason in ("too_many_websockets", "link_disabled"):
            await connection.socket.close()


def drop(connection: Connection) -> None:
    connection.leaving = True
    transport = connection.socket._req.transport if connection.socket._req else None
    if transport is not None:
        transport.abort()


def _debug(lifetime: float) -> dict[str, Any]:
    return {
        "host": "applink-sandbox",
        "build_number": 1,
        "approximate_connection_time": int(lifetime),
    }


def _on_the_wire(envelope: Envelope, envelope_id: str) -> Json:
    made: Json = {
        "envelope_id": envelope_id,
        "payload": envelope.payload,
        "type": envelope.kind,
        "accepts_response_payload": envelope.accepts_response,
    }
    if envelope.kind == "events_api":
        made |= {"retry_attempt": envelope.retry, "retry_reason": envelope.retry_reason}
    return made
