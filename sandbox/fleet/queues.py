"""Kueue's scheduler: who is admitted next, who waits and why, and what the queues say about themselves.

Quota counts GPUs of one flavor; a queue may borrow what its cohort leaves unused, up to its limit. Nobody is
pre-empted. Messages are Kueue's, because people search for them.
"""

from dataclasses import dataclass
from datetime import datetime

from sandbox.fleet import meta, workloads
from sandbox.fleet.live import CLUSTER, LOCAL, WORKLOADS, Live
from sandbox.fleet.meta import GPU, Name, Obj

COMPONENT = "kueue-admission"


@dataclass
class Share:
    """A ClusterQueue's GPUs. `most` is what it can ever hold."""

    queue: Obj
    nominal: int
    borrow: int
    used: int = 0

    @property
    def most(self) -> int:
        return self.nominal + self.borrow

    @property
    def name(self) -> str:
        name: str = self.queue["metadata"]["name"]
        return name


def gpus(workload: Obj) -> int:
    return sum(s["count"] * meta.gpus_of(s["template"]["spec"]) for s in workload["spec"]["podSets"])


def reconcile(live: Live) -> None:
    shares = _shares(live)
    locals_ = {meta.name_of(q): q for q in live.store.list(LOCAL)}
    waiting: dict[str, list[Obj]] = {name: [] for name in shares}
    for workload in live.store.list(WORKLOADS):
        queue = _cluster_queue(workload, locals_)
        if queue not in shares or meta.is_true(workload, "Finished"):
            _lost(live, workload, queue, locals_)
        elif meta.is_true(workload, "QuotaReserved"):
            shares[queue].used += gpus(workload)
            _drained(live, workload, shares[queue])
        elif workload["spec"].get("active") is not False:
            waiting[queue].append(workload)
    for share in shares.values():
        _admit(live, share, sorted(waiting[share.name], key=_place), shares)
    _describe(live, shares, locals_)


def _shares(live: Live) -> dict[str, Share]:
    found = {}
    for queue in live.store.list(CLUSTER):
        quotas = [
            r for g in queue["spec"]["resourceGroups"] for f in g["flavors"] for r in f["resources"] if r["name"] == GPU
        ]
        nominal = sum(int(q["nominalQuota"]) for q in quotas)
        found[queue["metadata"]["name"]] = Share(
            queue, nominal, sum(int(q.get("borrowingLimit", 1 << 30)) for q in quotas)
        )
    return found


def _cluster_queue(workload: Obj, locals_: dict[Name, Obj]) -> str:
    found = locals_.get((workload["metadata"]["namespace"], workload["spec"].get("queueName", "")))
    return found["spec"]["clusterQueue"] if found else ""


def _place(workload: Obj) -> tuple[int, datetime, str]:
    """Its place in the queue: priority, then when it came or was put back."""
    back = meta.condition(workload, "Requeued")
    since = meta.when(workload["metadata"]["creationTimestamp"])
    if back is not None and back["status"] == "True":
        since = max(since, meta.when(back["lastTransitionTime"]))
    return -int(workload["spec"].get("priority") or 0), since, workload["metadata"]["name"]


def _lost(live: Live, workload: Obj, queue: str, locals_: dict[Name, Obj]) -> None:
    if meta.is_true(workload, "Finished") or workload["spec"].get("active") is False:
        return
    name = workload["spec"].get("queueName", "")
    text = f"ClusterQueue {queue} doesn't exist" if queue else f"LocalQueue {name} doesn't exist"
    _wait(live, workload, "Inadmissible", text)


def _drained(live: Live, workload: Obj, share: Share) -> None:
    if share.queue["spec"].get("stopPolicy") == "HoldAndDrain" and not workloads.evicting(workload):
        workloads.evict(live, workload, "ClusterQueueStopped", "The ClusterQueue is stopped")


def _admit(live: Live, share: Share, waiting: list[Obj], shares: dict[str, Share]) -> None:
    stopped = share.queue["spec"].get("stopPolicy", "None") != "None"
    strict = share.queue["spec"].get("queueingStrategy") == "StrictFIFO"
    for workload in waiting:
        local = live.find(LOCAL, (workload["metadata"]["namespace"], workload["spec"]["queueName"]))
        if stopped or (local is not None and local["spec"].get("stopPolicy", "None") != "None"):
            held = f"ClusterQueue {share.name}" if stopped else f"LocalQueue {workload['spec']['queueName']}"
            _wait(live, workload, "Inadmissible", f"{held} is inactive")
            continue
        refusal = _refusal(share, gpus(workload), shares)
        if refusal is None:
            _reserve(live, share, workload)
        else:
            _wait(live, workload, *refusal)
            if strict:
                return


def _refusal(share: Share, wants: int, shares: dict[str, Share]) -> tuple[str, str] | None:
    """Reason and message; None if it fits now."""
    cohort = share.queue["spec"].get("cohortName") or share.queue["spec"].get("cohort")
    mates = [
        s
        for s in shares.values()
        if cohort and (s.queue["spec"].get("cohortName") or s.queue["spec"].get("cohort")) == cohort
    ]
    unused = sum(s.nominal - s.used for s in mates or [share])
    room = max(0, min(share.most - share.used, unused))
    flavor = _flavor(share)
    head = "couldn't assign flavors to pod set main: "
    if wants > share.most:
        text = f"insufficient quota for {GPU} in flavor {flavor}, request > maximum capacity ({wants} > {share.most})"
        return "ExceedsMaxQuota", head + text
    if wants > room:
        return (
            "WaitingForQuota",
            f"{head}insufficient unused quota for {GPU} in flavor {flavor}, {wants - room} more needed",
        )
    return None


def _flavor(share: Share) -> str:
    name: str = share.queue["spec"]["resourceGroups"][0]["flavors"][0]["name"]
    return name


def _reserve(live: Live, share: Share, workload: Obj) -> None:
    wants = gpus(workload)
    share.used += wants
    flavor = _flavor(share)

    def change(draft: Obj) -> None:
        sets = [{"name": s["name"], "count": s["count"], "flavors": {GPU: flavor}, "resourceUsage": {GPU: str(wants)}}
                for s in draft["spec"]["podSets"]]  # fmt: skip
        draft["status"]["admission"] = {"clusterQueue": share.name, "podSetAssignments": sets}
        said = f"Quota reserved in ClusterQueue {share.name}"
        meta.set_condition(draft, "QuotaReserved", "True", "QuotaReserved", said, live.now)
        meta.set_condition(draft, "Admitted", "True", "Admitted", "The workload is admitted", live.now)
        if meta.is_true(draft, "Evicted"):
            before = meta.condition(draft, "Evicted") or {}
            was = f"Previously: {before.get('message', '')}"
            meta.set_condition(draft, "Evicted", "False", "QuotaReserved", was, live.now)

    reserved = live.change(WORKLOADS, workload, change)
    waited = int((live.now - _place(workload)[1]).total_seconds())
    tail = f"wait time since queued was {waited}s"
    text = f"Quota reserved in ClusterQueue {share.name}, {tail}; Flavors considered: main: {flavor}(Fit)"
    live.event(reserved, "Normal", "QuotaReserved", text, COMPONENT)
    live.event(
        reserved,
        "Normal",
        "Admitted",
        f"Admitted by ClusterQueue {share.name}, wait time since reservation was 0s",
        COMPONENT,
    )


def _wait(live: Live, workload: Obj, reason: str, message: str) -> None:
    known = meta.condition(workload, "QuotaReserved")
    if known is not None and known["message"] == message and known["reason"] == reason:
        return
    waits = live.change(
        WORKLOADS, workload, lambda d: meta.set_condition(d, "QuotaReserved", "False", reason, message, live.now)
    )
    live.event(waits, "Warning", "Pending", message, COMPONENT)


# What the queues say
def _describe(live: Live, shares: dict[str, Share], locals_: dict[Name, Obj]) -> None:
    known = [(w, _cluster_queue(w, locals_)) for w in live.store.list(WORKLOADS) if not meta.is_true(w, "Finished")]
    for share in shares.values():
        mine = [w for w, queue in known if queue == share.name]
        stopped = share.queue["spec"].get("stopPolicy", "None") != "None"
        active = (
            ("False", "Stopped", "Can't admit new workloads; is stopped")
            if stopped
            else ("True", "Ready", "Can admit new workloads")
        )
        _tell(live, CLUSTER, share.queue, _counts(mine, share), active)
    for local in locals_.values():
        mine = [w for w, _ in known if w["metadata"]["namespace"] == local["metadata"]["namespace"]
                and w["spec"].get("queueName") == local["metadata"]["name"]]  # fmt: skip
        share_ = shares.get(local["spec"]["clusterQueue"])
        if share_ is not None:
            ready = ("True", "Ready", "Can submit new workloads to localQueue")
            _tell(live, LOCAL, local, _counts(mine, share_, borrowing=False), ready)


def _counts(mine: list[Obj], share: Share, borrowing: bool = True) -> Obj:
    reserving = [w for w in mine if meta.is_true(w, "QuotaReserved")]
    total = sum(gpus(w) for w in reserving)
    usage: Obj = {"name": GPU, "total": str(total)}
    if borrowing:
        usage["borrowed"] = str(max(0, total - share.nominal))
    flavors = [{"name": _flavor(share), "resources": [usage]}]
    waiting = [w for w in mine if not meta.is_true(w, "QuotaReserved") and w["spec"].get("active") is not False]
    return {
        "pendingWorkloads": len(waiting),
        "reservingWorkloads": len(reserving),
        "admittedWorkloads": sum(meta.is_true(w, "Admitted") for w in reserving),
        "flavorsReservation": flavors,
        "flavorsUsage": flavors,
    }


def _tell(live: Live, key: str, queue: Obj, counts: Obj, active: tuple[str, str, str]) -> None:
    old = queue.get("status") or {}
    said = meta.condition(queue, "Active")
    if said is not None and said["status"] == active[0] and all(old.get(k) == v for k, v in counts.items()):
        return

    def change(draft: Obj) -> None:
        draft.setdefault("status", {}).update(counts)
        meta.set_condition(draft, "Active", *active, live.now)

    live.change(key, queue, change)
