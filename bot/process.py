"""The process: it runs until a signal, and then ends within seconds, whatever it was waiting for.

A signal takes the bot apart in order, also while it still waits for Slack or for a cluster. What has not come to an
end after `GRACE` (an answer that never comes, a library's thread that hangs) is left behind: the database is the
truth, and the next start finds what was open.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeVar

import structlog

GRACE = 10.0
"""Seconds. Kubernetes kills after thirty."""

T = TypeVar("T")
log = structlog.get_logger()


async def until_stopped(running: AbstractAsyncContextManager[T], started: Callable[[T], None]) -> None:
    """Keeps `running` open until SIGTERM or SIGINT; `started` is called once it is. Raises what it raises."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    serving = asyncio.create_task(_serve(running, started))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        log.info("stopping")
        _leave_after(GRACE)
        serving.cancel()
        await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


async def _serve(running: AbstractAsyncContextManager[T], started: Callable[[T], None]) -> None:
    async with running as parts:
        started(parts)
        await asyncio.Event().wait()


def _leave_after(seconds: float) -> None:
    """By a thread, since what hangs may be the loop's own end, which joins the threads of libraries."""

    def leave() -> None:
        log.warning("left behind what did not come to an end", seconds=seconds)
        os._exit(1)

    timer = threading.Timer(seconds, leave)
    timer.daemon = True
    timer.start()
