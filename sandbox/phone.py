"""Everybody's phone: what reaches people outside Slack.

Apprise is configured with `json://…/phone/<person>` URLs, so its real HTTP plugin posts here. The page lists what
arrived, newest first; tests read `GET /phone`.
"""

import html
from dataclasses import asdict, dataclass

from aiohttp import web

from sandbox.clock import Clock

MOST = 500
"""Messages kept; the oldest are dropped."""


@dataclass(frozen=True)
class Arrived:
    person: str
    title: str
    body: str
    at: str


class Phone:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.arrived: list[Arrived] = []
        self.broken = False
        """While true every message is refused, as by a gateway that is down."""

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/phone/{person}", self._receive),
            web.get("/phone", self._list),
            web.get("/phones", self._page),
        ]

    def url(self, origin: str, person: str) -> str:
        """The Apprise URL of a person's phone, for a server at `origin` (http://host:port)."""
        return f"{origin.replace('http://', 'json://')}/phone/{person}"

    async def _receive(self, request: web.Request) -> web.Response:
        if self.broken:
            return web.Response(status=503, text="the gateway is down")
        body = await request.json()
        person = request.match_info["person"]
        self.arrived.append(Arrived(person, body["title"], body["message"], self._clock.now().isoformat()))
        del self.arrived[:-MOST]
        return web.Response(text="ok")

    async def _list(self, request: web.Request) -> web.Response:
        person = request.query.get("person")
        chosen = [asdict(a) for a in self.arrived if person in (None, a.person)]
        return web.json_response({"ok": True, "messages": chosen})

    async def _page(self, request: web.Request) -> web.Response:
        rows = "".join(_row(a) for a in reversed(self.arrived)) or "<p>Nobody has been paged.</p>"
        return web.Response(text=_PAGE.replace("ROWS", rows), content_type="text/html")


def _row(message: Arrived) -> str:
    person, title, body = (html.escape(s) for s in (message.person, message.title, message.body))
    when = html.escape(message.at[:16].replace("T", " "))
    return f"<article><h2>{person} <time>{when} UTC</time></h2><b>{title}</b><pre>{body}</pre></article>"


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Phones</title>
<meta http-equiv="refresh" content="3">
<meta name="viewport" content="width=device-width"><style>
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}
article{border:1px solid #8885;border-radius:12px;padding:.75rem 1rem;margin:1rem 0}h2{font-size:1rem;margin:0}
time{font-weight:400;opacity:.7}pre{white-space:pre-wrap;font:inherit;margin:.25rem 0 0}</style>
<h1>Phones</h1><p>What reached people outside Slack.</p>ROWS</html>"""
