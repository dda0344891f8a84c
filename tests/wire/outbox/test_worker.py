"""The process in which Apprise sends, over real sockets: what it answers, and what happens when it does not."""

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.outbox import kept, telling
from bot.outbox.worker import Worker
from tests.wire.outbox.conftest import until


class Phone:
    """A webhook, over TLS if asked: what arrived, over how many connections, with which cookies."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.peers: set[object] = set()
        self.cookies: list[str] = []
        self.status = 200
        self.holding = asyncio.Event()
        self.holding.set()

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append((await request.json())["message"])
        assert request.transport is not None
        self.peers.add(request.transport.get_extra_info("peername"))
        self.cookies.append(request.headers.get("Cookie", ""))
        await self.holding.wait()
        return web.Response(status=self.status, headers={"Set-Cookie": "who=you; Path=/"})

    def served(self) -> TestServer:
        application = web.Application()
        application.router.add_post("/phone", self.take)
        return TestServer(application, host="localhost")


@pytest.fixture
async def worker() -> AsyncIterator[Worker]:
    made = Worker(seconds=20)
    yield made
    await made.close()


def pid(worker: Worker) -> int:
    assert worker._process is not None
    return worker._process.pid


def of(number: int, what: str) -> str:
    """A file that Linux has about a process; empty once it is gone."""
    try:
        return Path(f"/proc/{number}/{what}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


async def gone(number: int) -> bool:
    return of(number, "stat").rpartition(")")[2][1:2] in ("", "Z")


async def test_what_is_sent_one_after_the_other_keeps_its_connection_and_nothing_else(worker: Worker) -> None:
    phone = Phone()
    async with phone.served() as server:
        for words in "abc":
            await worker.tell(f"json://localhost:{server.port}/phone", "page", words)
    assert phone.heard == [*"abc"]
    assert len(phone.peers) == 1
    assert phone.cookies == ["", "", ""]


async def test_a_connection_that_was_not_used_for_long_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies between may have forgotten it; a page by it would wait for seconds until that shows."""
    now, phone = 0.0, Phone()
    monkeypatch.setattr(kept, "monotonic", lambda: now)
    async with phone.served() as server:
        with kept.session() as session:
            for seconds in (0.0, kept.IDLE, kept.IDLE + 1, kept.IDLE - 1):
                now += seconds
                await asyncio.to_thread(session.post, f"http://localhost:{server.port}/phone", json={"message": "a"})
    assert len(phone.heard) == 4
    assert len(phone.peers) == 2


async def test_over_tls_only_who_is_vouched_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With connections and certificates kept: neither does one that was not to be checked stand in for one that was."""
    authority, phone = trustme.CA(), Phone()
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    server = phone.served()
    await server.start_server(ssl=tls)
    url = f"jsons://localhost:{server.port}/phone"
    stranger = Worker()
    await stranger.tell(f"{url}?verify=no", "page", "not checked")
    with pytest.raises(telling.NotTaken):
        await stranger.tell(url, "page", "to nobody")
    await stranger.close()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    worker = Worker()
    await worker.tell(url, "page", "checked")
    await worker.tell(url, "page", "again")
    with pytest.raises(telling.NotTaken):
        await worker.tell(url.replace("localhost", "127.0.0.1"), "page", "by another name")
    await worker.close()
    await server.close()
    assert phone.heard == ["not checked", "checked", "again"]


async def test_why_a_message_was_not_taken_is_told_without_its_address(worker: Worker) -> None:
    phone = Phone()
    phone.status = 503
    async with phone.served() as server:
        with pytest.raises(telling.NotTaken, match=r"it answered 503 \(Service Unavailable\)$"):
            await worker.tell(f"json://localhost:{server.port}/phone", "page", "a")
    with pytest.raises(telling.Unknown):
        await worker.tell("nonsense://s3cret", "page", "a")
    with pytest.raises(telling.NotTaken, match="out of reach"):
        await worker.tell("json://localhost:9/s3cret", "page", "a")


async def test_one_that_hangs_holds_up_no_other(worker: Worker) -> None:
    """Though it hangs for each of many people whom it should reach."""
    people, slow, quick = 140, Phone(), Phone()
    slow.holding.clear()
    async with slow.served() as one, quick.served() as other:
        url = f"json://localhost:{one.port}/phone?rto=30"
        waiting = [asyncio.create_task(worker.tell(url, "page", f"slow {number}")) for number in range(people)]
        await until(lambda: _true(len(slow.heard) == people))
        await worker.tell(f"json://localhost:{other.port}/phone", "page", "quick")
        assert not any(task.done() for task in waiting)
        slow.holding.set()
        await asyncio.gather(*waiting)


async def test_a_process_that_dies_says_so_to_who_waits_and_the_next_message_has_a_new_one(worker: Worker) -> None:
    phone = Phone()
    phone.holding.clear()
    async with phone.served() as server:
        url = f"json://localhost:{server.port}/phone"
        waiting = asyncio.create_task(worker.tell(url, "page", "a"))
        await until(lambda: _true(bool(phone.heard)))
        os.kill(pid(worker), signal.SIGKILL)
        with pytest.raises(telling.Ended):
            await waiting
        phone.holding.set()
        await worker.tell(url, "page", "a")
    assert phone.heard == ["a", "a"]


async def test_a_process_that_hangs_is_ended() -> None:
    phone = Phone()
    worker = Worker(seconds=0.2, silent=0.1)
    await worker.start()
    stuck = pid(worker)
    os.kill(stuck, signal.SIGSTOP)
    async with phone.served() as server:
        url = f"json://localhost:{server.port}/phone"
        with pytest.raises(TimeoutError):
            await worker.tell(url, "page", "a")
        await until(lambda: gone(stuck))
        fresh = Worker()
        await fresh.tell(url, "page", "a")
        await fresh.close()
    await worker.close()
    assert phone.heard == ["a"]


async def test_it_ends_with_the_bot_and_knows_none_of_its_secrets(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "HELIOGRAPH_DATABASE_URL", "PGPASSWORD", "VEGAS_PHONE", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "s3cret")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    await worker.start()
    number = pid(worker)
    assert "PATH=" in of(number, "environ")
    assert "https_proxy=" in of(number, "environ")
    assert "s3cret" not in of(number, "environ")
    assert worker._process is not None
    assert worker._process.stdin is not None
    worker._process.stdin.close()  # as the end of the bot does, however it ends
    await until(lambda: gone(number))


async def _true(what: bool) -> bool:
    return what
