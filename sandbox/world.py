"""One sandbox, whole: Slack, Kubernetes with its fleet, everybody's phone, one clock, and the bot as a process.

The bot is started as its users start it, by its own command in a process of its own, which learns where its Slack,
its cluster and its clock are from the environment alone. So it can be killed and started again at any moment.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from sandbox.clock import Clock
from sandbox.fleet import build
from sandbox.fleet.run import Fleet
from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store
from sandbox.phone import Phone
from sandbox.slack.hands import Hands
from sandbox.slack.server import SlackSandbox

START_SECONDS = 90
"""Real seconds the bot may take until it says that it is ready."""


class World:
    """`folder` gets the clock file, the kubeconfig, the database and the bot's log; a temporary one by default."""

    def __init__(
        self,
        manifest: dict[str, Any],
        *,
        clock_start: Any = None,
        rate: float = 1.0,
        port: int = 0,
        seed: int = 7,
        nodes_per_site: int = 192,
        folder: Path | None = None,
        request_url: str = "",
    ) -> None:
        """`request_url` makes Slack send signed HTTP there instead of Socket Mode."""
        self._stack = AsyncExitStack()
        self._folder = folder
        self._manifest, self._port, self._seed, self._nodes = manifest, port, seed, nodes_per_site
        self._clock_start, self._rate = clock_start, rate
        self._request_url = request_url

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        self.folder = self._folder or Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-")))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clock = Clock(self._clock_start, self._rate, self.folder / "clock.json")
        slack = SlackSandbox(
            self.clock,
            port=self._port,
            mode="http" if self._request_url else "socket",
            request_url=self._request_url or None,
            manifest=self._manifest,
        )
        self.slack = await enter(slack)
        self.store = Store(self.clock)
        build.build(self.store, seed=self._seed, nodes_per_site=self._nodes)
        self.fleet = await enter(Fleet(self.store, self.clock, self._seed))
        self.kube = await enter(KubeSandbox(self.store, self.clock))
        for token, (name, groups) in build.TOKENS.items():
            self.kube.add_user(name, groups, token)
        self.kubeconfig = self.folder / "kubeconfig"
        self.kube.write_kubeconfig(self.kubeconfig, users=["heliograph", "admin"])
        self.phone = Phone(self.clock)
        self.phone_url = await enter(_serve(self.phone.routes()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def tell_boundaries(self, at: Sequence[datetime]) -> None:
        """For the clock panel's "next handoff": the workspace cannot know a roster."""
        async with Hands(self.slack.url) as hands:
            await hands.call("POST", "boundaries", at=[when.isoformat() for when in at])

    def environment(self, people: Sequence[str]) -> dict[str, str]:
        """What the bot needs to find this world. `people` are those whose contact methods are phones here."""
        contacts = {f"HELIOGRAPH_CONTACT_{p.upper()}": self.phone.url(self.phone_url, p) for p in people}
        return {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_SIGNING_SECRET": "sandbox-signing-secret",
            "SLACK_API_URL": self.slack.api_url,
            "HELIOGRAPH_CLOCK_FILE": str(self.folder / "clock.json"),
            "HELIOGRAPH_DATABASE_URL": f"sqlite:///{self.folder / 'heliograph.sqlite3'}",
            "HELIOGRAPH_KUBECONFIG": str(self.kubeconfig),
            "HELIOGRAPH_TICK_SECONDS": "0.2",
            **contacts,
        }


class Bot:
    """The bot's process. `command` is what a person would type after `heliograph`."""

    def __init__(self, environment: Mapping[str, str], folder: Path, command: Sequence[str] = ("run",)) -> None:
        self._port = free_port()
        self._environment = {
            **os.environ,
            **environment,
            "HELIOGRAPH_HTTP_HOST": "127.0.0.1",
            "HELIOGRAPH_HTTP_PORT": str(self._port),
            "HELIOGRAPH_PUBLIC_URL": self.url,
        }
        self._command = [sys.executable, "-m", "bot.cli", *command]
        self.log = folder / "bot.log"
        self.process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> float:
        """Starts it and waits until it says that it is ready. → seconds that took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self._command, env=self._environment, stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL
            )
        async with aiohttp.ClientSession() as http:
            while not await self._ready(http):
                if self.process.returncode is not None or loop.time() - began > START_SECONDS:
                    raise RuntimeError(f"the bot did not start:\n{self.log.read_text()[-4000:]}")
                await asyncio.sleep(0.05)
        return loop.time() - began

    async def kill(self) -> None:
        """As a machine that loses power: no time to say goodbye."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(how)
            await self.process.wait()

    async def _ready(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.url}/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


class _serve:
    def __init__(self, routes: list[web.RouteDef]) -> None:
        app = web.Application()
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
