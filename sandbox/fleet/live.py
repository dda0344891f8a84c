"""The fleet's view of the store: indexes kept from its events, work to do, timers, and Kubernetes events.

Theory of operation: a store event only updates indexes and marks work as due; controllers run later, one at a time,
in `Controllers.settle`. So an index is never behind the store while a controller decides. `now` is simulated: it
follows the sandbox's clock, and stops at each timer on the way, so that a jump of hours happens in order.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sandbox.fleet import meta
from sandbox.fleet.meta import Name, Obj
from sandbox.kube.store import Store

EVENT_LIFE = timedelta(hours=1)
"""The API server forgets events after this."""

PODS, NODES, JOBS = "pods", "nodes", "jobs.batch"
WORKLOADS, LOCAL, CLUSTER = (f"{k}.kueue.x-k8s.io" for k in ("workloads", "localqueues", "clusterqueues"))
DEPLOYMENTS, REPLICASETS = "deployments.apps", "replicasets.apps"

WAKES = {
    JOBS: ("kueue", "job"),
    WORKLOADS: ("workload",),
    DEPLOYMENTS: ("deployment",),
    REPLICASETS: ("replicaset",),
    NODES: ("node",),
    PODS: ("kubelet",),
}
"""Which controllers look at an object of a kind that changed."""

EVERYTHING: Name = ("", "")


class Live:
    """Objects in it belong to the store: read, never change."""

    def __init__(self, store: Store, now: datetime, seed: int) -> None:
        self.store, self.now, self.seed = store, now, seed
        self.quiet_until = now
        """Kubernetes events before this are not written: they would be forgotten by now."""
        self.nodes: dict[str, Obj] = {}
        self.pods: dict[Name, Obj] = {}
        self.owned: dict[str, dict[Name, None]] = {}
        self.on_node: dict[str, dict[Name, int]] = {}
        self.used: dict[str, int] = {}
        self.unbound: dict[Name, None] = {}
        self.gangs: dict[str, int] = {}
        self.dirty: dict[str, dict[Name, None]] = {}
        self.on_work: Callable[[], None] | None = None
        self._timers: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._events: dict[tuple[str, str, str], Name] = {}
        self._event_age = [(meta.when(e["lastTimestamp"]), meta.name_of(e)) for e in store.list("events")]
        heapq.heapify(self._event_age)
        for key in (NODES, PODS, JOBS, WORKLOADS, LOCAL, CLUSTER, DEPLOYMENTS, REPLICASETS):
            for obj in store.list(key):
                self._seen(key, "ADDED", obj)
        self._stops = [store.subscribe(key, self._listener(key)) for key in
                       (NODES, PODS, JOBS, WORKLOADS, LOCAL, CLUSTER, DEPLOYMENTS, REPLICASETS)]  # fmt: skip

    def close(self) -> None:
        for stop in self._stops:
            stop()

    # Reading
    def find(self, key: str, name: Name) -> Obj | None:
        return self.store.find(key, name[1], name[0])

    def pods_of(self, uid: str) -> list[Obj]:
        return [self.pods[name] for name in self.owned.get(uid, ())]

    def free(self, node: str) -> int:
        """GPUs of a node that no pod holds."""
        allocatable = int(self.nodes[node]["status"]["allocatable"].get(meta.GPU, 0))
        return allocatable - self.used.get(node, 0)

    def pod_name(self, namespace: str, prefix: str, *about: object) -> str:
        """`prefix` with five letters that no pod has yet."""
        for attempt in itertools.count():
            name = f"{prefix}-{meta.suffix(self.seed, namespace, prefix, *about, attempt)}"
            if (namespace, name) not in self.pods:
                return name
        raise AssertionError("unreachable")

    # Work and timers
    def wake(self, controller: str, name: Name = EVERYTHING) -> None:
        self.dirty.setdefault(controller, {})[name] = None
        if self.on_work is not None:
            self.on_work()

    def at(self, due: datetime, act: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (due, next(self._count), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self.at(self.now + timedelta(seconds=seconds), act)

    def due(self, until: datetime) -> Iterator[Callable[[], None]]:
        """Timers due by `until`, in order; `now` is each one's own instant while it runs."""
        while self._timers and self._timers[0][0] <= until:
            at, _, act = heapq.heappop(self._timers)
            self.now = max(self.now, at)
            yield act

    def turn_back(self, to: datetime) -> None:
        """The clock went backwards: what was due in ten seconds still is."""
        shift = self.now - to
        self._timers = [(at - shift, n, act) for at, n, act in self._timers]
        self.now = to

    # Writing
    def change(self, key: str, obj: Obj, change: Callable[[Obj], object]) -> Obj:
        meta_ = obj["metadata"]
        return self.store.mutate(key, meta_["name"], meta_.get("namespace"), change)

    def event(self, obj: Obj, type: str, reason: str, message: str, component: str, host: str = "") -> None:
        """Writes a Kubernetes event, or counts one more of the same."""
        if self.now < self.quiet_until:
            return
        data = obj["metadata"]
        key = (data.get("uid", data["name"]), reason, message)
        namespace = data.get("namespace") or "default"
        known = self._events.get(key)
        if known and self.find("events", known):
            self.store.mutate("events", known[1], known[0], self._again)
            return
        name = f"{data['name']}.{meta.dice(self.seed, *key, meta.stamp(self.now)).getrandbits(64):016x}"
        if self.store.find("events", name, namespace):
            return
        self._events[key] = (namespace, name)
        heapq.heappush(self._event_age, (self.now, (namespace, name)))
        self.store.create("events", self._event(obj, name, namespace, type, reason, message, component, host))

    def forget_events(self) -> None:
        """Drops events that are older than the API server keeps."""
        limit = self.now - EVENT_LIFE
        while self._event_age and self._event_age[0][0] < limit:
            _, name = heapq.heappop(self._event_age)
            found = self.find("events", name)
            if found is None:
                continue
            last = meta.when(found["lastTimestamp"])
            if last < limit:
                self.store.delete("events", name[1], name[0])
            else:
                heapq.heappush(self._event_age, (last, name))
        if len(self._events) > 4 * (len(self._event_age) + 1000):
            self._events = {key: name for key, name in self._events.items() if self.find("events", name)}

    def _again(self, event: Obj) -> None:
        event["count"] = int(event.get("count", 1)) + 1
        event["lastTimestamp"] = meta.stamp(self.now)

    def _event(
        self, obj: Obj, name: str, namespace: str, type: str, reason: str, message: str, component: str, host: str
    ) -> Obj:
        about = {k: obj["metadata"][k] for k in ("name", "namespace", "uid", "resourceVersion") if k in obj["metadata"]}
        if obj["kind"] == "Node":
            about["uid"] = about["name"]
        at = meta.stamp(self.now)
        return {
            "metadata": {"name": name, "namespace": namespace, "creationTimestamp": at},
            "involvedObject": {"apiVersion": obj["apiVersion"], "kind": obj["kind"], **about},
            "type": type,
            "reason": reason,
            "message": message,
            "source": {"component": component, **({"host": host} if host else {})},
            "reportingComponent": component,
            "reportingInstance": host,
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
        }

    # Indexes
    def _listener(self, key: str) -> Callable[[str, Obj], None]:
        return lambda type, obj: self._seen(key, type, obj)

    def _seen(self, key: str, type: str, obj: Obj) -> None:
        name = meta.name_of(obj)
        if key == PODS:
            self._pod(type, name, obj)
        elif key == NODES:
            self._node(type, name[1], obj)
        elif key in (WORKLOADS, LOCAL, CLUSTER):
            self.wake("queues")
        for controller in WAKES.get(key, ()):
            self.wake(controller, name)

    def _node(self, type: str, name: str, obj: Obj) -> None:
        if type == "DELETED":
            self.nodes.pop(name, None)
        else:
            self.nodes[name] = obj
        if self.unbound:
            self.wake("schedule")

    def _pod(self, type: str, name: Name, obj: Obj) -> None:
        old = self.pods.pop(name, None)
        if old is not None:
            self._let_go(name, old)
        controller = meta.owner_of(obj)
        if type == "DELETED":
            if controller:
                self.owned.get(controller["uid"], {}).pop(name, None)
        else:
            self.pods[name] = obj
            if controller:
                self.owned.setdefault(controller["uid"], {})[name] = None
            self._hold(name, obj)
        self.wake("quota", (name[0], ""))
        if controller:
            if type != "MODIFIED" or (old is not None and _restarts(old) != _restarts(obj)):
                self.gangs[controller["uid"]] = self.gangs.get(controller["uid"], 0) + 1
            kind = "job" if controller["kind"] == "Job" else "replicaset"
            self.wake(kind, (name[0], controller["name"]))

    def _let_go(self, name: Name, pod: Obj) -> None:
        self.unbound.pop(name, None)
        node = pod["spec"].get("nodeName")
        held = self.on_node.get(node, {}).pop(name, None) if node else None
        if held:
            self.used[node] -= held
            if self.unbound:
                self.wake("schedule")

    def _hold(self, name: Name, pod: Obj) -> None:
        if meta.over(pod):
            return
        node = pod["spec"].get("nodeName")
        if node:
            gpus = meta.gpus_of(pod["spec"])
            self.on_node.setdefault(node, {})[name] = gpus
            self.used[node] = self.used.get(node, 0) + gpus
        elif "deletionTimestamp" not in pod["metadata"]:
            self.unbound[name] = None
            self.wake("schedule")


def _restarts(pod: Obj) -> int:
    return sum(c.get("restartCount", 0) for c in pod.get("status", {}).get("containerStatuses") or ())
