"""The end of a few pods' logs: bounded in pods, lines, bytes and at once, because a job has hundreds of ranks.

Read with Heliograph's own account, of pods that whoever asks may see; shown only with secrets masked.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from bot.errors import BotError
from bot.fleet.connection import Connection
from bot.fleet.objects import Pod
from bot.fleet.snapshot import LogLine, PodLog

PODS = 16
LINES = 200
BYTES = 512 * 1024
"""Of one log. A server cuts the newest lines off at this, so it is far more than the lines usually have."""
AT_ONCE = 8
SECONDS = 2.5
"""For all of them together: somebody waits, and the rest of the answer is there."""


def interesting(pods: Sequence[Pod]) -> list[Pod]:
    """Those worth reading: failed ones first, the earliest failure first; then restarted ones; then the oldest."""

    def rank(pod: Pod) -> tuple[int, float, str]:
        ends = [e.finished_at for c in pod.containers if (e := c.ended) and e.exit_code and e.finished_at]
        if pod.status.phase == "Failed" or ends:
            return 0, min((e.timestamp() for e in ends), default=0.0), pod.name
        restarted = any(c.restart_count for c in pod.status.container_statuses)
        started = pod.status.start_time.timestamp() if pod.status.start_time else 0.0
        return 1 if restarted else 2, started, pod.name

    return sorted((p for p in pods if p.status.phase != "Pending" or p.containers), key=rank)[:PODS]


async def of_pods(conn: Connection, pods: Sequence[Pod]) -> tuple[PodLog, ...]:
    """Current and, where a container runs again after an end, previous logs. One that cannot be read says why.

    What waits to start again still has its last run's log as the current one; what never ran has none.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    loop = asyncio.get_running_loop()
    end = loop.time() + SECONDS

    async def one(pod: Pod, container: str, previous: bool) -> PodLog:
        try:
            async with asyncio.timeout_at(end), gate:
                return await _tail(conn, pod, container, previous)
        except TimeoutError:
            return PodLog(pod.key, pod.spec.node_name, container, previous, (), f"no answer within {SECONDS:g} s")

    wanted = [
        one(pod, status.name, previous)
        for pod in interesting(pods)
        for status in pod.status.container_statuses[:2]
        for previous in ((True, False) if status.restart_count and status.state.running else (False,))
        if status.state.waiting is None or status.last_state.terminated is not None
    ]
    return tuple(await asyncio.gather(*wanted))


async def _tail(conn: Connection, pod: Pod, container: str, previous: bool) -> PodLog:
    query = [
        ("container", container),
        ("tailLines", str(LINES)),
        ("limitBytes", str(BYTES)),
        ("timestamps", "true"),
    ]
    if previous:
        query.append(("previous", "true"))
    path = f"/api/v1/namespaces/{pod.metadata.namespace}/pods/{pod.name}/log"
    try:
        data = await conn.get(path, query)
    except BotError as error:
        return PodLog(pod.key, pod.spec.node_name, container, previous, (), str(error))
    lines = tuple(_line(text) for text in data.decode(errors="replace").splitlines()[-LINES:])
    return PodLog(pod.key, pod.spec.node_name, container, previous, lines)


def _line(text: str) -> LogLine:
    """Kubernetes puts the time before the line, with nanoseconds."""
    stamp, _, rest = text.partition(" ")
    try:
        head, _, fraction = stamp.rstrip("Z").partition(".")
        at = datetime.fromisoformat(f"{head}.{(fraction or '0')[:6]:0<6}+00:00")
    except ValueError:
        return LogLine(None, text)
    return LogLine(at, rest)
