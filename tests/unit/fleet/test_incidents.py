"""Every incident leaves the traces that the real one leaves, and its repair puts everything back."""

import pytest

from sandbox.fleet import incidents, meta
from sandbox.fleet.incidents import INCIDENTS
from tests.unit.fleet.worlds import JOBS, World, condition


def text(world: World, job: str) -> str:
    return "\n".join(line for pod in world.pods(job) for line in world.log(pod))


def hit(injected: incidents.Injected) -> str:
    assert injected.job is not None
    return injected.job[1]


@pytest.mark.parametrize("name", sorted(INCIDENTS))
def test_inject_and_repair_is_a_round_trip(world: World, name: str) -> None:
    before = {j["metadata"]["name"]: j["status"].get("ready") for j in world.store.list(JOBS)}
    nodes = {n["metadata"]["name"]: n["status"]["allocatable"] for n in world.store.list("nodes")}
    injected = incidents.inject(world.fleet, name, "code-34b-pretrain" if name == "cuda-oom" else None)
    assert world.fleet.describe() == [injected.describe()]
    world.run(2)
    incidents.repair(world.fleet, injected.id)
    assert world.fleet.describe() == []
    for _ in range(8):
        world.run(10)
    assert {j["metadata"]["name"]: j["status"].get("ready") for j in world.store.list(JOBS)} == before
    assert {n["metadata"]["name"]: n["status"]["allocatable"] for n in world.store.list("nodes")} == nodes
    assert not any(condition(n, "SysLogsGPUFallenOff")[0] == "True" for n in world.store.list("nodes"))
    assert not any(n["spec"].get("taints") for n in world.store.list("nodes"))
    assert world.oversold() == []


def test_a_gpu_off_the_bus(world: World) -> None:
    injected = incidents.inject(world.fleet, "gpu-off-bus", "llama-70b-midtrain")
    world.run(4)
    node = world.store.get("nodes", injected.target)
    assert node["status"]["allocatable"][meta.GPU] == "7"
    assert node["status"]["capacity"][meta.GPU] == "8"
    assert condition(node, "SysLogsGPUFallenOff")[0] == "True"
    assert "GPU has fallen off the bus." in world.events("XidError")[0]["message"]
    failed = next(p for p in world.pods("llama-70b-midtrain") if p["status"]["phase"] == "Failed")
    assert failed["spec"]["nodeName"] == injected.target
    assert failed["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1
    assert "ncclRemoteError" in text(world, "llama-70b-midtrain")
    at = world.fleet.progress.reached(world.job("llama-70b-midtrain"))
    world.run(1800)
    assert world.fleet.progress.reached(world.job("llama-70b-midtrain")) == at


def test_restarting_the_gang_by_hand_ends_the_hang_and_avoids_the_node(world: World) -> None:
    world.create("pair", 2)
    world.run(120)
    injected = incidents.inject(world.fleet, "gpu-off-bus", "pair")
    world.run(120)
    at = world.fleet.progress.reached(world.job("pair"))
    world.set(JOBS, world.job("pair"), suspend=True)
    world.run(3)
    world.set(JOBS, world.job("pair"), suspend=False)
    world.run(300)
    held = {p["spec"].get("nodeName") for p in world.pods("pair") if not meta.over(p)}
    assert injected.target not in held
    assert world.fleet.progress.reached(world.job("pair")) > at


def test_a_node_that_stops_answering(world: World) -> None:
    injected = incidents.inject(world.fleet, "node-not-ready", "speech-30b-pretrain")
    node = world.store.get("nodes", injected.target)
    assert condition(node, "Ready") == ("Unknown", "NodeStatusUnknown")
    assert condition(node, "MemoryPressure")[0] == "Unknown"
    assert {t["effect"] for t in node["spec"]["taints"]} == {"NoSchedule", "NoExecute"}
    lost = next(p for p in world.pods("speech-30b-pretrain") if p["spec"]["nodeName"] == injected.target)
    assert condition(lost, "Ready")[0] == "False"
    world.run(290)
    assert "deletionTimestamp" not in world.store.get("pods", lost["metadata"]["name"], "borealis-train")["metadata"]
    world.run(20)
    assert "deletionTimestamp" in world.store.get("pods", lost["metadata"]["name"], "borealis-train")["metadata"]
    world.run(3600)
    assert world.store.find("pods", lost["metadata"]["name"], "borealis-train") is not None


def test_a_collective_that_timed_out_names_its_first_rank(world: World) -> None:
    injected = incidents.inject(world.fleet, "nccl-watchdog", "speech-30b-pretrain")
    world.run(5)
    lines = [
        (line.at, line.text)
        for pod in world.pods(hit(injected))
        for line in world.store.read_log("borealis-train", pod["metadata"]["name"], "trainer")
        if "Watchdog caught collective operation timeout" in line.text
    ]
    assert len(lines) >= 3
    first = min(lines)[1]
    rank = injected.text.split("rank ")[1].split()[0]
    assert f"[rank{rank}]" in first
    assert all("SeqNum=" in line and "OpType=ALLREDUCE" in line and "Timeout(ms)=600000" in line for _, line in lines)


def test_out_of_memory_fails_the_job_and_again_after_a_rerun(world: World) -> None:
    injected = incidents.inject(world.fleet, "cuda-oom", "code-34b-pretrain")
    for _ in range(6):
        world.run(60)
    assert condition(world.job(hit(injected)), "Failed") == ("True", "BackoffLimitExceeded")
    assert "torch.OutOfMemoryError: CUDA out of memory" in text(world, hit(injected))
    assert meta.is_true(world.workload(hit(injected)), "Finished")
    world.create("code-34b-pretrain-rerun", 1, client="borealis", backoffLimit=0)
    world.run(20)
    assert condition(world.job("code-34b-pretrain-rerun"), "Failed")[0] == "True"


def test_an_image_that_cannot_be_pulled(world: World) -> None:
    injected = incidents.inject(world.fleet, "image-pull", "code-34b-pretrain")
    world.run(5)
    states = [p["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] for p in world.pods(hit(injected))]
    assert set(states) == {"ImagePullBackOff"}
    assert any("failed to resolve reference" in e["message"] for e in world.events("Failed"))
    world.run(600)
    assert max(e["count"] for e in world.events("Failed")) > 3


def test_a_missing_index_ends_every_start(world: World) -> None:
    injected = incidents.inject(world.fleet, "missing-dataset-index", "protein-15b-pretrain")
    assert "One or both of the .idx and .bin files cannot be found" in text(world, hit(injected))
    world.run(30)
    assert world.job(hit(injected))["status"]["ready"] < 3


def test_a_job_beyond_the_quota_waits(world: World) -> None:
    injected = incidents.inject(world.fleet, "quota-pending")
    workload = world.workload(hit(injected))
    assert condition(workload, "QuotaReserved")[0] == "False"
    assert world.job(hit(injected))["spec"]["suspend"] is True


def test_a_silent_stall_holds_gpus_and_says_nothing(world: World) -> None:
    injected = incidents.inject(world.fleet, "silent-stall", "llama-405b-pretrain")
    lines = len(world.log(world.rank(hit(injected))))
    world.run(3600)
    assert len(world.log(world.rank(hit(injected)))) == lines
    assert {p["status"]["phase"] for p in world.pods(hit(injected))} == {"Running"}


def test_a_target_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="no node and no job"):
        incidents.inject(world.fleet, "silent-stall", "nobody")
    with pytest.raises(KeyError):
        incidents.inject(world.fleet, "gremlins")
    assert world.fleet.describe() == []


def test_incidents_do_not_share_a_job(world: World) -> None:
    injected = [incidents.inject(world.fleet, "silent-stall") for _ in range(4)]
    assert len({i.job for i in injected}) == 4


def test_a_cordon_that_somebody_set_survives_the_repair(world: World) -> None:
    injected = incidents.inject(world.fleet, "allocatable-low")
    world.set("nodes", world.store.get("nodes", injected.target), unschedulable=True)
    incidents.repair(world.fleet, injected.id)
    assert world.store.get("nodes", injected.target)["spec"]["unschedulable"] is True
