"""Clusters: from nothing to the first diagnosis, answers from a warm mirror, one watch event.

The server is a process of its own and answers from memory, so that its work is not counted. 768 nodes and 15,000 pods
are the sandbox's own objects, repeated. The floor is the same bytes over the same loopback into the same Structs,
without connection handling, indexes or rules.
"""

import asyncio
import gc
import json
import multiprocessing
import resource
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from aiohttp import web

from bench.figures import Figure
from bot.clock import SystemClock
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING, Scope
from bot.directory.model import Cluster
from bot.fleet import decode, kinds
from bot.fleet.connection import Connection, connect
from bot.fleet.objects import Pod
from bot.fleet.service import ReadOnce, read

PODS = 15_000
ROUNDS = 5
GIB = 1024
AURORA = Scope("aurora", {"sol": frozenset({"aurora-train", "aurora-serve"})}, {"sol": frozenset({"aurora"})})


def measure() -> list[Figure]:
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        return asyncio.run(_measure(here.recv()))
    finally:
        server.terminate()
        server.join()


async def _measure(port: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kubeconfig"
        path.write_text(json.dumps(_kubeconfig(port)))
        async with connect(Cluster("sol", "Sol", str(path))) as conn:
            await conn.get("/version")
            floors, colds, stalls = [], [], []
            for _ in range(ROUNDS):
                floors.append(await _floor(port))
                colds.append(await _cold(conn))
                gc.collect()
                stall, once = await _stalled(lambda: read(conn, SystemClock().now))
                stalls.append(stall)
            diagnose = Diagnose(ReadOnce(conn, once), SystemClock())
            name = next(j.key for j in once.objects.jobs.values() if j.queue and not j.finished)
            health = _milliseconds(lambda: diagnose.health("sol", EVERYTHING))
            client = _milliseconds(lambda: diagnose.health("sol", AURORA))
            why = [await _why(diagnose, name) for _ in range(20)]
    floor, cold = min(floors), min(colds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    event = _event(once.objects.pods[next(iter(once.objects.pods))])
    return [
        Figure("fleet: pages read and decoded, the floor (CPU)", floor * 1e3, "ms", "", True),
        Figure("fleet: cold read to first diagnosis (CPU)", cold * 1e3, "ms", "", True),
        Figure("fleet: cold read / floor", cold / floor, "×", "≤ 1.6", cold / floor <= 1.6),
        Figure("fleet: longest stall of the loop meanwhile", min(stalls) * 1e3, "ms", "≤ 50", min(stalls) <= 0.05),
        Figure("fleet: peak memory of the process", peak, "MiB", "≤ 250", peak <= 250),
        Figure("fleet: /cluster health, warm", health, "ms", "≤ 5", health <= 5),
        Figure("fleet: the same for one client", client, "ms", "", True),
        Figure(
            "fleet: /job why without logs, warm", statistics.median(why), "ms", "≤ 20", statistics.median(why) <= 20
        ),
        Figure("fleet: one watch event", event, "µs", "≤ 25", event <= 25),
    ]


class _NoLogs(ReadOnce):
    async def logs(self, cluster: str, pods: Any) -> tuple[Any, ...]:
        return ()


async def _cold(conn: Connection) -> float:
    """CPU seconds from nothing to the first diagnosis."""
    gc.collect()
    began = time.process_time()
    once = ReadOnce(conn, await read(conn, SystemClock().now))
    Diagnose(once, SystemClock()).health("sol", EVERYTHING)
    return time.process_time() - began


async def _why(diagnose: Diagnose, name: str) -> float:
    silent = Diagnose(_NoLogs(None, diagnose._clusters.snapshot("sol")), SystemClock())  # type: ignore[arg-type]
    began = time.perf_counter()
    await silent.why("sol", name, EVERYTHING)
    return (time.perf_counter() - began) * 1e3


def _milliseconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(20):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def _event(pod: Pod) -> float:
    """Decoding one line and putting it into the mirror, µs."""
    from bot.clock import ManualClock
    from bot.fleet.mirror import Reflector

    line = b'{"type":"MODIFIED","object":' + _pod(pod.metadata.name) + b"}"
    reflector = Reflector(None, kinds.POD, ManualClock(datetime(2026, 1, 1, tzinfo=UTC)), lambda: None)  # type: ignore[arg-type]
    began = time.perf_counter()
    for _ in range(5_000):
        reflector._apply(decode.change(Pod, line))
    return (time.perf_counter() - began) / 5_000 * 1e6


async def _stalled(work: Callable[[], Any]) -> tuple[float, Any]:
    """The longest that the loop did not come round, in seconds, while `work` ran."""
    longest = 0.0

    async def beat() -> None:
        nonlocal longest
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    task = asyncio.create_task(beat())
    try:
        result = await work()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return longest, result


async def _floor(port: int) -> float:
    """The same pages over a bare socket into the same Structs; CPU seconds."""
    loop = asyncio.get_running_loop()
    gc.collect()
    began = time.process_time()
    for kind in (kinds.NODE, kinds.POD):
        more = ""
        while True:
            query = "?limit=500" + (f"&continue={more}" if more else "")
            page = decode.page(kind.type, await _get(loop, port, kind.path("v1") + query))
            more = page.metadata.continue_ or ""
            if not more:
                break
    return time.process_time() - began


async def _get(loop: asyncio.AbstractEventLoop, port: int, path: str) -> bytes:
    with socket.socket() as s:
        s.setblocking(False)
        await loop.sock_connect(s, ("127.0.0.1", port))
        await loop.sock_sendall(s, f"GET {path} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += await loop.sock_recv(s, 65_536)
        fields, _, start = head.partition(b"\r\n\r\n")
        length = int(next(x for x in fields.split(b"\r\n") if x.lower().startswith(b"content-length:")).split(b":")[1])
        data = bytearray(length)
        data[: len(start)] = start
        view, got = memoryview(data), len(start)
        while got < length:
            got += await loop.sock_recv_into(s, view[got:])
        return bytes(data)


def _kubeconfig(port: int) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "x",
        "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
        "users": [{"name": "x", "user": {"token": "x"}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
    }


# The server, in a process of its own
def serve(pipe: Pipe) -> None:
    asyncio.run(_serve(pipe))


async def _serve(pipe: Pipe) -> None:
    answers = _answers()

    async def answer(request: web.Request) -> web.Response:
        key = (request.path, request.query.get("continue", ""))
        body = answers.get(key)
        return web.Response(body=body or b"{}", status=200 if body else 404, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    pipe.send(runner.addresses[0][1])
    await asyncio.Event().wait()


def _answers() -> dict[tuple[str, str], bytes]:
    """(path, continue) → a page, as bytes that are made before the clock runs."""
    from sandbox.clock import Clock
    from sandbox.fleet import build
    from sandbox.kube.store import Store

    store = Store(Clock(datetime(2026, 11, 24, 12, tzinfo=UTC)))
    build.build(store)
    answers: dict[tuple[str, str], bytes] = {("/version", ""): b"{}"}
    for kind in kinds.KINDS:
        items = [json.dumps(o).encode() for o in store.list(f"{kind.resource}.{kind.group}".rstrip("."))]
        if kind is kinds.POD:
            items += [_pod(f"filler-{n}") for n in range(PODS - len(items))]
        for version in kind.versions:
            for start in range(0, max(1, len(items)), 500):
                more = str(start + 500) if start + 500 < len(items) else ""
                meta = json.dumps({"resourceVersion": "1", "continue": more}).encode()
                body = b'{"metadata":' + meta + b',"items":[' + b",".join(items[start : start + 500]) + b"]}"
                answers[(kind.path(version), str(start) if start else "")] = body
    return answers


def _pod(name: str) -> bytes:
    """8.9 kB, as a pod of a real training job has, most of it fields that nobody reads."""
    at = "2026-11-24T10:00:00Z"
    pod: dict[str, Any] = {
        "metadata": {
            "name": name,
            "namespace": "filler",
            "uid": f"uid-{name}",
            "resourceVersion": "5",
            "creationTimestamp": at,
            "labels": {"batch.kubernetes.io/job-name": name.rpartition("-")[0], "app": "train"},
            "managedFields": [{"manager": "kubelet", "fieldsV1": {f"f:{n}": {"k": "v" * 20} for n in range(60)}}],
        },
        "spec": {
            "containers": [
                {
                    "name": "train",
                    "image": "nemo:25.09",
                    "resources": {"requests": {"cpu": "8"}},
                    "env": [{"name": f"VARIABLE_{n}", "value": "x" * 40} for n in range(50)],
                }
            ]
        },
        "status": {
            "phase": "Running",
            "startTime": at,
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": at}],
            "containerStatuses": [{"name": "train", "ready": True, "state": {"running": {"startedAt": at}}}],
        },
    }
    return json.dumps(pod).encode()
