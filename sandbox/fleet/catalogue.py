"""What runs on the fleet, as tables: three clients, their queues, training jobs and NIM services.

Sizes are for 192 nodes a site and shrink with the fleet. States are not written here except an end that already
came: whether a job runs or waits follows from the quotas, by the same controllers that work later.
"""

from dataclasses import dataclass

CLIENTS = ("aurora", "borealis", "cirrus")
FLAVOR = "h100"
COHORT = "fleet"


@dataclass(frozen=True)
class Queue:
    client: str
    nodes: int
    borrow: int
    strategy: str


QUEUES = (
    Queue("aurora", 336, 16, "BestEffortFIFO"),
    Queue("borealis", 216, 16, "BestEffortFIFO"),
    Queue("cirrus", 120, 16, "StrictFIFO"),
)
"""ClusterQueues: nominal nodes, nodes that may be borrowed from the cohort."""


@dataclass(frozen=True)
class Training:
    """`billions` of parameters and `batch` (sequences of `length` tokens) decide how long an iteration takes.

    `hours`: how long ago it was created. `ends`: hours after its start at which it ended, with `end` as the result.
    """

    client: str
    name: str
    nodes: int
    billions: float
    hours: float
    batch: int = 1024
    length: int = 8192
    iterations: int = 200_000
    queued: bool = True
    policy: str = "Never"
    backoff: int = 3
    ends: float = 0
    end: str = ""


JOBS = (
    Training("aurora", "llama-405b-pretrain", 128, 405, 297.4, 512, iterations=500_000, backoff=6),
    Training("aurora", "nemotron-h-56b-pretrain", 64, 56, 201.2, 768, iterations=400_000, backoff=6),
    Training("aurora", "llama-70b-midtrain", 64, 70, 96.7, 512, iterations=120_000, backoff=6),
    Training("aurora", "moe-8x22b-pretrain", 32, 39, 153.5, 512, iterations=250_000),
    Training("aurora", "vlm-34b-align", 16, 34, 41.3, 256, 4096, 200_000),
    Training("aurora", "rlhf-70b-grpo", 16, 70, 22.8, 128, 4096, 150_000),
    Training("aurora", "llama-8b-ablation-lr1e4", 8, 8, 30.1, 256, iterations=250_000, policy="OnFailure", backoff=20),
    Training("aurora", "llama-8b-ablation-lr3e4", 8, 8, 29.9, 256, iterations=250_000, policy="OnFailure", backoff=20),
    Training("aurora", "reward-70b", 8, 70, 13.4, 64, 4096, 200_000),
    Training("aurora", "llama-70b-longcontext", 32, 70, 5.6, 128, 65_536, 20_000),
    Training("aurora", "moe-router-probe", 4, 12, 3.1, 128, iterations=15_000, ends=0.4, end="oom", backoff=0),
    Training("aurora", "llama-8b-annealing", 4, 8, 16.0, 128, iterations=8_000, ends=9.5, end="complete"),
    Training("aurora", "corpus-dedupe-2026-10", 1, 1, 8.7, 64, queued=False, ends=3.2, end="complete"),
    Training("aurora", "perplexity-sweep", 1, 8, 2.4, 64, iterations=90_000, queued=False),
    Training("aurora", "tokenizer-vocab-check", 1, 1, 6.2, 64, queued=False, ends=0.5, end="complete"),
    Training("aurora", "embedding-distill", 2, 3, 18.3, 256, 2048, 600_000, policy="OnFailure", backoff=20),
    Training("borealis", "speech-30b-pretrain", 64, 30, 188.0, 1024, 4096, 300_000, backoff=6),
    Training("borealis", "protein-15b-pretrain", 48, 15, 120.5, 1024, 4096, 350_000, backoff=6),
    Training("borealis", "code-34b-pretrain", 40, 34, 77.9, 640, iterations=180_000),
    Training("borealis", "weather-12b-rollout", 32, 12, 52.2, 512, 4096, 600_000),
    Training("borealis", "code-34b-instruct", 8, 34, 20.6, 128, iterations=80_000),
    Training("borealis", "asr-2b-streaming", 4, 2, 33.7, 512, 2048, 900_000, policy="OnFailure", backoff=20),
    Training("borealis", "retrieval-7b", 4, 7, 26.4, 256, 2048, 500_000, policy="OnFailure", backoff=20),
    Training("borealis", "dialogue-13b-dpo", 4, 13, 10.9, 64, 4096, 400_000),
    Training("borealis", "protein-40b-pretrain", 64, 40, 4.3, 1024, iterations=300_000, backoff=6),
    Training("borealis", "speech-3b-distill", 2, 3, 14.8, 256, 2048, 600_000),
    Training("borealis", "phoneme-aligner", 1, 1, 7.1, 128, 2048, queued=False, ends=2.6, end="complete"),
    Training("borealis", "weather-12b-eval", 2, 12, 5.0, 64, 4096, ends=1.2, end="dataset", backoff=0),
    Training("borealis", "code-eval-nightly", 1, 34, 1.5, 64, iterations=20_000, queued=False),
    Training("cirrus", "video-dit-20b-pretrain", 64, 20, 164.4, 512, 16_384, 150_000, backoff=6),
    Training("cirrus", "world-model-7b", 24, 7, 88.6, 512, iterations=500_000),
    Training("cirrus", "robot-policy-3b", 4, 3, 47.5, 256, 4096, 800_000, policy="OnFailure", backoff=20),
    Training("cirrus", "captioner-13b", 8, 13, 36.0, 256, 4096, 300_000),
    Training("cirrus", "video-vae-2b", 8, 2, 61.1, 512, 4096, 900_000),
    Training("cirrus", "audio-codec-1b", 2, 1, 15.3, 512, 2048, 900_000, policy="OnFailure", backoff=20),
    Training("cirrus", "video-dit-60b-pretrain", 96, 60, 2.9, 512, 16_384, 150_000, backoff=6),
    Training("cirrus", "motion-prior-5b", 4, 5, 2.2, 128, 4096, 600_000),
    Training("cirrus", "frame-index-build", 1, 1, 9.4, 64, queued=False, ends=1.8, end="complete"),
    Training("cirrus", "physics-finetune", 2, 7, 11.7, 64, 4096, ends=6.1, end="complete"),
    Training("cirrus", "caption-eval", 1, 13, 0.8, 64, 4096, 100_000, queued=False),
)


@dataclass(frozen=True)
class Service:
    """A NIM service: `gpus` a pod; pinned to one region."""

    client: str
    name: str
    image: str
    gpus: int
    replicas: int
    region: str


SERVICES = (
    Service("aurora", "nim-llama-70b", "nvcr.io/nim/meta/llama-3.3-70b-instruct:1.8.5", 4, 6, "us-west"),
    Service("aurora", "nim-llama-8b", "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4", 1, 8, "eu-north"),
    Service("aurora", "nim-embed", "nvcr.io/nim/nvidia/nv-embedqa-e5-v5:1.6.0", 1, 4, "us-west"),
    Service("borealis", "nim-asr", "nvcr.io/nim/nvidia/parakeet-1-1b-ctc-en-us:1.3.0", 1, 6, "eu-north"),
    Service("borealis", "nim-code-34b", "nvcr.io/nim/nvidia/codestral-22b-instruct:1.8.4", 2, 4, "in-south"),
    Service("cirrus", "nim-caption", "nvcr.io/nim/nvidia/vila:1.2.0", 2, 4, "au-east"),
    Service("cirrus", "nim-embed", "nvcr.io/nim/nvidia/nv-embedqa-e5-v5:1.6.0", 1, 2, "au-east"),
)


@dataclass(frozen=True)
class Hurt:
    """A node that is out of service from the start. `by` is who cordoned it."""

    site: int
    index: int
    by: str
    condition: str = ""
    message: str = ""


HURT = (
    Hurt(0, 187, "nvsentinel", "GpuMemWatch", "[DCGM_FR_ROW_REMAP_FAILURE] GPU 3 had uncorrectable memory errors and "
         "row remapping failed. - RecommendedAction: CONTACT_SUPPORT"),
    Hurt(1, 142, "maintenance"),
    Hurt(3, 190, "nvsentinel", "GpuNvlinkWatch", "[DCGM_FR_NVLINK_DOWN] GPU 6's NvLink link 4 is currently down - "
         "RecommendedAction: RESTART_VM"),
)  # fmt: skip


SMALL_FLEET, SPARE = 96, 2
"""Below so many nodes a site, so many of them are left out of the quotas, for what is not queued."""


def quota(nodes: int, per_site: int) -> int:
    """Nodes of a nominal quota, in a fleet with `per_site` nodes a site."""
    counted = per_site - (SPARE if per_site < SMALL_FLEET else 0)
    return max(1, int(nodes * counted / 192))


def scaled(nodes: int, per_site: int) -> int:
    """`nodes` of a fleet with 192 nodes a site, in one with `per_site`."""
    return max(1, round(nodes * per_site / 192))
