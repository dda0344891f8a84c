"""Training goes on with the sandbox's clock, writes what Megatron writes, and little of it."""

import re

import pytest

from sandbox.fleet import megatron, meta, progress
from tests.unit.fleet.worlds import JOBS, World

LINE = re.compile(
    r"^ \[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\] iteration +(?P<at>\d+)/ +\d+ \| consumed samples: +\d+ \|"
    r" elapsed time per iteration \(ms\): [\d.]+ \| throughput per GPU \(TFLOP/s/GPU\): [\d.]+ \|"
    r" learning rate: \d\.\d+E-\d\d \| global batch size: +\d+ \| lm loss: \d\.\d+E[+-]\d\d \| loss scale: 1\.0 \|"
    r" grad norm: [\d.]+ \| number of skipped iterations: +0 \| number of nan iterations: +0 \|$"
)


def iterations(lines: list[str]) -> list[int]:
    return [int(m["at"]) for line in lines if (m := LINE.match(line))]


def test_a_running_job_writes_iterations_in_order(world: World) -> None:
    rank = world.rank("llama-70b-midtrain")
    world.run(60)
    found = iterations(world.log(rank))
    assert len(found) > 10
    assert found == sorted(set(found))


def test_time_decides_how_far_it_is(world: World) -> None:
    job = world.job("llama-70b-midtrain")
    run = megatron.read(job)
    assert run is not None
    before = world.fleet.progress.reached(job)
    world.run(run.pace * 50)
    assert world.fleet.progress.reached(job) - before in (49, 50, 51)


def test_a_jump_of_a_day_writes_a_bounded_number_of_lines(world: World) -> None:
    rank = world.rank("llama-70b-midtrain")
    before = len(world.log(rank))
    world.run(86_400)
    assert 0 < len(world.log(rank)) - before <= 30


def test_only_the_first_and_last_rank_write(world: World) -> None:
    world.run(300)
    pods = sorted(world.pods("llama-405b-pretrain"), key=lambda p: int(meta.labels_of(p)[meta.INDEX]))
    assert [bool(world.log(p)) for p in pods] == [True, *[False] * (len(pods) - 2), True]


def test_checkpoints_are_written_and_a_new_gang_loads_the_last(world: World) -> None:
    name = world.running(queued=False)
    world.run(4000)
    saved = [line for line in world.log(world.rank(name)) if line.startswith("saving checkpoint at iteration")]
    assert saved
    last = int(saved[-1].split()[4])
    world.set(JOBS, world.job(name), suspend=True)
    world.run(5)
    world.set(JOBS, world.job(name), suspend=False)
    world.run(5)
    lines = world.log(world.rank(name))
    assert any(f"successfully loaded checkpoint from /checkpoints/{name}" in line for line in lines)
    assert any(line.endswith(f"at iteration {last}") for line in lines)
    world.run(60)
    assert iterations(world.log(world.rank(name)))[0] > last


def test_a_run_that_reaches_its_last_iteration_completes(world: World) -> None:
    name = world.running(queued=False)
    world.run(30 * 86_400)
    assert meta.is_true(world.job(name), "Complete")
    assert "startTime" in world.job(name)["status"]


def test_the_loss_falls() -> None:
    run = megatron.plan("x", 8, 4, 256, 4096, 100_000)
    curve = [megatron.loss(run, i) for i in (1, 100, 5_000, 50_000)]
    assert curve == sorted(curve, reverse=True)
    assert 1.4 < curve[-1] < 3


def test_a_clock_that_goes_back_stops_nothing(world: World) -> None:
    world.run(600)
    world.run(-500)
    world.set(JOBS, world.job(world.running(queued=False)), suspend=True)
    world.run(5)
    assert world.job("llama-405b-pretrain")["status"]["ready"] == 8


def test_logs_stay_small_on_a_fast_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rank = world.rank("llama-70b-midtrain")
    monkeypatch.setattr(progress, "KEPT_LINES", 50)
    for _ in range(6):
        world.run(600)
    assert len(world.log(rank)) <= 51
