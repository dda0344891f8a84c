"""What log lines mean: a table of signatures and their verdicts.

From NVIDIA's nvidia-resiliency-ext attribution registry and, where its own judgement is needed, ours. A cascade is
never the root: NCCL and the watchdog report that another rank is gone. Advice lines are dropped before matching. Pure.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.diagnose.model import Verdict


class Role(StrEnum):
    ROOT = "root"
    SYMPTOM = "symptom"
    """Explains nothing by itself, but is the best there is when nothing else is found."""
    CASCADE = "cascade"


@dataclass(frozen=True)
class Signature:
    id: str
    pattern: re.Pattern[str]
    verdict: Verdict
    role: Role
    words: str
    next_step: str


def _s(id: str, pattern: str, verdict: Verdict, words: str, next_step: str, role: Role = Role.ROOT) -> Signature:
    return Signature(id, re.compile(pattern, re.IGNORECASE), verdict, role, words, next_step)


R, S = Verdict.RESTART, Verdict.STOP
_ELSEWHERE = "Run it again without that node."
SIGNATURES = (
    _s("xid", r"\bXid\b.{0,40}\d+|fallen off the bus", R, "the GPU failed (Xid)", _ELSEWHERE),
    _s("ecc", r"uncorrectable ECC|double.bit ECC|\bDBE\b", R, "GPU memory failed (uncorrectable ECC)", _ELSEWHERE),
    _s(
        "device-lost",
        r"Unable to determine the device handle|CUDA error: .{0,30}device (is )?(lost|unavailable)",
        R,
        "a GPU is gone",
        _ELSEWHERE,
    ),
    _s("nvlink", r"NVLink.{0,60}(down|CRC|recovery failed|fatal)", R, "an NVLink failed", _ELSEWHERE),
    _s("pcie", r"PCIe.{0,40}AER|AER:.{0,40}(fatal|uncorrect)", R, "the PCIe bus reports errors", _ELSEWHERE),
    _s(
        "ib",
        r"\b(ib|mlx5).{0,60}port (error|down)|(RDMA|transport) retry.{0,20}exceeded|retry exhausted|WC_RETRY_EXC",
        R,
        "the InfiniBand network lost a connection",
        _ELSEWHERE,
    ),
    _s(
        "cuda-oom",
        r"CUDA out of memory|CUBLAS_STATUS_ALLOC_FAILED|torch\.(cuda\.)?OutOfMemoryError",
        S,
        "the GPU's memory is too small for this configuration",
        "Lower the micro batch size or raise the parallelism (TP, PP, recomputation); the same run would fail again.",
    ),
    _s(
        "host-oom",
        r"Out of memory: Kill|oom_kill|oom-kill|Memory cgroup out of memory",
        S,
        "the container ran out of host memory",
        "Raise the memory limit or lower the number of data loader workers; the same run would fail again.",
    ),
    _s(
        "no-space",
        r"No space left on device|ENOSPC|Disk quota exceeded",
        S,
        "the volume is full",
        "Free space or enlarge the volume; the same run would fail again.",
    ),
    _s(
        "dataset",
        r"One or both of the \.idx and \.bin files cannot be found|\.(idx|bin).{0,40}(not found|No such file)",
        S,
        "files of the dataset are missing",
        "Correct the data prefix, or finish the preparation of the data.",
    ),
    _s(
        "hub-auth",
        r"(401|403) Client Error.{0,80}(huggingface|ngc|nvcr)|gated repo|Access to model .{0,80} is restricted",
        S,
        "the model hub refuses the credentials",
        "Renew the token in the job's secret, or accept the model's licence.",
    ),
    _s(
        "permission",
        r"Permission denied|\bEACCES\b|PermissionError",
        S,
        "the job may not read or write a file",
        "Correct the owner or mode of the path, or the job's user.",
    ),
    _s(
        "checkpoint-mismatch",
        r"checkpoint.{0,80}mismatch|size mismatch for |(checkpoint|ckpt).{0,60}(does not exist|not found|No such file)",
        S,
        "the checkpoint does not fit, or is not there",
        "Correct the checkpoint path or the model's configuration.",
    ),
    _s(
        "checkpoint-write",
        r"(checkpoint|ckpt).{0,100}(EIO|Errno 5|Input/output error|broken pipe|corrupt)|async.{0,20}save.{0,40}fail",
        R,
        "a checkpoint could not be written",
        "Run it again; it goes on from the last good checkpoint.",
    ),
    _s(
        "shm",
        r"DataLoader worker.{0,80}(bus error|killed by signal)|/dev/shm.{0,60}(exhaust|full|insufficient)",
        R,
        "the data loader lost a worker (shared memory)",
        "Run it again; enlarge /dev/shm when it comes back.",
    ),
    _s(
        "not-finite",
        r"(loss|grad(ient)?s?( norm)?).{0,30}\b(nan|inf)\b|non-finite|found NaN",
        R,
        "the loss is no longer a number",
        "Run it again from the last checkpoint; look at the learning rate and the data when it comes back.",
    ),
    _s("port", r"Address already in use|Errno 98", R, "the rendezvous port was taken", "Run it again."),
    _s(
        "segfault",
        r"segmentation fault|core dumped|SIGSEGV",
        R,
        "the process crashed (segmentation fault)",
        "Run it again once; stop when it repeats at start-up or at the first save.",
    ),
    _s(
        "code",
        r"^\s*(TypeError|AttributeError|ImportError|ModuleNotFoundError|NameError|KeyError|SyntaxError)\b",
        S,
        "the program has a mistake",
        "Correct the program; the same run would fail again.",
    ),
    _s(
        "collective-timeout",
        r"collective operation timeout|operation.{0,80}timed out.{0,200}(SeqNum|OpType|Timeout\(ms\))",
        R,
        "the ranks waited for one another until the time-out",
        "Run it again; the rank that came last is where to look.",
        Role.SYMPTOM,
    ),
    _s(
        "nccl",
        r"NCCL.{0,80}(timeout|watchdog|abort|unhandled system error|remote process exited)"
        r"|TCPStore.{0,60}(timeout|timed out|reset)",
        R,
        "NCCL lost a peer",
        "Run it again; look for the rank that failed first.",
        Role.CASCADE,
    ),
)
_ADVICE = re.compile(
    r"CUDA_LAUNCH_BLOCKING|might be asynchronously reported|TORCH_USE_CUDA_DSA|^\s*For debugging consider",
    re.IGNORECASE,
)
_RANK = re.compile(r"\[?\brank[ :=]?\s*(\d+)\b\]?", re.IGNORECASE)
PROGRESS = re.compile(r"iteration\s+(\d+)\s*/\s*(\d+)", re.IGNORECASE)
STEP_TIME = re.compile(r"elapsed time per iteration \(ms\):\s*([\d.]+)", re.IGNORECASE)
SAVED = re.compile(r"successfully saved checkpoint(?:.{0,40}?iteration\s+(\d+))?", re.IGNORECASE)


_HINT = re.compile(
    r"xid|device|ecc|dbe|bus|nvlink|aer|ib|mlx5|retry|memory|oom|alloc_failed|space|quota|\.idx|\.bin|40[13] client"
    r"|gated|restricted|denied|eacces|permission|mismatch|checkpoint|ckpt|save|dataloader|/dev/shm|nan|inf|finite|address"
    r"|errno|segmentation|core dumped|sigsegv|error|timeout|timed out|nccl|tcpstore",
    re.IGNORECASE,
)
"""What every signature has one of: most lines have none, and are done with after one search instead of twenty."""


def match(text: str) -> Signature | None:
    """The first signature in the table that `text` has. Roots stand before symptoms, symptoms before cascades."""
    text = text[:2_000]
    if not _HINT.search(text) or _ADVICE.search(text):
        return None
    return next((s for s in SIGNATURES if s.pattern.search(text)), None)


def rank_of(text: str) -> int | None:
    found = _RANK.search(text)
    return int(found[1]) if found else None
