"""Each rule of the controllers, once: jobs, scheduler, Kueue, deployments, nodes."""

from sandbox.fleet import meta
from tests.unit.fleet.worlds import JOBS, WORKLOADS, World, condition

CLUSTER = "clusterqueues.kueue.x-k8s.io"
DEPLOYMENTS = "deployments.apps"


def live(pods: list[dict[str, object]]) -> int:
    return sum(p["status"]["phase"] == "Running" for p in pods)  # type: ignore[index]


def test_suspending_a_plain_job_removes_its_pods_and_says_so(world: World) -> None:
    name = world.running(queued=False)
    world.set(JOBS, world.job(name), suspend=True)
    world.run(3)
    assert world.pods(name) == []
    job = world.job(name)
    assert condition(job, "Suspended") == ("True", "JobSuspended")
    assert job["status"]["active"] == 0
    assert "startTime" not in job["status"]


def test_resuming_it_brings_them_back(world: World) -> None:
    name = world.running(queued=False)
    world.set(JOBS, world.job(name), suspend=True)
    world.run(3)
    world.set(JOBS, world.job(name), suspend=False)
    world.run(5)
    assert condition(world.job(name), "Suspended") == ("False", "JobResumed")
    assert world.job(name)["status"]["ready"] == 1


def test_pods_terminate_before_they_go(world: World) -> None:
    name = world.running(queued=False)
    world.set(JOBS, world.job(name), suspend=True)
    assert all("deletionTimestamp" in p["metadata"] for p in world.pods(name))
    assert world.pods(name)


def test_kueue_overrules_who_suspends_its_job_by_hand(world: World) -> None:
    name = world.running(queued=True, least=2)
    world.set(JOBS, world.job(name), suspend=True)
    world.run(5)
    assert world.job(name)["spec"]["suspend"] is False
    assert world.job(name)["status"]["ready"] == world.job(name)["spec"]["parallelism"]


def test_deactivating_a_workload_evicts_and_does_not_requeue(world: World) -> None:
    name = world.running(queued=True, least=2)
    world.set(WORKLOADS, world.workload(name), active=False)
    assert condition(world.workload(name), "Evicted") == ("True", "Deactivated")
    world.run(3)
    workload = world.workload(name)
    assert condition(workload, "QuotaReserved")[0] == "False"
    assert condition(workload, "Admitted") == ("False", "NoReservation")
    assert condition(workload, "Requeued") == ("False", "Deactivated")
    assert world.job(name)["spec"]["suspend"] is True
    assert world.pods(name) == []
    world.run(3600)
    assert world.pods(name) == []


def test_reactivating_it_queues_it_again(world: World) -> None:
    name = world.running(queued=True, least=8)
    world.set(WORKLOADS, world.workload(name), active=False)
    world.set(WORKLOADS, world.workload(name), active=True)
    world.run(10)
    workload = world.workload(name)
    assert condition(workload, "Requeued") == ("True", "Reactivated")
    reserved = meta.is_true(workload, "QuotaReserved")
    assert reserved or condition(workload, "QuotaReserved")[1] == "WaitingForQuota"
    assert world.job(name)["spec"]["suspend"] is not reserved


def test_quota_that_becomes_free_admits_who_waits(world: World) -> None:
    assert not meta.is_true(world.workload("vlm-34b-align"), "Admitted")
    world.set(WORKLOADS, world.workload("llama-405b-pretrain"), active=False)
    world.run(6)
    assert meta.is_true(world.workload("vlm-34b-align"), "Admitted")
    job = world.job("vlm-34b-align")
    assert job["status"]["ready"] == job["spec"]["parallelism"]


def test_a_request_beyond_the_most_it_can_get_says_so(world: World) -> None:
    world.create("too-large", 40, queue=True)
    found = meta.condition(world.workload("too-large"), "QuotaReserved")
    assert found is not None
    assert found["reason"] == "ExceedsMaxQuota"
    assert "request > maximum capacity (320 >" in found["message"]


def test_usage_never_exceeds_nominal_plus_borrowing(world: World) -> None:
    queues = world.store.list(CLUSTER)
    quotas = {q["metadata"]["name"]: q["spec"]["resourceGroups"][0]["flavors"][0]["resources"][0] for q in queues}
    used = {q["metadata"]["name"]: int(q["status"]["flavorsUsage"][0]["resources"][0]["total"]) for q in queues}
    for name, quota in quotas.items():
        assert used[name] <= int(quota["nominalQuota"]) + int(quota["borrowingLimit"])
    assert sum(used.values()) <= sum(int(q["nominalQuota"]) for q in quotas.values())


def test_hold_and_drain_evicts_a_whole_queue(world: World) -> None:
    world.set(CLUSTER, world.store.get(CLUSTER, "borealis"), stopPolicy="HoldAndDrain")
    world.run(4)
    queue = world.store.get(CLUSTER, "borealis")
    assert queue["status"]["admittedWorkloads"] == 0
    assert condition(queue, "Active") == ("False", "Stopped")
    world.set(CLUSTER, queue, stopPolicy="None")
    world.run(4)
    assert world.store.get(CLUSTER, "borealis")["status"]["admittedWorkloads"] > 0


def test_a_cordoned_node_takes_no_pods(world: World) -> None:
    name = world.running(queued=False)
    node = world.pods(name)[0]["spec"]["nodeName"]
    world.set("nodes", world.store.get("nodes", node), unschedulable=True)
    taints = world.store.get("nodes", node)["spec"]["taints"]
    assert [t["key"] for t in taints] == ["node.kubernetes.io/unschedulable"]
    world.set(JOBS, world.job(name), suspend=True)
    world.run(3)
    world.set(JOBS, world.job(name), suspend=False)
    world.run(5)
    assert {p["spec"]["nodeName"] for p in world.pods(name)}.isdisjoint({node})
    world.set("nodes", world.store.get("nodes", node), unschedulable=False)
    assert "taints" not in world.store.get("nodes", node)["spec"]


def test_a_pod_without_room_says_why_as_the_scheduler_does(world: World) -> None:
    for node in world.store.list("nodes"):
        world.set("nodes", node, unschedulable=True)
    world.create("homeless", 1)
    pod = world.pods("homeless")[0]
    assert condition(pod, "PodScheduled") == ("False", "Unschedulable")
    found = meta.condition(pod, "PodScheduled")
    assert found is not None
    assert found["message"].startswith("0/48 nodes are available: 48 node(s) were unschedulable. preemption: ")
    assert world.events("FailedScheduling")[0]["type"] == "Warning"
    first = world.store.list("nodes")[-1]
    world.set("nodes", first, unschedulable=False)
    world.run(5)
    assert world.job("homeless")["status"]["ready"] in (0, 1)


def test_a_failed_pod_is_replaced_after_a_back_off(world: World) -> None:
    name = world.running(queued=False)
    world.fleet.kubelet.finish(world.pods(name)[0], 1)
    world.fleet.settle()
    assert live(world.pods(name)) == 0
    assert world.job(name)["status"]["failed"] == 1
    world.run(9)
    assert len(world.pods(name)) == 1
    world.run(6)
    assert live(world.pods(name)) == 1


def test_beyond_its_back_off_limit_a_job_fails(world: World) -> None:
    world.create("doomed", 1, backoffLimit=0)
    world.run(5)
    world.fleet.kubelet.finish(world.pods("doomed")[0], 1)
    world.fleet.settle()
    assert condition(world.job("doomed"), "Failed") == ("True", "BackoffLimitExceeded")
    assert world.events("BackoffLimitExceeded")


def test_a_container_that_may_restart_does_so_in_its_pod(world: World) -> None:
    job = world.create("restless", 1)
    assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"
    pod = next(p for p in world.store.list("pods", "aurora-serve"))
    world.fleet.kubelet.crash(pod, 137, "OOMKilled")
    status = world.store.get("pods", pod["metadata"]["name"], "aurora-serve")["status"]["containerStatuses"][0]
    assert status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert status["lastState"]["terminated"]["exitCode"] == 137
    assert status["restartCount"] == 1
    world.run(12)
    status = world.store.get("pods", pod["metadata"]["name"], "aurora-serve")["status"]["containerStatuses"][0]
    assert "running" in status["state"]


def test_a_deleted_pod_of_a_service_comes_back(world: World) -> None:
    pod = world.store.list("pods", "aurora-serve")[0]
    world.store.delete("pods", pod["metadata"]["name"], "aurora-serve")
    world.run(5)
    name = pod["metadata"]["labels"]["app"]
    deployment = world.store.get(DEPLOYMENTS, name, "aurora-serve")
    assert deployment["status"]["readyReplicas"] == deployment["spec"]["replicas"]
    assert world.store.find("pods", pod["metadata"]["name"], "aurora-serve") is None


def test_scaling_a_service(world: World) -> None:
    world.set(DEPLOYMENTS, world.store.get(DEPLOYMENTS, "nim-embed", "aurora-serve"), replicas=3)
    world.run(5)
    assert world.store.get(DEPLOYMENTS, "nim-embed", "aurora-serve")["status"]["readyReplicas"] == 3
    world.set(DEPLOYMENTS, world.store.get(DEPLOYMENTS, "nim-embed", "aurora-serve"), replicas=0)
    world.run(5)
    assert world.store.get(DEPLOYMENTS, "nim-embed", "aurora-serve")["status"]["replicas"] == 0


def test_a_rollout_replaces_every_pod(world: World) -> None:
    before = {p["metadata"]["name"] for p in world.store.list("pods", "borealis-serve")}

    def restart(draft: dict[str, dict[str, dict[str, dict[str, object]]]]) -> None:
        draft["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": "now"}

    for deployment in world.store.list(DEPLOYMENTS, "borealis-serve"):
        world.store.mutate(DEPLOYMENTS, deployment["metadata"]["name"], "borealis-serve", restart)
    for _ in range(12):
        world.run(3)
    after = {p["metadata"]["name"] for p in world.store.list("pods", "borealis-serve")}
    assert before.isdisjoint(after)
    assert len(after) == len(before)


def test_deleting_a_job_takes_its_pods_and_workload_along(world: World) -> None:
    name = world.running(queued=True, least=2)
    job, workload = world.job(name), world.workload(name)
    world.store.delete(JOBS, name, job["metadata"]["namespace"])
    world.run(3)
    assert world.fleet.live.pods_of(job["metadata"]["uid"]) == []
    assert world.store.find(WORKLOADS, workload["metadata"]["name"], workload["metadata"]["namespace"]) is None


def test_a_resource_quota_counts_what_its_namespace_holds(world: World) -> None:
    quota = world.store.get("resourcequotas", "guard", "aurora-train")
    held = sum(meta.gpus_of(p["spec"]) for p in world.store.list("pods", "aurora-train") if not meta.over(p))
    assert quota["status"]["used"]["requests.nvidia.com/gpu"] == str(held)


def test_pods_of_a_node_that_was_deleted_go_with_it(world: World) -> None:
    name = world.running(queued=False)
    node = world.pods(name)[0]["spec"]["nodeName"]
    world.store.delete("nodes", node)
    world.run(5)
    assert {p["spec"]["nodeName"] for p in world.pods(name)}.isdisjoint({node})
    assert world.job(name)["status"]["ready"] == 1


def test_events_are_counted_and_forgotten_after_an_hour(world: World) -> None:
    pod = world.store.list("pods", "aurora-serve")[0]
    for _ in range(3):
        world.fleet.live.event(pod, "Warning", "Unhealthy", "Readiness probe failed", "kubelet")
    assert [e["count"] for e in world.events("Unhealthy")] == [3]
    world.run(3700)
    assert world.events("Unhealthy") == []
