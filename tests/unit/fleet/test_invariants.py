"""Whatever people and incidents do in whatever order: no GPU is sold twice, no cordoned node takes a pod."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sandbox.fleet import incidents, meta
from tests.unit.fleet.worlds import JOBS, WORKLOADS, World

PICK = st.integers(0, 10_000)


class Fleet(RuleBasedStateMachine):
    """Rules are what people do in a shift."""

    @initialize()
    def start(self) -> None:
        self.world = World(3)
        self.taken: dict[str, set[str]] = {}

    def _one(self, key: str, number: int) -> dict[str, object]:
        found = self.world.store.list(key)
        return found[number % len(found)]

    @rule(number=PICK, suspend=st.booleans())
    def suspend(self, number: int, suspend: bool) -> None:
        self.world.set(JOBS, self._one(JOBS, number), suspend=suspend)

    @rule(number=PICK, active=st.booleans())
    def activate(self, number: int, active: bool) -> None:
        self.world.set(WORKLOADS, self._one(WORKLOADS, number), active=active)

    @rule(number=PICK, closed=st.booleans())
    def cordon(self, number: int, closed: bool) -> None:
        node = self._one("nodes", number)
        name = node["metadata"]["name"]  # type: ignore[index]
        self.world.set("nodes", node, unschedulable=closed)
        self.taken.pop(name, None)
        if closed:
            self.taken[name] = self._on(name)

    def _on(self, node: str) -> set[str]:
        return {"/".join(name) for name in self.world.fleet.live.on_node.get(node, ())}

    @rule(name=st.sampled_from(sorted(incidents.INCIDENTS)))
    def inject(self, name: str) -> None:
        try:
            incidents.inject(self.world.fleet, name)
        except ValueError:
            pass

    @precondition(lambda self: self.world.fleet.incidents)
    @rule(number=PICK)
    def repair(self, number: int) -> None:
        ids = sorted(self.world.fleet.incidents)
        incidents.repair(self.world.fleet, ids[number % len(ids)])

    @rule(number=PICK)
    def delete_pod(self, number: int) -> None:
        pod = self._one("pods", number)
        self.world.store.delete("pods", *reversed(meta.name_of(pod)))

    @rule(seconds=st.sampled_from([1, 7, 45, 400, 9000]))
    def wait(self, seconds: int) -> None:
        self.world.run(seconds)

    @invariant()
    def nothing_is_oversold(self) -> None:
        assert self.world.oversold() == []

    @invariant()
    def cordoned_nodes_take_nothing_new(self) -> None:
        for name, there in self.taken.items():
            assert self._on(name) <= there

    @invariant()
    def a_queued_job_runs_only_when_it_is_admitted(self) -> None:
        self.world.fleet.settle()
        for workload in self.world.store.list(WORKLOADS):
            owner = meta.owner_of(workload)
            assert owner is not None
            job = self.world.store.get(JOBS, owner["name"], workload["metadata"]["namespace"])
            if not meta.is_true(workload, "Admitted") and not meta.is_true(workload, "Finished"):
                assert job["spec"]["suspend"] is True


TestFleet = Fleet.TestCase
TestFleet.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
