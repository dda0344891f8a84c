"""All controllers over one store: what is due is done, one object at a time, in a fixed order, until nothing is.

Synchronous and deterministic: the same seed and the same changes give the same fleet. `settle` does what changes
asked for; `run_until` also lets time pass, timer by timer.
"""

from collections.abc import Callable
from datetime import datetime

from sandbox.fleet import deployments, jobs, nodelife, queues, quotas, scheduler, workloads
from sandbox.fleet.kubelet import Kubelet
from sandbox.fleet.live import Live
from sandbox.fleet.meta import Name
from sandbox.kube.store import Store

MOST_STEPS = 500_000
"""A settle that takes more never ends: two controllers undo each other."""


class Controllers:
    def __init__(self, store: Store, now: datetime, seed: int) -> None:
        self.live = live = Live(store, now, seed)
        self.kubelet = Kubelet(live)
        self._table: dict[str, Callable[[Name], None]] = {
            "node": lambda name: nodelife.reconcile(live, name),
            "workload": lambda name: workloads.reconcile(live, name),
            "kueue": lambda name: workloads.reconcile_job(live, name),
            "queues": lambda _: queues.reconcile(live),
            "job": lambda name: jobs.reconcile(live, name),
            "deployment": lambda name: deployments.reconcile(live, name),
            "replicaset": lambda name: deployments.reconcile_set(live, name),
            "schedule": lambda _: scheduler.run(live),
            "kubelet": self.kubelet.reconcile,
            "quota": lambda name: quotas.reconcile(live, name[0]),
        }

    def settle(self) -> None:
        """Reconciles until no controller has anything to do."""
        for _ in range(MOST_STEPS):
            controller = next((c for c in self._table if self.live.dirty.get(c)), None)
            if controller is None:
                return
            names = self.live.dirty[controller]
            name = next(iter(names))
            del names[name]
            self._table[controller](name)
        raise RuntimeError("the controllers do not come to rest")

    def run_until(self, now: datetime, also: Callable[[], object] = lambda: None) -> None:
        """Lets time pass until `now`, stopping at each timer; `also` looks at what it left."""
        self.settle()
        if now < self.live.now:
            self.live.turn_back(now)
        for act in self.live.due(now):
            act()
            self.settle()
            also()
        self.live.now = max(self.live.now, now)
        self.live.forget_events()
