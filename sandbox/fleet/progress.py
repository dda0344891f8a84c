"""Training goes on: iterations with the sandbox's clock, checkpoints, lines in the logs of the first and last rank.

A run works while every pod of its gang is ready. When the gang changes it starts again from its last checkpoint. A
run that is *halted* (by an incident) does nothing until none of the pods it was halted with is left.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.fleet import jobs, megatron, meta
from sandbox.fleet.kubelet import Kubelet, container
from sandbox.fleet.live import JOBS, Live
from sandbox.fleet.megatron import Run
from sandbox.fleet.meta import INDEX, Name, Obj

MOST_LINES = 20
"""Iteration lines written at once, however far the clock jumped."""
MOST_SAVES = 2
KEPT_LINES = 2000
"""Lines kept of one rank, as the kubelet rotates logs; on a fast clock they would fill the memory."""
SETUP_SECONDS = 25


@dataclass
class Attempt:
    """One start of a gang. `written`: up to which iteration the log goes."""

    run: Run
    gang: int
    since: datetime
    base: int
    written: int
    ranks: tuple[Name, ...] = field(default=())


class Progress:
    def __init__(self, live: Live, kubelet: Kubelet) -> None:
        self.live, self.kubelet = live, kubelet
        self.attempts: dict[str, Attempt] = {}
        self.checkpoints: dict[str, int] = {}
        self.halted: dict[Name, frozenset[str]] = {}
        self._runs: dict[str, Run | None] = {}

    def adopt(self) -> None:
        """Takes over runs that began before the fleet came up, with the end of what they wrote."""
        for job in self.live.store.list(JOBS):
            run, started = self._run(job), job.get("status", {}).get("startTime")
            if run is not None and started and self._whole(job):
                base = self.checkpoints.get(run.path, 0)
                began = meta.when(started)
                since = min(began + timedelta(seconds=SETUP_SECONDS), self.live.now)
                self._begin(job, run, base, since, began)
                attempt = self.attempts[job["metadata"]["uid"]]
                reached = run.reached(since, base, self.live.now)
                attempt.written = max(base, reached - MOST_LINES * run.log_every)
        self.tick()

    def tick(self) -> None:
        """Goes on until now, and writes what came of it."""
        for job, attempt in self.look():
            self._go_on(job, attempt)

    def look(self) -> list[tuple[Obj, Attempt]]:
        """Starts and stops what the gangs' state demands; returns the runs that go on."""
        going = []
        for job in self.live.store.list(JOBS):
            uid = job["metadata"]["uid"]
            run = self._run(job)
            if run is None or jobs.finished(job):
                self.attempts.pop(uid, None)
                continue
            if not self._whole(job) or self._halted(job):
                self._stop(uid)
                continue
            attempt = self.attempts.get(uid)
            if attempt is None or attempt.gang != self.live.gangs.get(uid):
                self._stop(uid)
                start = self.live.now + timedelta(seconds=SETUP_SECONDS)
                self._begin(job, run, self.checkpoints.get(run.path, 0), start, self.live.now)
            else:
                going.append((job, attempt))
        return going

    def halt(self, job: Obj) -> None:
        """The gang hangs, from this instant."""
        uid = job["metadata"]["uid"]
        if uid in self.attempts:
            self._go_on(job, self.attempts[uid])
        self._stop(uid)
        self.halted[meta.name_of(job)] = frozenset(p["metadata"]["uid"] for p in self.live.pods_of(uid))

    def release(self, job: Name) -> None:
        self.halted.pop(job, None)

    def reached(self, job: Obj) -> int:
        """The iteration that a job is at, or its last checkpoint if it does not run."""
        attempt = self.attempts.get(job["metadata"]["uid"])
        if attempt is not None:
            return attempt.run.reached(attempt.since, attempt.base, self.live.now)
        run = self._run(job)
        return self.checkpoints.get(run.path, 0) if run else 0

    # Steps
    def _run(self, job: Obj) -> Run | None:
        uid = job["metadata"]["uid"]
        if uid not in self._runs:
            self._runs[uid] = megatron.read(job)
        return self._runs[uid]

    def _whole(self, job: Obj) -> bool:
        wanted = int(job["spec"].get("parallelism") or 1)
        return not job["spec"].get("suspend") and int(job.get("status", {}).get("ready", 0)) >= wanted

    def _halted(self, job: Obj) -> bool:
        name = meta.name_of(job)
        held = self.halted.get(name)
        if held is None:
            return False
        if any(p["metadata"]["uid"] in held and not meta.over(p) for p in self.live.pods_of(job["metadata"]["uid"])):
            return True
        del self.halted[name]
        return False

    def _stop(self, uid: str) -> None:
        attempt = self.attempts.pop(uid, None)
        if attempt is not None:
            self._keep(attempt, attempt.run.reached(attempt.since, attempt.base, self.live.now))

    def _keep(self, attempt: Attempt, reached: int) -> None:
        saved = max(attempt.base, attempt.run.saved(reached))
        if saved > self.checkpoints.get(attempt.run.path, 0):
            self.checkpoints[attempt.run.path] = saved

    def _begin(self, job: Obj, run: Run, base: int, since: datetime, said: datetime) -> None:
        uid = job["metadata"]["uid"]
        ranks = sorted((p for p in self.live.pods_of(uid) if not meta.over(p)), key=_index)
        names = tuple(meta.name_of(p) for p in (ranks[0], ranks[-1]))
        self.attempts[uid] = Attempt(run, self.live.gangs.get(uid, 0), since, base, base, names)
        for line in megatron.start_lines(run, ranks[0], base):
            self._write(names[0], line, said)

    def _go_on(self, job: Obj, attempt: Attempt) -> None:
        run = attempt.run
        reached = run.reached(attempt.since, attempt.base, self.live.now)
        if reached <= attempt.written:
            return
        for at, rank, line in self._lines(attempt, reached):
            self._write(rank, line, at)
        attempt.written = reached
        self._keep(attempt, reached)
        if reached >= run.iterations:
            self._finish(job, attempt)

    def _lines(self, attempt: Attempt, reached: int) -> list[tuple[datetime, Name, str]]:
        """What was written since the last look, in order of time; of a long absence only the end."""
        run, first, last = attempt.run, attempt.ranks[0], attempt.ranks[-1]
        found: list[tuple[datetime, Name, str]] = []
        for iteration in _multiples(run.log_every, attempt.written, reached, MOST_LINES):
            at = run.when(attempt.since, attempt.base, iteration)
            found += [(at, rank, megatron.iteration_line(run, iteration, at)) for rank in dict.fromkeys((first, last))]
        for iteration in _multiples(run.save_every, attempt.written, reached, MOST_SAVES):
            at = run.when(attempt.since, attempt.base, iteration)
            found += [(at, first, line) for line in megatron.save_lines(run, iteration)]
        return sorted(found, key=lambda f: f[0])

    def _finish(self, job: Obj, attempt: Attempt) -> None:
        for line in megatron.end_lines(attempt.run):
            self._write(attempt.ranks[0], line, self.live.now)
        for pod in self.live.pods_of(job["metadata"]["uid"]):
            if not meta.over(pod):
                self.kubelet.finish(pod, 0)

    def _write(self, rank: Name, line: str, at: datetime) -> None:
        pod = self.live.pods.get(rank)
        if pod is None:
            return
        self.live.store.append_log(*rank, container(pod), line, at)
        log = self.live.store.logs.lines(*rank, container(pod))
        while isinstance(log, deque) and len(log) > KEPT_LINES:
            log.popleft()


def _multiples(step: int, after: int, until: int, most: int) -> list[int]:
    """Multiples of `step` in (after, until], the last `most` of them."""
    top = until - until % step
    low = max(after - after % step + step, top - (most - 1) * step)
    return list(range(low, top + 1, step))


def _index(pod: Obj) -> int:
    return int(meta.labels_of(pod).get(INDEX, "0"))
