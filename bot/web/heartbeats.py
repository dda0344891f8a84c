"""`POST /hooks/heartbeat/ID/SECRET`: something calls, and is well.

POST only: a preview that opens the address must not make a dead thing look alive. Whoever has a wrong secret learns
nothing, not even which ids there are.
"""

import hmac
import secrets
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot import clock
from bot.alerts.heartbeats import Heartbeats
from bot.errors import Temporary
from bot.store import ids
from bot.web.guesses import Guesses

PATH = "/hooks/heartbeat/{id}/{secret}"
log = structlog.get_logger()


@dataclass
class Beats:
    """`heartbeats` is None until there is a database."""

    heartbeats: Heartbeats | None = None

    def __post_init__(self) -> None:
        self._guesses = Guesses(clock.monotonic)

    async def receive(self, request: web.Request) -> web.Response:
        if self.heartbeats is None:
            return _later()
        beat = self.heartbeats.find(request.match_info["id"])
        given = request.match_info["secret"].encode("utf-8", "surrogateescape")
        right = hmac.compare_digest(given, beat.secret.encode() if beat else secrets.token_bytes(32))
        if beat is None or not right:
            return self._wrong(request)
        try:
            before = await self.heartbeats.heard(beat)
        except Temporary as error:
            log.warning("heartbeat not taken", heartbeat=beat.id, error=str(error))
            return _later()
        return web.json_response({"heartbeat": beat.id, "again_before": before.isoformat()})

    def _wrong(self, request: web.Request) -> web.Response:
        wait = self._guesses.wrong(request.remote or "")
        reference = ids.reference(secrets.token_hex(8))
        log.warning("heartbeat refused", reference=reference, address=request.remote, limited=bool(wait))
        said = "There is no such heartbeat. Take the id and the secret from the roster file and the environment."
        headers = {"Retry-After": str(wait)} if wait else None
        return web.json_response({"error": said, "reference": reference}, status=429 if wait else 404, headers=headers)


def _later() -> web.Response:
    said = "Heliograph is starting, or its database does not answer."
    return web.json_response({"error": said}, status=503, headers={"Retry-After": "5"})
