"""What stands for the outside world: a mail server, and a webhook, and PagerDuty's Events API v2."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

LOST = 0


@dataclass
class Mail:
    """A server for SMTP (RFC 5321), as far as one sender needs it. `refusing`: the codes that next mails meet."""

    port: int = 0
    envelopes: list[tuple[str, list[str], EmailMessage]] = field(default_factory=list)
    refusing: list[int] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        sender, recipients = "", list[str]()
        say("220 mail.example ESMTP")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                say("250-mail.example")
                say("250 8BITMIME")
            elif verb == "MAIL":
                sender, recipients = _address(line), []
                say("250 ok")
            elif verb == "RCPT" and self.refusing:
                say(f"{self.refusing.pop(0)} not now")
            elif verb == "RCPT":
                recipients.append(_address(line))
                say("250 ok")
            elif verb == "DATA":
                say("354 go on")
                content = await reader.readuntil(b"\r\n.\r\n")
                message = email.message_from_bytes(content[:-3], policy=email.policy.default)
                assert isinstance(message, EmailMessage)
                self.envelopes.append((sender, recipients, message))
                say("250 taken")
            elif verb in ("QUIT", "RSET", "NOOP"):
                say("221 bye" if verb == "QUIT" else "250 ok")
            else:
                say("502 not known here")
        writer.close()


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.index(">")]


@asynccontextmanager
async def mail_server() -> AsyncIterator[Mail]:
    mail = Mail()
    server = await asyncio.start_server(mail.talk, "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()


@dataclass
class PagerDuty:
    """Incidents by (routing key, dedup key) → state, by the rules of the Events API v2."""

    keys: frozenset[str]
    """Routing keys that are known; what comes under another is refused."""
    url: str = ""
    incidents: dict[tuple[str, str], str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)
    """Statuses of the next answers; `LOST`: the event is taken, and the connection ends before the answer."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of answers that fail."""

    async def enqueue(self, request: web.Request) -> web.Response:
        event = await request.json()
        status = self.failing.pop(0) if self.failing else 202
        if status > 202:
            return web.json_response({"status": "not taken"}, status=status, headers=self.headers)
        if wrong := self._wrong(event):
            said = {"status": "invalid event", "message": f"{event}", "errors": [wrong]}
            return web.json_response(said, status=400)
        self._take(event)
        if status == LOST:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"status": "success", "dedup_key": event["dedup_key"]}, status=202)

    def _wrong(self, event: dict[str, Any]) -> str:
        if event.get("routing_key") not in self.keys:
            return "'routing_key' is invalid"
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            return "'event_action' is invalid"
        if not event.get("dedup_key") or len(event["dedup_key"]) > 255:
            return "'dedup_key' is missing or too long"
        if event["event_action"] != "trigger":
            return ""
        payload = event.get("payload", {})
        if missing := [name for name in ("summary", "source", "severity") if not payload.get(name)]:
            return f"'payload.{missing[0]}' is missing"
        severe = payload["severity"] in ("critical", "error", "warning", "info")
        return "" if severe and len(payload["summary"]) <= 1024 else "'payload' is invalid"

    def _take(self, event: dict[str, Any]) -> None:
        """Only a trigger opens an incident; what ends one that is not open is taken and changes nothing."""
        self.events.append(event)
        incident, now = (event["routing_key"], event["dedup_key"]), event["event_action"]
        before = self.incidents.get(incident)
        if now == "trigger":
            self.incidents[incident] = before if before in ("triggered", "acknowledged") else "triggered"
        elif before in ("triggered", "acknowledged"):
            self.incidents[incident] = "acknowledged" if now == "acknowledge" else "resolved"


@asynccontextmanager
async def pagerduty(*keys: str) -> AsyncIterator[PagerDuty]:
    service = PagerDuty(frozenset(keys))
    app = web.Application()
    app.router.add_post("/v2/enqueue", service.enqueue)
    async with TestServer(app) as server:
        service.url = str(server.make_url("/v2/enqueue"))
        yield service


@dataclass
class Opsgenie:
    """Alerts by alias, by the rules of the Alert API v2: what is well-formed is taken with 202 and worked later."""

    keys: frozenset[str]
    url: str = ""
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)
    """As of `PagerDuty`."""
    headers: dict[str, str] = field(default_factory=dict)

    async def create(self, request: web.Request) -> web.Response:
        body = await request.json()
        if refused := self._refused(request):
            return refused
        if wrong := self._wrong(body):
            return web.json_response({"message": f"{wrong}: {body}", "took": 0.1}, status=422)
        known = self.alerts.get(body["alias"])
        if known is None or known["status"] == "closed":
            self.alerts[body["alias"]] = {"status": "open", "count": 1, "notes": [], **body}
        else:
            known["count"] += 1
        return self._taken(request, body)

    async def act(self, request: web.Request) -> web.Response:
        """Of an alert that is not there it says so only to who asks for the request afterwards."""
        body = await request.json()
        if refused := self._refused(request):
            return refused
        if request.query.get("identifierType") != "alias":
            return self._taken(request, body)
        alert, action = self.alerts.get(request.match_info["alias"]), request.match_info["action"]
        if alert is not None and alert["status"] != "closed":
            after = {"acknowledge": "acknowledged", "close": "closed"}
            alert["status"] = after.get(action, alert["status"])
            alert["notes"] += [body["note"]] if "note" in body else []
        return self._taken(request, body)

    def _refused(self, request: web.Request) -> web.Response | None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "GenieKey" or key not in self.keys:
            return web.json_response({"message": f"Could not authenticate {key}", "took": 0.1}, status=401)
        if self.failing and (status := self.failing[0]) != LOST:
            self.failing.pop(0)
            return web.json_response({"message": "not now"}, status=status, headers=self.headers)
        return None

    def _wrong(self, body: dict[str, Any]) -> str:
        most = {"message": 130, "alias": 512, "description": 15_000}
        if too_long := [name for name, length in most.items() if len(body.get(name, "")) > length]:
            return f"{too_long[0]} is too long"
        if not body.get("message") or body.get("priority", "P3") not in ("P1", "P2", "P3", "P4", "P5"):
            return "message or priority"
        kinds = {"team", "user", "escalation", "schedule"}
        named = all(
            r.get("type") in kinds and len({"id", "name", "username"} & set(r)) == 1 for r in body.get("responders", [])
        )
        return "" if named else "responders"

    def _taken(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        self.calls.append((request.path, body))
        if self.failing and self.failing[0] == LOST:
            self.failing.pop(0)
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"result": "Request will be processed", "took": 0.1, "requestId": "r"}, status=202)


@asynccontextmanager
async def opsgenie(*keys: str) -> AsyncIterator[Opsgenie]:
    service = Opsgenie(frozenset(keys))
    app = web.Application()
    app.router.add_post("/v2/alerts", service.create)
    app.router.add_post("/v2/alerts/{alias}/{action:acknowledge|close|notes}", service.act)
    async with TestServer(app) as server:
        service.url = str(server.make_url("")).rstrip("/")
        yield service


@dataclass
class Webhook:
    """Keeps what it is sent. `failing`: the statuses of the next answers, with these `headers`."""

    port: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[float] = field(default_factory=list)
    """When (s) it was sent anything, taken or not."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append(asyncio.get_running_loop().time())
        if self.failing:
            return web.Response(status=self.failing.pop(0), headers=self.headers)
        self.bodies.append(await request.json())
        return web.Response(text="ok")


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    async with TestServer(app) as server:
        assert server.port is not None
        hook.port = server.port
        yield hook


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """A service that takes a connection and says nothing. → its port."""
    open_ones: list[asyncio.StreamWriter] = []

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)
        while await reader.read(4096):
            pass

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_ones:
            writer.close()
