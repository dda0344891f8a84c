"""Whom an incident hits: the one that was named, checked, or one chosen by the fleet's seed.

Nothing is hit twice at a time, so that incidents can be told apart and repaired in any order.
"""

from collections.abc import Callable

from sandbox.fleet import meta
from sandbox.fleet.live import CLUSTER, JOBS
from sandbox.fleet.meta import Obj
from sandbox.fleet.run import Fleet


def key(job: Obj) -> str:
    return "/".join(meta.name_of(job))


def node(fleet: Fleet, name: str, wanted: str | None) -> str:
    """A node on which a training pod runs."""
    if wanted in fleet.live.nodes:
        return str(wanted)
    hit = {i.target for i in fleet.incidents.values()}
    jobs = [_named(fleet, wanted)] if wanted else _running(fleet, lambda j: _size(j) >= 2) or _running(fleet)
    nodes = {n for j in jobs for p in fleet.live.pods_of(j["metadata"]["uid"])
             if not meta.over(p) and (n := p["spec"].get("nodeName"))}  # fmt: skip
    return _choose(fleet, name, sorted(nodes - hit))


def gang(fleet: Fleet, name: str, wanted: str | None) -> str:
    """A running job, of several pods if there is one."""
    return _job(fleet, name, wanted, lambda j: _size(j) >= 4, lambda j: _size(j) >= 2)


def small(fleet: Fleet, name: str, wanted: str | None) -> str:
    return _job(fleet, name, wanted, lambda j: 2 <= _size(j) <= 8)


def fragile(fleet: Fleet, name: str, wanted: str | None) -> str:
    """A job that fails for good when all its pods fail at once."""

    def fails(job: Obj) -> bool:
        return _policy(job) == "Never" and int(job["spec"]["backoffLimit"]) < _size(job) <= 16

    return _job(fleet, name, wanted, fails, lambda j: _policy(j) == "Never" and _size(j) <= 16)


def looping(fleet: Fleet, name: str, wanted: str | None) -> str:
    """A job whose containers are restarted in place."""

    def loops(job: Obj) -> bool:
        return _policy(job) == "OnFailure" and _size(job) <= int(job["spec"]["backoffLimit"])

    return _job(fleet, name, wanted, loops, lambda j: _size(j) <= 8)


def queue(fleet: Fleet, name: str, wanted: str | None) -> str:
    """A ClusterQueue, by name."""
    queues = [q["metadata"]["name"] for q in fleet.store.list(CLUSTER)]
    if wanted is not None and wanted not in queues:
        raise ValueError(f"no ClusterQueue {wanted!r}; there are {', '.join(queues)}")
    return wanted or queues[0]


def _job(fleet: Fleet, name: str, wanted: str | None, *likes: Callable[[Obj], bool]) -> str:
    if wanted:
        return key(_named(fleet, wanted))
    found: list[Obj] = next((some for like in likes if (some := _running(fleet, like))), [])
    return _choose(fleet, name, sorted(key(j) for j in found or _running(fleet)))


def _named(fleet: Fleet, wanted: str) -> Obj:
    """`namespace/job` or a job's name alone. Raises ValueError if none or not running."""
    found = next((j for j in fleet.store.list(JOBS) if wanted in (key(j), j["metadata"]["name"])), None)
    if found is None:
        raise ValueError(f"no node and no job is named {wanted!r}")
    if not _active(fleet, found):
        raise ValueError(f"job {key(found)} does not run")
    return found


def _active(fleet: Fleet, job: Obj) -> bool:
    pods = fleet.live.pods_of(job["metadata"]["uid"])
    return any(p["status"].get("phase") == "Running" and "deletionTimestamp" not in p["metadata"] for p in pods)


def _running(fleet: Fleet, like: Callable[[Obj], bool] = lambda _: True) -> list[Obj]:
    """Jobs whose pods are all there and that no incident has hit."""
    hit = {i.job for i in fleet.incidents.values()}
    return [
        j
        for j in fleet.store.list(JOBS)
        if int(j.get("status", {}).get("ready", 0)) >= _size(j)
        and not j["spec"].get("suspend")
        and meta.name_of(j) not in hit
        and like(j)
    ]


def _choose(fleet: Fleet, name: str, among: list[str]) -> str:
    if not among:
        raise ValueError(f"nothing runs that {name} could hit")
    return meta.dice(fleet.seed, "incident", name, fleet.injected).choice(among)


def _size(job: Obj) -> int:
    return int(job["spec"].get("parallelism") or 1)


def _policy(job: Obj) -> str:
    policy: str = job["spec"]["template"]["spec"].get("restartPolicy", "Always")
    return policy
