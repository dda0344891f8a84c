"""A Slack that says yes to everything at once, and presses: for load, where the sandbox's strictness would be measured.

It is not the sandbox: it checks nothing but what the benchmark counts.
"""

import asyncio
import hashlib
import hmac
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

SECRET = "bench-signing-secret"
ENGINEERS = ["U0CAPELLA", "U0RIGEL", "U0SPICA", "U0CANOPUS"]


@dataclass
class Pressed:
    """What a round of commands came to: seconds until each was acknowledged, and how many were not."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def percentile(self, share: float) -> float:
        found = sorted(self.seconds)
        return found[min(len(found) - 1, int(share * len(found)))]


class YesSlack:
    """`async with YesSlack() as slack:`; `slack.calls` counts what was called."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        made = web.Application()
        made.add_routes([web.route("*", "/api/{method}", self._answer), web.post("/respond/{n}", self._respond)])
        self._runner = web.AppRunner(made, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def press(self, to: str, commands: list[tuple[str, str]], rate: float) -> Pressed:
        """Sends each (command, text) at its own instant, `rate` a second, whether or not earlier ones were answered."""
        pressed = Pressed()
        loop = asyncio.get_running_loop()
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as http, asyncio.TaskGroup() as group:
            began = loop.time()
            for number, command in enumerate(commands):
                await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
                group.create_task(self._send(http, to, command, pressed))
        return pressed

    async def _send(self, http: aiohttp.ClientSession, to: str, command: tuple[str, str], pressed: Pressed) -> None:
        body = urlencode(self._payload(*command)).encode()
        stamp = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), b":".join((b"v0", stamp.encode(), body)), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        began = time.perf_counter()
        try:
            async with http.post(to, data=body, headers=headers, timeout=aiohttp.ClientTimeout(total=30)) as answer:
                await answer.read()
                if answer.status != 200:
                    pressed.refused += 1
                    return
        except (aiohttp.ClientError, TimeoutError):
            pressed.refused += 1
            return
        pressed.seconds.append(time.perf_counter() - began)

    def _payload(self, command: str, text: str) -> dict[str, str]:
        number = next(self._numbers)
        return {
            "token": "x",
            "team_id": "T0HELIO",
            "team_domain": "bench",
            "channel_id": "C0AURORA",
            "channel_name": "aurora-support",
            "user_id": f"U0CLIENT{number % 40}",
            "user_name": "somebody",
            "command": command,
            "text": text,
            "api_app_id": "A0HELIO",
            "is_enterprise_install": "false",
            "response_url": f"{self.url}/respond/{number}",
            "trigger_id": f"{number}.{number}.bench",
        }

    async def _respond(self, request: web.Request) -> web.Response:
        self.calls["respond"] += 1
        return web.Response(text="ok")

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        self.calls[method] += 1
        number = next(self._numbers)
        known: dict[str, dict[str, Any]] = {
            "auth.test": {
                "team_id": "T0HELIO",
                "team": "bench",
                "user_id": "U0HELIO",
                "bot_id": "B0HELIO",
                "url": "https://bench.slack.com/",
            },
            "usergroups.users.list": {"users": ENGINEERS},
            "conversations.open": {"channel": {"id": "D0SOMEBODY"}},
            "chat.postMessage": {"channel": "C0AURORA", "ts": f"{1_764_000_000 + number}.000100"},
            "chat.postEphemeral": {"message_ts": f"{1_764_000_000 + number}.000100"},
            "users.info": {"user": {"id": "U0X", "team_id": "T0HELIO", "name": "x", "profile": {}}},
            "usergroups.list": {"usergroups": []},
        }
        return web.json_response({"ok": True, **known.get(method, {})})
