"""Each rule on a small cluster: it finds what it is for, and is silent on a healthy one."""

from typing import Any

import pytest

from bot.diagnose import registry
from bot.diagnose.model import Finding, Severity, Verdict
from bot.directory.access import EVERYTHING
from bot.fleet.snapshot import Source, State
from tests.unit.diagnose.builders import (
    NOW,
    at,
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


def findings(*things: object, logs: tuple[object, ...] = ()) -> dict[str, Finding]:
    seen = cluster(*things).with_logs(logs)  # type: ignore[arg-type]
    return {f.rule: f for f in registry.check(seen, EVERYTHING)}


def healthy() -> list[object]:
    return [
        node("n1", conditions=[condition("GpuMemWatch", "False"), condition("MemoryPressure", "False")]),
        node("n2"),
        job("llm"),
        pod("llm-0", "llm", "n1"),
        pod("llm-1", "llm", "n2"),
        queues(used=16),
        workload("llm", admitted="aurora", conditions=[condition("QuotaReserved", "True")]),
    ]


def test_a_healthy_cluster_has_no_findings() -> None:
    assert findings(*healthy()) == {}


def test_rules_have_ids_of_their_own() -> None:
    ids = [module.RULE.id for module in registry.RULES]
    assert len(set(ids)) == len(ids)


def test_a_node_that_does_not_answer_is_critical_and_names_its_jobs() -> None:
    gone = node("n1", conditions=[condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting")])
    found = findings(gone, job("llm"), pod("llm-0", "llm", "n1"))["node-not-ready"]
    assert (found.severity, found.verdict, found.affects.jobs) == (
        Severity.CRITICAL,
        Verdict.RESTART,
        ("aurora-train/llm",),
    )
    assert found.affects.gpus == 8
    assert found.evidence[0].at is not None


def test_a_lost_gpu_is_joined_with_its_xid() -> None:
    """Allocatable below capacity says that one is lost; the kernel's event says why."""
    said = event("Node", "n1", "XidError", "NVRM: Xid (PCI:0000:4e:00): 79, pid=1, GPU has fallen off the bus.")
    found = findings(node("n1", allocatable=7), said, job("llm"), pod("llm-0", "llm", "n1"))["gpu-lost"]
    assert "1 GPU of 8" in found.title
    assert "Xid 79" in found.title
    assert "restart the machine" in found.next_step
    assert found.verdict is Verdict.RESTART


def test_a_lost_gpu_without_an_xid_says_so() -> None:
    found = findings(node("n1", allocatable=6))["gpu-lost"]
    assert "no Xid says why" in found.title
    assert found.verdict is Verdict.NONE


def test_nvsentinels_events_count_though_their_type_is_not_warning() -> None:
    said = event(
        "Node", "n1", "SysLogsXIDError", "[94] contained memory error - RecommendedAction: NONE", type="GpuMemWatch"
    )
    found = findings(node("n1"), said)["xid"]
    assert "Xid 94" in found.title
    assert "disagree" in found.title


@pytest.mark.parametrize(
    ("type", "status", "rule"),
    [
        ("GpuNvlinkWatch", "True", "bad-condition"),
        ("GpuNvlinkWatch", "False", None),
        ("NetworkingReady", "False", "bad-condition"),
        ("NetworkingReady", "True", None),
        ("SomethingNew", "True", "unknown-condition"),
        ("MemoryPressure", "Unknown", None),
    ],
)
def test_polarity_is_a_table_and_the_unknown_is_no_fault(type: str, status: str, rule: str | None) -> None:
    found = findings(node("n1", conditions=[condition(type, status)]))
    assert list(found) == ([rule] if rule else [])
    if rule == "unknown-condition":
        assert found[rule].severity is Severity.INFO


def test_what_nvsentinel_recommends_is_the_next_step() -> None:
    said = condition(
        "GpuThermalWatch", "True", "GpuThermalWatchIsNotHealthy", "[DCGM_FR] hot - RecommendedAction: CONTACT_SUPPORT"
    )
    assert "CONTACT_SUPPORT" in findings(node("n1", conditions=[said]))["bad-condition"].next_step


@pytest.mark.parametrize(
    ("more", "who"),
    [
        (
            {"labels": {"k8saas.nvidia.com/cordon-by": "NVSentinel", "k8saas.nvidia.com/cordon-reason": "Xid"}},
            "NVSentinel: Xid",
        ),
        ({"labels": {"dgxc.nvidia.com/nvsentinel-state": "quarantined"}}, "NVSentinel: quarantined"),
        ({"taints": [{"key": "ToBeDeletedByClusterAutoscaler"}]}, "the cluster autoscaler"),
        ({}, "somebody"),
    ],
)
def test_a_cordon_says_whose_it_is(more: dict[str, Any], who: str) -> None:
    assert who in findings(node("n1", unschedulable=True, **more))["cordoned"].title


def test_an_image_that_is_not_there() -> None:
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}
    said = event("Pod", "llm-0", "Failed", 'Failed to pull image "nemo:25.9": not found', namespace="aurora-train")
    found = findings(node("n1"), job("llm"), pod("llm-0", "llm", "n1", phase="Pending", state=waiting), said)[
        "image-pull"
    ]
    assert (found.verdict, found.subject.name) == (Verdict.STOP, "llm")
    assert "not found" in found.evidence[0].text
    assert "tag" in found.next_step


def test_a_missing_secret() -> None:
    waiting = {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "hf" not found'}}
    found = findings(node("n1"), job("llm"), pod("llm-0", "llm", "n1", phase="Pending", state=waiting))
    assert 'secret "hf" not found' in found["container-config"].title


def test_out_of_memory_is_a_stop() -> None:
    killed = pod("llm-0", "llm", "n1", restarts=2, last=ended(137, "OOMKilled"))
    found = findings(node("n1"), job("llm"), killed)["oom"]
    assert (found.severity, found.verdict) == (Severity.CRITICAL, Verdict.STOP)


def test_a_crash_loop_counts_and_says_how_it_ends() -> None:
    state = {"waiting": {"reason": "CrashLoopBackOff"}}
    found = findings(node("n1"), job("llm"), pod("llm-0", "llm", "n1", restarts=5, state=state, last=ended(139)))
    assert "5 restarts, exit code 139 (SIGSEGV)" in found["crash-loop"].title


def test_a_failed_job_names_the_pod_that_was_first() -> None:
    failed = job("llm", conditions=[condition("Failed", "True", "BackoffLimitExceeded", "too many failures")])
    pods = [
        pod("llm-0", "llm", "n1", phase="Failed", state={"terminated": ended(1, minutes=8)}),
        pod("llm-1", "llm", "n2", phase="Failed", state={"terminated": ended(139, minutes=9)}),
    ]
    found = findings(node("n1"), node("n2"), failed, pods)["failed"]
    assert "llm-1 on n2" in found.evidence[0].text


class TestQuota:
    def test_the_smallest_change_is_named(self) -> None:
        """16 GPUs are asked for, 8 are free: it fits when the small job ends, which frees enough."""
        found = findings(
            queues(quota=64, used=56),
            job("llm", queue="aurora", active=0),
            workload(
                "llm", conditions=[condition("QuotaReserved", "False", "WaitingForQuota", "insufficient unused quota")]
            ),
            job("small", queue="aurora"),
            workload("small", count=1, admitted="aurora", conditions=[condition("QuotaReserved", "True")]),
            job("big", queue="aurora"),
            workload("big", count=6, admitted="aurora", conditions=[condition("QuotaReserved", "True")]),
        )["quota-pending"]
        assert "asks for 16 GPUs, 8 more than the queue aurora can give now" in found.title
        assert "small (8 GPUs)" in found.next_step
        assert (found.verdict, found.severity) == (Verdict.WAIT, Severity.INFO)

    def test_what_can_never_fit_is_a_stop(self) -> None:
        found = findings(
            queues(quota=8),
            job("llm", queue="aurora", active=0),
            workload("llm", conditions=[condition("QuotaReserved", "False", "Pending", "insufficient quota")]),
        )["quota-pending"]
        assert found.verdict is Verdict.STOP
        assert "at most 8 GPUs" in found.next_step

    def test_a_workload_that_was_never_tried(self) -> None:
        found = findings(queues(quota=64), job("llm", queue="aurora"), workload("llm"))["quota-pending"]
        assert "not tried yet" in found.title

    def test_a_stopped_queue_holds_what_waits_in_it(self) -> None:
        found = findings(queues(stop="Hold"), job("llm", queue="aurora"), workload("llm"))["queue-inactive"]
        assert found.severity is Severity.CRITICAL
        assert found.affects.jobs == ("aurora-train/llm",)


def test_a_suspended_job_waits_for_a_person() -> None:
    assert "resume" in findings(job("llm", suspend=True, active=0))["suspended"].title
    owned = findings(job("llm", suspend=True, queue="aurora", active=0), workload("llm", active=False), queues())
    assert set(owned) == {"suspended"}


def test_pods_without_a_place() -> None:
    waits = condition(
        "PodScheduled", "False", "Unschedulable", "0/768 nodes are available: 768 Insufficient nvidia.com/gpu. More."
    )
    found = findings(job("llm"), pod("llm-0", "llm", phase="Pending", conditions=[waits], state={}))["unschedulable"]
    assert "0/768 nodes are available: 768 Insufficient nvidia.com/gpu" in found.title
    assert found.verdict is Verdict.WAIT


def test_preempted_by_kueue() -> None:
    taken = workload("llm", conditions=[condition("Evicted", "True", "Preempted", "Preempted to accommodate another")])
    assert "Preempted" in findings(job("llm", queue="aurora", active=0), taken, queues())["evicted"].title


def test_a_service_without_replicas() -> None:
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "chat", "namespace": "aurora-serve"},
        "spec": {"replicas": 2},
        "status": {"readyReplicas": 0},
    }
    assert findings(deployment)["deployment-unavailable"].severity is Severity.CRITICAL


class TestLogs:
    def _failed(self) -> list[object]:
        return [
            node("n1"),
            node("n2"),
            job("llm"),
            pod("llm-0", "llm", "n1", phase="Failed", state={"terminated": ended(1)}),
            pod("llm-1", "llm", "n2", phase="Failed", state={"terminated": ended(1)}),
        ]

    def test_the_first_cause_wins_over_earlier_cascades(self) -> None:
        """NCCL on rank 0 complains before rank 1's own line is flushed: rank 1 is the cause all the same."""
        found = findings(
            *self._failed(),
            logs=(
                log("llm-0", (10, "[rank0]: NCCL watchdog timeout, remote process exited"), on="n1"),
                log("llm-1", (9, "[rank1]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate"), on="n2"),
            ),
        )["log-signature"]
        assert "rank 1, llm-1 on n2" in found.title
        assert found.verdict is Verdict.STOP
        assert "1 later NCCL line" in found.evidence[1].text

    def test_advice_is_not_a_cause(self) -> None:
        advice = "CUDA kernel errors might be asynchronously reported; NCCL timeout consider CUDA_LAUNCH_BLOCKING=1"
        assert "log-signature" not in findings(*self._failed(), logs=(log("llm-0", (10, advice)),))

    def test_a_running_job_may_print_anything(self) -> None:
        said = log("llm-0", (1, "warning: Permission denied for /proc, ignored"))
        assert "log-signature" not in findings(node("n1"), job("llm"), pod("llm-0", "llm", "n1"), logs=(said,))

    def test_silence_is_judged_by_the_jobs_own_pace(self) -> None:
        line = "iteration  {}/ 500 | elapsed time per iteration (ms): {} | loss 2.1"
        slow = log("llm-0", *((40 + i, line.format(9 - i, 180_000)) for i in range(5)))
        fast = log("llm-0", *((40 + i / 60, line.format(9 - i, 1_000)) for i in range(5)))
        running = [node("n1"), job("llm", pods=1), pod("llm-0", "llm", "n1")]
        assert "silent-stall" not in findings(*running, logs=(slow,))
        found = findings(*running, logs=(fast,))["silent-stall"]
        assert "no iteration for 40 minutes" in found.title
        assert found.verdict is Verdict.RESTART


def test_a_rule_does_not_speak_of_what_was_never_read() -> None:
    """A node list that failed is unknown; it is not a cluster without nodes that are broken."""
    seen = cluster(node("n1", allocatable=7), sources={"Node": Source("Node", State.UNKNOWN, None, "timed out")})
    assert [f.rule for f in registry.check(seen, EVERYTHING)] == []


def test_evidence_has_its_time() -> None:
    found = findings(node("n1", conditions=[condition("Ready", "False", minutes=30)]))["node-not-ready"]
    assert found.since is not None
    assert found.since < NOW
    assert at(30).startswith(found.since.strftime("%Y-%m-%dT%H:%M"))
