"""What a Megatron run writes, and how fast it goes. Pure: the run's command line and an instant in, lines out.

An iteration takes 6 × parameters × tokens ÷ (GPUs × FLOP/s a GPU), so that times, batch and throughput of one job
agree with each other.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.fleet.meta import INDEX, Obj, dice, labels_of

SAVE_SECONDS = 1800
"""About how long a run works between two checkpoints."""
LINE_SECONDS = 10
"""A run logs every so many iterations that a line comes about this often, at least."""


@dataclass(frozen=True)
class Run:
    """One training run, as its command line says. `pace` is seconds an iteration."""

    job: str
    ranks: int
    batch: int
    length: int
    iterations: int
    save_every: int
    log_every: int
    tflops: float
    pace: float
    path: str

    def reached(self, since: datetime, base: int, now: datetime) -> int:
        """The iteration at `now` of a run that began from `base` at `since`."""
        return min(self.iterations, base + max(0, int((now - since).total_seconds() / self.pace)))

    def when(self, since: datetime, base: int, iteration: int) -> datetime:
        return since + timedelta(seconds=(iteration - base) * self.pace)

    def saved(self, iteration: int) -> int:
        """The last checkpoint at or before `iteration`; 0 is none."""
        return iteration - iteration % self.save_every


def plan(name: str, billions: float, nodes: int, batch: int, length: int, iterations: int) -> Run:
    tflops = round(dice(0, "tflops", name).uniform(376, 428), 1)
    tokens = batch * length
    pace = 6 * billions * 1e9 * tokens / (nodes * 8 * tflops * 1e12)
    save = max(10, round(SAVE_SECONDS / pace / 10) * 10)
    log = max(1, round(LINE_SECONDS / pace))
    return Run(name, nodes * 8, batch, length, iterations, save, log, tflops, pace, f"/checkpoints/{name}")


def arguments(run: Run, nodes: int, namespace: str, billions: float) -> list[str]:
    tensor, pipeline = _parallel(billions, nodes)
    return [
        "torchrun", f"--nnodes={nodes}", "--nproc-per-node=8", "--rdzv-backend=c10d", f"--rdzv-id={run.job}",
        f"--rdzv-endpoint={run.job}-0.{run.job}.{namespace}.svc:29500", "--max-restarts=0",
        "/opt/megatron-lm/pretrain_gpt.py",
        "--tensor-model-parallel-size", str(tensor), "--pipeline-model-parallel-size", str(pipeline),
        "--context-parallel-size", "1", "--micro-batch-size", "1", "--global-batch-size", str(run.batch),
        "--seq-length", str(run.length), "--train-iters", str(run.iterations), "--log-interval", str(run.log_every),
        "--save-interval", str(run.save_every), "--bf16", "--log-throughput",
        "--data-path", f"/data/{run.job.split('-')[0]}/tokens_text_document",
        "--save", run.path, "--load", run.path, "--distributed-timeout-minutes", "10",
    ]  # fmt: skip


def read(job: Obj) -> Run | None:
    """The run that a Job's command line describes; None for one that is not Megatron's."""
    container = job["spec"]["template"]["spec"]["containers"][0]
    words: list[str] = container.get("args") or []
    options = {a: b for a, b in itertools.pairwise(words) if a.startswith("--")}
    if "--train-iters" not in options:
        return None
    env = {e["name"]: e.get("value", "") for e in container.get("env", ())}
    nodes = int(job["spec"].get("parallelism") or 1)
    name, billions = options["--save"].rsplit("/", 1)[-1], float(env.get("MODEL_BILLIONS", "8"))
    batch, length = int(options["--global-batch-size"]), int(options["--seq-length"])
    return plan(name, billions, nodes, batch, length, int(options["--train-iters"]))


def _parallel(billions: float, nodes: int) -> tuple[int, int]:
    tensor = 8 if billions >= 30 else 4 if billions >= 12 else 2
    wish = 16 if billions >= 300 else 4 if billions >= 60 else 2 if billions >= 30 else 1
    return tensor, next((p for p in (wish, 8, 4, 2) if p <= wish and nodes % p == 0), 1)


def loss(run: Run, iteration: int) -> float:
    die = dice(0, "loss", run.job)
    start, floor = die.uniform(10.2, 11.9), die.uniform(1.55, 1.95)
    noise = dice(0, "noise", run.job, iteration).gauss(0, 0.012)
    return floor + (start - floor) * float((1 + iteration / 40) ** -0.42) + noise


def iteration_line(run: Run, iteration: int, at: datetime) -> str:
    die = dice(0, "line", run.job, iteration)
    slow = die.gauss(1, 0.006)
    rate = 1.5e-4 * (0.1 + 0.45 * (1 + math.cos(math.pi * min(1.0, iteration / run.iterations))))
    return (
        f" [{at:%Y-%m-%d %H:%M:%S}.{at.microsecond:06}] iteration {iteration:8}/{run.iterations:8} |"
        f" consumed samples: {iteration * run.batch:12} |"
        f" elapsed time per iteration (ms): {run.pace * 1000 * slow:.1f} |"
        f" throughput per GPU (TFLOP/s/GPU): {run.tflops / slow:.1f} |"
        f" learning rate: {rate:.6E} | global batch size: {run.batch:5} |"
        f" lm loss: {loss(run, iteration):.6E} | loss scale: 1.0 | grad norm: {abs(die.gauss(0.31, 0.04)):.3f} |"
        f" number of skipped iterations:   0 | number of nan iterations:   0 |"
    )


def save_lines(run: Run, iteration: int) -> tuple[str, str]:
    took = dice(0, "save", run.job, iteration).uniform(9_000, 21_000)
    return (
        f"saving checkpoint at iteration {iteration:7} to {run.path} in torch_dist format",
        f"  successfully saved checkpoint from iteration {iteration:7} to {run.path} "
        f"[ t 1/{min(8, run.ranks)}, p 1/1 ] after {took:.2f} ms",
    )


def start_lines(run: Run, pod: Obj, checkpoint: int) -> Iterator[str]:
    """What rank 0 says until the first iteration."""
    name, ip = pod["metadata"]["name"], pod.get("status", {}).get("podIP", "10.0.0.1")
    rank = 8 * int(labels_of(pod).get(INDEX, "0"))
    comm = f"0x{dice(0, 'comm', name).getrandbits(44):x}"
    head = f"{name}:142:142 [0] NCCL INFO"
    yield f"{head} Bootstrap: Using eth0:{ip}<0>"
    yield f"{head} cudaDriverVersion 13000"
    yield f"{head} NCCL version 2.27.7+cuda13.0"
    nics = " ".join(f"[{i}]mlx5_{i}:1/IB/SHARP" for i in range(8))
    yield f"{head} NET/IB : Using {nics} [RO]; OOB eth0:{ip}<0>"
    yield f"{head} Using network IB"
    yield f"{head} comm {comm} rank {rank} nRanks {run.ranks} nNodes {run.ranks // 8} localRanks 8 localRank 0 MNNVL 0"
    where = "cudaDev 0 nvmlDev 0 busId 1b000"
    yield f"{head} ncclCommInitRankConfig comm {comm} rank {rank} nranks {run.ranks} {where} - Init COMPLETE"
    if checkpoint:
        yield f" loading distributed checkpoint from {run.path} at iteration {checkpoint}"
        shard = f"[ t 1/{min(8, run.ranks)}, p 1/1 ]"
        yield f"  successfully loaded checkpoint from {run.path} {shard} at iteration {checkpoint}"
    else:
        yield f"WARNING: could not find the metadata file {run.path}/latest_checkpointed_iteration.txt"
        yield "    will not load any checkpoints and will start from random"
    yield "done with setup ..."
    yield "training ..."


def end_lines(run: Run) -> tuple[str, ...]:
    done = f"[after training is done] iteration {run.iterations} of {run.iterations}"
    return (done, *save_lines(run, run.iterations))
