"""What is served over HTTP: whether the process lives and can serve, its figures, and in HTTP mode Slack's requests.

`/live` answers while the event loop turns. `/ready` answers 200 once everything it needs has answered, else 503 with
the names of what has not. `/metrics` is Prometheus' text format. `/slack/events` takes what Slack signs; Bolt checks
the signature and its age, and anything else gets 401. `/calendar/` is `bot.web.calendars`, `/p/` is
`bot.web.pages`, `/hooks/` what other systems tell us.
"""

import errno
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.calendars.service import Calendars
from bot.errors import UserError
from bot.links.model import PATH
from bot.store import ids
from bot.web import alertmanager, calendars, heartbeats
from bot.web.alertmanager import Alertmanager
from bot.web.heartbeats import Beats
from bot.web.pages import Pages

log = structlog.get_logger()
Waiting = Callable[[], list[str]]
"""Names what is not ready yet; empty when the process can serve."""


class Web:
    def __init__(self, host: str, port: int, waiting: Waiting) -> None:
        self._host, self._port, self._waiting = host, port, waiting
        self.slack: AsyncApp | None = None
        """Set in HTTP mode, as soon as there are listeners; until then Slack is told to come again."""
        self.calendars: Calendars | None = None
        """Set as soon as there is a database; until then a client is told to come again."""
        self.pages = Pages()
        """Answers people by links once `by_link` is set."""
        self.alertmanager = Alertmanager()
        """Takes alerts once it has a secret and `alerts`."""
        self.beats = Beats()
        app = web.Application(middlewares=[_failed])
        app.add_routes(
            [
                web.get("/live", self._live),
                web.get("/ready", self._ready),
                web.get("/metrics", self._metrics),
                web.get("/calendar/{token}.ics", self._calendar),
                web.get(PATH + "{token}", self.pages.look),
                web.post(PATH + "{token}", self.pages.act),
                web.post(alertmanager.PATH, self.alertmanager.receive),
                web.post(heartbeats.PATH, self.beats.receive),
                web.post("/slack/events", self._events),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise _not_served(self._host, self._port, error) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _live(self, request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, request: web.Request) -> web.Response:
        waiting = self._waiting()
        return web.json_response({"ready": not waiting, "waiting_for": waiting}, status=503 if waiting else 200)

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _calendar(self, request: web.Request) -> web.Response:
        return await calendars.answer(self.calendars, request)

    async def _events(self, request: web.Request) -> web.Response:
        if self.slack is None:
            return web.Response(status=503, text="not ready")
        answer = await self.slack.async_dispatch(await to_bolt_request(request))
        return await to_aiohttp_response(answer)


@web.middleware
async def _failed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A defect is answered with the reference of its log line, and with 500: Alertmanager and Slack come again."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:
        reference = ids.reference(secrets.token_hex(8))
        log.exception("a defect in serving", reference=reference, route=_route(request))
        said = "Something went wrong in Heliograph. Try again; it stands in the log with this reference."
        return web.json_response({"error": said, "reference": reference}, status=500)


def _route(request: web.Request) -> str:
    """Without the secrets that stand in addresses."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


def _not_served(host: str, port: int, error: OSError) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(
            f"Port {port} of {host} is taken, perhaps by another Heliograph.",
            hint="Stop that one, or set HELIOGRAPH_HTTP_PORT to a free port.",
        )
    return UserError(
        f"Nothing can be served at {host}, port {port}: {error.strerror or error}.",
        hint="Set HELIOGRAPH_HTTP_HOST to an address of this machine, and HELIOGRAPH_HTTP_PORT to a free port.",
    )
