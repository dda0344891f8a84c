"""`why` ends in one blocker: the first link of the chain that holds."""

import pytest

from bot.clock import ManualClock
from bot.diagnose.model import Verdict, Why, as_json
from bot.diagnose.service import Diagnose
from bot.directory.access import EVERYTHING, Scope
from bot.errors import UserError
from bot.fleet.snapshot import PodLog, Source, State
from tests.unit.diagnose.builders import (
    NOW,
    Still,
    cluster,
    condition,
    ended,
    event,
    job,
    log,
    node,
    pod,
    queues,
    workload,
)

AURORA = Scope("aurora", {"sol": frozenset({"aurora-train"})}, {"sol": frozenset({"aurora"})})


async def why(*things: object, name: str = "llm", logs: tuple[PodLog, ...] = (), scope: Scope = EVERYTHING) -> Why:
    return await Diagnose(Still(cluster(*things), logs=logs), ManualClock(NOW)).why(None, name, scope)


async def test_a_job_that_runs_well_has_no_blocker() -> None:
    found = await why(node("n1"), job("llm", pods=1), pod("llm-0", "llm", "n1"))
    assert found.blocker is None
    assert found.headline == "aurora-train/llm is running, and nothing is wrong with it"


async def test_suspended_comes_before_everything_else() -> None:
    found = await why(job("llm", suspend=True, queue="aurora"), workload("llm", active=False), queues(stop="Hold"))
    assert found.state == "suspended"
    assert found.blocker is not None
    assert found.blocker.rule == "suspended"


async def test_a_stopped_queue_comes_before_quota() -> None:
    found = await why(job("llm", queue="aurora", active=0), workload("llm"), queues(stop="Hold"))
    assert found.blocker is not None
    assert found.blocker.rule == "queue-inactive"


async def test_a_fault_of_the_first_failed_pods_node_comes_before_what_the_pod_said() -> None:
    """The process died of the GPU; that it says so in other words is no other cause."""
    things = [
        node("n1", allocatable=7),
        event("Node", "n1", "Xid", "Xid (PCI:0000:4e:00): 79, fallen off the bus"),
        node("n2"),
        job("llm"),
        pod("llm-0", "llm", "n1", phase="Failed", state={"terminated": ended(1, minutes=9)}),
        pod("llm-1", "llm", "n2", phase="Failed", state={"terminated": ended(1, minutes=8)}),
    ]
    logs = (log("llm-0", (9, "RuntimeError: Address already in use"), on="n1"),)
    found = await why(*things, logs=logs)
    assert found.blocker is not None
    assert (found.blocker.rule, found.blocker.verdict) == ("gpu-lost", Verdict.RESTART)


async def test_a_fault_elsewhere_does_not_excuse_a_mistake_in_the_program() -> None:
    things = [
        node("n1"),
        node("n2", allocatable=7),
        job("llm"),
        pod("llm-0", "llm", "n1", phase="Failed", state={"terminated": ended(1, minutes=9)}),
        pod("llm-1", "llm", "n2", phase="Failed", state={"terminated": ended(1, minutes=8)}),
    ]
    found = await why(*things, logs=(log("llm-0", (9, "TypeError: unexpected keyword"), on="n1"),))
    assert found.blocker is not None
    assert (found.blocker.rule, found.blocker.verdict) == ("log-signature", Verdict.STOP)
    assert [f.rule for f in found.others][:1] == ["gpu-lost"]


async def test_nothing_found_is_said_honestly() -> None:
    found = await why(job("llm", active=0))
    assert found.blocker is not None
    assert found.blocker.rule == "nothing-found"


async def test_a_complete_job_is_complete_whatever_its_nodes_do() -> None:
    done = job("llm", conditions=[condition("Complete", "True")])
    found = await why(node("n1", allocatable=7), done, pod("llm-0", "llm", "n1", phase="Succeeded", state={}))
    assert (found.state, found.blocker) == ("complete", None)


async def test_an_unknown_job_gets_the_near_matches_that_one_may_see() -> None:
    with pytest.raises(UserError) as refused:
        await why(job("llm-70b"), job("llm-71b", "borealis-train"), name="llm-7b", scope=AURORA)
    assert "llm-70b" in refused.value.hint
    assert "llm-71b" not in refused.value.hint


async def test_somebody_elses_job_does_not_exist() -> None:
    with pytest.raises(UserError, match="no job borealis-train/llm"):
        await why(job("llm", "borealis-train"), name="borealis-train/llm", scope=AURORA)


async def test_several_of_one_name_are_asked_about_and_namespace_slash_name_chooses() -> None:
    both = [job("llm"), job("llm", "borealis-train")]
    with pytest.raises(UserError) as refused:
        await why(*both)
    assert "aurora-train/llm, borealis-train/llm" in refused.value.hint
    assert (await why(*both, name="borealis-train/llm")).job == "borealis-train/llm"
    assert (await why(*both, scope=AURORA)).job == "aurora-train/llm"


async def test_an_unknown_job_may_be_there_when_jobs_could_not_be_read() -> None:
    seen = cluster(sources={"Job": Source("Job", State.UNKNOWN, None, "away")})
    with pytest.raises(UserError) as refused:
        await Diagnose(Still(seen), ManualClock(NOW)).why(None, "llm", EVERYTHING)
    assert "could not be read" in refused.value.hint


async def test_it_is_plain_json() -> None:
    found = await why(job("llm", suspend=True, active=0))
    plain = as_json(found)
    assert plain["blocker"]["verdict"] == "NONE"
    assert plain["as_of"] == NOW.isoformat()


class TestClusters:
    def _two(self) -> Diagnose:
        return Diagnose(Still(cluster(job("a"), id="sol"), cluster(job("a"), id="luna")), ManualClock(NOW))

    def test_which_cluster_is_asked_when_there_are_several(self) -> None:
        with pytest.raises(UserError, match="Which cluster"):
            self._two().health(None, EVERYTHING)

    def test_a_near_name_is_offered(self) -> None:
        with pytest.raises(UserError) as refused:
            self._two().health("lune", EVERYTHING)
        assert "luna" in refused.value.hint

    def test_a_client_is_asked_nothing_about_others_clusters(self) -> None:
        assert self._two().health(None, AURORA).cluster == "sol"
        with pytest.raises(UserError, match="no cluster luna"):
            self._two().health("luna", AURORA)
