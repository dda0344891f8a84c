"""The Slack of the sandbox: one application on one port, which builds all its parts and closes them again.

`docs/sandbox.md` says what is behind which path. It binds to this machine only: whoever reaches it acts as anyone.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.clock import Clock
from sandbox.slack import manifest as manifests
from sandbox.slack.control import Control
from sandbox.slack.delivery import ACK_SECONDS, RETRY_DELAYS, Delivery
from sandbox.slack.events import Events
from sandbox.slack.faults import Faults
from sandbox.slack.http_delivery import HttpCarrier
from sandbox.slack.interactions import Interactions
from sandbox.slack.knobs import Knobs
from sandbox.slack.model import Json
from sandbox.slack.rates import RateLimits
from sandbox.slack.registry import Context
from sandbox.slack.responses import Responses
from sandbox.slack.seen import Seen
from sandbox.slack.sockets import LIFETIME, SocketHub
from sandbox.slack.stream import Streams
from sandbox.slack.tickets import TRIGGER_SECONDS, Tickets
from sandbox.slack.traffic import Traffic
from sandbox.slack.uploads import Uploads
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import Workspace

PAGE = Path(__file__).parent / "page"
MOST_BYTES = 64 * 1024 * 1024
"""Of one request's body."""


class SlackSandbox:
    """`async with SlackSandbox(clock) as slack`; then `slack.url` and `slack.api_url` say where it is."""

    def __init__(
        self,
        clock: Clock,
        port: int = 0,
        mode: Literal["socket", "http"] = "socket",
        request_url: str | None = None,
        manifest: dict[str, Any] | None = None,
        *,
        host: str = "127.0.0.1",
        ack_seconds: float = ACK_SECONDS,
        trigger_seconds: float = TRIGGER_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        connection_seconds: float = LIFETIME,
    ) -> None:
        self.clock, self._host, self._port = clock, host, port
        self.workspace = Workspace(clock, manifests.App.read(manifest or manifests.built_in()))
        self.faults, self.rates, self.traffic = Faults(), RateLimits(), Traffic(clock.unix)
        self._hub = SocketHub(connection_seconds)
        self.http = HttpCarrier(request_url)
        carrier = self._hub if mode == "socket" else self.http
        self._delivery = Delivery(carrier, self.faults, self.traffic, ack_seconds, retry_delays)
        self._streams = Streams()
        self._runner: web.AppRunner | None = None
        self._context = Context(
            self.workspace, Tickets(clock, trigger_seconds), self.faults, self.traffic, self._new_link
        )
        self._listen()

    @property
    def url(self) -> str:
        return self.workspace.url

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.workspace.url = f"http://{self._host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._delivery.close()
        await asyncio.gather(self._streams.close(), self._hub.close(), self.http.close())
        if self._runner is not None:
            await self._runner.cleanup()

    def _listen(self) -> None:
        events = Events(self.workspace, self._delivery)
        self.workspace.on_event = events.tell
        self.workspace.on_change = self._changed
        self.clock.on_change(lambda: self._streams.tell({"type": "clock"}))

    def _changed(self, news: Json, people: Iterable[str] | None) -> None:
        self._streams.tell(news, people)
        if news["type"] == "messages":
            self._streams.tell({"type": "state"}, people)

    def _new_link(self) -> str:
        return f"ws{self.url.removeprefix('http')}/link/{self._hub.ticket()}?app_id=A0HELIO"

    def _application(self) -> web.Application:
        responses, uploads = Responses(self._context), Uploads(self._context)
        interactions = Interactions(self._context, self._delivery, responses)
        knobs = Knobs(self.workspace, self.faults, self.rates, self._hub)
        control = Control(self._context, interactions, Seen(self.workspace), self._streams, knobs)
        api = WebApi(self._context, self.rates)
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[_same_origin])
        app.add_routes(
            [
                web.route("*", "/api/{method}", api.handle),
                web.get("/link/{ticket}", self._hub.link),
                web.post("/response/{token}", responses.handle),
                web.post("/upload/{id}", uploads.upload),
                web.get("/files/{id}/{name}", uploads.read),
                web.get("/archives/{channel}/{message}", _permalink),
                web.get("/", _index),
                *control.routes(),
            ]
        )
        if PAGE.is_dir():
            app.router.add_static("/page/", PAGE)
        return app


@web.middleware
async def _same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Other web pages in the same browser may not act for people here."""
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        return web.Response(status=403, text="another origin")
    return await handler(request)


async def _index(request: web.Request) -> web.StreamResponse:
    index = PAGE / "index.html"
    if not index.is_file():
        return web.Response(status=404, text="the page is not part of this installation")
    return web.FileResponse(index, headers={"Cache-Control": "no-cache"})


async def _permalink(request: web.Request) -> web.Response:
    """A permalink leads to the page, at the channel and the message."""
    digits = request.match_info["message"].removeprefix("p")
    thread = request.query.get("thread_ts") or f"{digits[:-6]}.{digits[-6:]}"
    raise web.HTTPFound(f"/#channel={request.match_info['channel']}&thread={thread}")
