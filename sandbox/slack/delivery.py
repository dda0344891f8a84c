"""What the sandbox sends to the app, and how it waits for the answer: the part that Socket Mode and HTTP share.

Events that are not acknowledged within 3 s are sent again, three times, at once, after a minute and after five. What a
person did (command, click, submit, shortcut) is sent once, and the person sees the time-out.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.slack.faults import ENVELOPE_KINDS, Fault, Faults
from sandbox.slack.model import Json
from sandbox.slack.traffic import Traffic

ACK_SECONDS = 3.0
RETRY_DELAYS = (0.0, 60.0, 300.0)


@dataclass(frozen=True)
class Ack:
    """`error` is what Slack would show to the person who acted; empty where the app acknowledged."""

    acked: bool
    payload: Json = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0

    def as_json(self) -> Json:
        made: Json = {"acked": self.acked, "seconds": round(self.seconds, 3)}
        return made | ({"error": self.error} if self.error else {})


@dataclass(frozen=True)
class Envelope:
    kind: str
    """events_api, slash_commands or interactive."""
    payload: Json
    name: str
    """Event type, command or interaction type; what faults aim at."""
    url: str = ""
    """Where HTTP mode sends it, when the manifest says so."""
    accepts_response: bool = False
    retry: int = 0
    retry_reason: str = ""


class Carrier(Protocol):
    async def send(self, envelope: Envelope, fault: Fault | None, seconds: float) -> Ack:
        """Sends once and waits up to `seconds`."""


class Delivery:
    """Owns every task that is under way, so that closing the sandbox leaves none."""

    def __init__(
        self,
        carrier: Carrier,
        faults: Faults,
        traffic: Traffic,
        ack_seconds: float = ACK_SECONDS,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        self._carrier, self._faults, self._traffic = carrier, faults, traffic
        self._ack_seconds, self._retry_delays = ack_seconds, tuple(retry_delays)
        self._tasks: set[asyncio.Task[Any]] = set()

    async def ask(self, envelope: Envelope) -> Ack:
        """Sends what a person did. Never raises for what the app does wrong."""
        return await self._deliver(envelope)

    def tell(self, envelope: Envelope) -> None:
        """Sends an event in the background, with retries."""
        self._spawn(self._tell(envelope))

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, envelope: Envelope) -> None:
        ack = await self._deliver(envelope)
        for attempt, delay in enumerate(self._retry_delays, start=1):
            if ack.acked or ack.payload.get("no_retry"):
                return
            await asyncio.sleep(delay)
            reason = {"operation_timeout": "timeout"}.get(ack.error, "http_error")
            again = Envelope(
                envelope.kind, envelope.payload, envelope.name, envelope.url, envelope.accepts_response, attempt, reason
            )
            ack = await self._deliver(again)

    async def _deliver(self, envelope: Envelope) -> Ack:
        fault = self._faults.take(ENVELOPE_KINDS, envelope.kind, envelope.name)
        entry = self._traffic.add("envelope", f"{envelope.kind} {envelope.name}", envelope.payload)
        started = time.monotonic()
        if fault is not None and fault.kind == "deliver_late":
            await asyncio.sleep(fault.delay)
        if fault is not None and fault.kind == "deliver_twice":
            self._spawn(self._carrier.send(envelope, None, self._ack_seconds))
        late = time.monotonic() - started
        ack = await self._carrier.send(envelope, fault, self._ack_seconds)
        if late >= self._ack_seconds:
            ack = Ack(False, error="operation_timeout")
        entry["response"] = ack.as_json() | {"payload": ack.payload}
        entry["status"] = 200 if ack.acked else 0
        return Ack(ack.acked, ack.payload, ack.error, time.monotonic() - started)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
