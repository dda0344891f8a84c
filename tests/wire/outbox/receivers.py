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

    async def enqueue(self, request: web.Request) -> web.Response:
        event = await request.json()
        status = self.failing.pop(0) if self.failing else 202
        if status > 202:
            return web.json_response({"status": "not taken"}, status=status)
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
class Webhook:
    """Keeps what it is sent. `failing`: the statuses of the next answers."""

    port: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        if self.failing:
            return web.Response(status=self.failing.pop(0))
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
