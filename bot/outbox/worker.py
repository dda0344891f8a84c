"""The process in which Apprise sends, so that its plugins, over a hundred by as many hands, stand apart from the bot.

They block, and each message costs them two milliseconds of the interpreter: 2,000 pages in one second would hold up
Slack's, and have a core to themselves here. One that takes the process down with it takes nothing else, and none sees
the bot's secrets. The process starts with the first message, and ends when the bot does, however that ends: it reads
until its input is closed.

Both sides speak a line of JSON a message. → `[number, url, title, body]`, ← `[number, outcome, words]`.
"""

import asyncio
import contextlib
import itertools
import json
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import structlog

from bot import memory
from bot.clock import monotonic
from bot.outbox import kept, telling

AT_ONCE = 256
"""Messages on their way, each in a thread that is begun when it is needed. With a few, a gateway that hangs would hold
up every other: it has one for each person whom it should reach, for as long as the address allows."""
SILENT = 60.0
"""Seconds. When something is waited for in vain and for so long nothing was heard, the process is taken to hang."""

_HARMLESS = re.compile(
    r"PATH|HOME|USER|TZ|LANG|LC_\w+|TMPDIR|TEMP|TMP|PYTHON\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|SYSTEMROOT"
    r"|(?:https?|all|no)_proxy|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_\w+|NETRC",
    re.IGNORECASE,
)
"""Names of what the process sees of the environment: what Python, proxies and certificates need, and no secret."""

log = structlog.get_logger()


class Worker:
    """The bot's side. One process, started when it is first needed and again when it is gone."""

    def __init__(self, *, seconds: float = telling.SECONDS, silent: float = SILENT) -> None:
        self._seconds = seconds
        self._silent = silent
        self._heard = 0.0
        self._closing = False
        self._process: asyncio.subprocess.Process | None = None
        self._starting = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[None]] = {}

    async def start(self) -> None:
        """Starts the process if there is none, which takes most of a second until it sends. Raises `telling.Ended`."""
        async with self._starting:
            if self._process is None:
                try:
                    await self._started()
                except OSError as error:  # no memory, too many processes
                    log.warning("no process to send to contact methods", reason=str(error))
                    raise telling.Ended from None

    async def tell(self, url: str, title: str, body: str) -> None:
        """Raises `TimeoutError`, or what `telling` does, or its `Failed` or `Ended`; none of them holds the URL."""
        await self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        number, answered = next(self._numbers), asyncio.get_running_loop().create_future()
        self._asked[number] = answered
        self._process.stdin.write(json.dumps([number, url, title, body]).encode() + b"\n")
        try:
            async with asyncio.timeout(self._seconds):
                await answered
        except TimeoutError:
            if monotonic() - self._heard > self._silent:
                self._kill()
            raise
        finally:
            self._asked.pop(number, None)

    async def close(self) -> None:
        """Ends the process; it is killed when it has not ended by itself within a second."""
        if self._process is None or self._reading is None:
            return
        process, reading, self._closing = self._process, self._reading, True
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(1):
                await process.wait()
        except TimeoutError:
            self._kill()
        await reading

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def _started(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # what a plugin writes may hold an address
            env={name: value for name, value in os.environ.items() if _HARMLESS.fullmatch(name)},
            start_new_session=True,  # a terminal's Ctrl-C is for the bot, which sends what it has begun
        )
        self._heard = monotonic()
        self._reading = asyncio.create_task(self._read(self._process), name="contact worker")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            self._heard = monotonic()
            number, outcome, words = json.loads(line)
            answered = self._asked.get(number)
            if answered is None or answered.done():
                continue
            if outcome == "sent":
                answered.set_result(None)
            else:
                answered.set_exception(_raised(outcome, words))
        code = await process.wait()
        if not self._closing:
            log.warning("the process that sends to contact methods ended", code=code, waiting=len(self._asked))
        self._process = None
        for answered in self._asked.values():
            if not answered.done():
                answered.set_exception(telling.Ended())


def _raised(outcome: str, words: str) -> Exception:
    match outcome:
        case "unknown":
            return telling.Unknown()
        case "limited":
            return telling.Limited(float(words))
        case "refused" | "not taken":
            return telling.NotTaken(words, refused=outcome == "refused")
        case _:
            return telling.Failed(words)


def main() -> None:
    """The process's side: until its input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a plugin that prints is not to be taken for an answer
    kept.keep()
    telling.load()
    memory.settle()
    lock = threading.Lock()
    threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="contact")
    for line in sys.stdin.buffer:
        threads.submit(_answer, line, monotonic(), answers, lock)
    os._exit(0)  # a thread that hangs holds nothing up


def _answer(line: bytes, came: float, answers: BinaryIO, lock: threading.Lock) -> None:
    number, url, title, body = json.loads(line)
    if monotonic() - came > telling.SECONDS:
        return
    outcome, words = "sent", ""
    try:
        telling.tell(url, title, body)
    except telling.Unknown:
        outcome = "unknown"
    except telling.Limited as error:
        outcome, words = "limited", str(error.seconds)
    except telling.NotTaken as error:
        outcome, words = "refused" if error.refused else "not taken", str(error)
    except Exception as error:  # whatever a plugin raises; its words may hold the address
        outcome, words = "failed", type(error).__name__
    with lock:
        answers.write(json.dumps([number, outcome, words]).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    main()
