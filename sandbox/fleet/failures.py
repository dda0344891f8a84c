# ruff: noqa: E501
"""What failing training runs write: tracebacks and NCCL's lines, as the real programs word them (and as long). Pure.

Each function takes the pod that writes (and an instant where the line itself carries one) and returns its lines.
"""

from datetime import datetime, timedelta

from sandbox.fleet.meta import INDEX, Obj, dice, labels_of


def rank_of(pod: Obj) -> int:
    """The first of the pod's eight ranks."""
    return 8 * int(labels_of(pod).get(INDEX, "0"))


def _torchrun(pod: Obj, script: str = "/opt/megatron-lm/pretrain_gpt.py") -> list[str]:
    rank, host = rank_of(pod), pod["metadata"]["name"]
    return [
        "torch/distributed/elastic/multiprocessing/api.py:874] failed (exitcode: 1) local_rank: 0 (pid: 142) of binary: /usr/bin/python",
        "torch.distributed.elastic.multiprocessing.errors.ChildFailedError: ",
        "============================================================",
        f"{script} FAILED",
        "------------------------------------------------------------",
        "Root Cause (first observed failure):",
        "[0]:",
        f"  host      : {host}",
        f"  rank      : {rank} (local_rank: 0)",
        "  exitcode  : 1 (pid: 142)",
        "  error_file: <N/A>",
        "============================================================",
    ]


def out_of_memory(pod: Obj) -> list[str]:
    rank, die = rank_of(pod), dice(0, "oom", pod["metadata"]["name"])
    free, wanted = die.randint(180, 900), die.choice((2.00, 3.50, 4.00, 7.81))
    used = 79.10 - free / 1024
    return [
        f"[rank{rank}]: Traceback (most recent call last):",
        f'[rank{rank}]:   File "/opt/megatron-lm/pretrain_gpt.py", line 312, in <module>',
        f"[rank{rank}]:     pretrain(train_valid_test_datasets_provider, model_provider, ModelType.encoder_or_decoder, forward_step)",
        f'[rank{rank}]:   File "/opt/megatron-lm/megatron/training/training.py", line 1418, in train_step',
        f"[rank{rank}]:     losses_reduced = forward_backward_func(forward_step_func=forward_step_func, data_iterator=data_iterator, model=model)",
        f'[rank{rank}]:   File "/opt/megatron-lm/megatron/core/pipeline_parallel/schedules.py", line 521, in forward_backward_no_pipelining',
        f"[rank{rank}]: torch.OutOfMemoryError: CUDA out of memory. Tried to allocate {wanted:.2f} GiB. GPU 0 has a total capacity of "
        f"79.10 GiB of which {free}.19 MiB is free. Process 142 has {used:.2f} GiB memory in use. Of the allocated memory "
        f"{used - 4.1:.2f} GiB is allocated by PyTorch, and 2.36 GiB is reserved by PyTorch but unallocated.",
        "torch.cuda.OutOfMemoryError: CUDA out of memory.",
        *_torchrun(pod),
    ]


def missing_dataset(pod: Obj) -> list[str]:
    rank = rank_of(pod)
    prefix = f"/data/{pod['metadata']['name'].split('-')[0]}/tokens_text_document"
    return [
        "> building train, validation, and test datasets for GPT ...",
        f"[rank{rank}]: Traceback (most recent call last):",
        f'[rank{rank}]:   File "/opt/megatron-lm/pretrain_gpt.py", line 268, in train_valid_test_datasets_provider',
        f"[rank{rank}]:     ).build()",
        f'[rank{rank}]:   File "/opt/megatron-lm/megatron/core/datasets/indexed_dataset.py", line 556, in initialize',
        f"[rank{rank}]: AssertionError: One or both of the .idx and .bin files cannot be found at the path prefix {prefix}",
        *_torchrun(pod),
    ]


def gpu_lost(pod: Obj, gpu: int) -> list[str]:
    """On the node whose GPU fell off the bus: the first to speak."""
    rank, host = rank_of(pod) + gpu, pod["metadata"]["name"]
    return [
        f"[rank{rank}]: RuntimeError: CUDA error: unspecified launch failure",
        f"[rank{rank}]: CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace below might be incorrect.",
        f"[rank{rank}]: For debugging consider passing CUDA_LAUNCH_BLOCKING=1",
        f"{host}:142:988 [{gpu}] include/alloc.h:228 NCCL WARN Cuda failure 999 'unknown error'",
        f"{host}:142:988 [{gpu}] NCCL INFO transport/net_ib.cc:1871 -> 6",
        f"[rank{rank}]: torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:3690, unhandled cuda error "
        "(run with NCCL_DEBUG=INFO for details), NCCL version 2.27.7",
        *_torchrun(pod),
    ]


def peer_lost(pod: Obj, peer: Obj) -> list[str]:
    """On the other nodes, some seconds later."""
    rank, host = rank_of(pod), pod["metadata"]["name"]
    there = peer.get("status", {}).get("podIP", "10.0.0.1")
    return [
        f"{host}:142:991 [0] transport/net_ib.cc:2294 NCCL WARN NET/IB: Got completion from peer {there}<48211> with "
        "status=12 opcode=0 len=0 vendor err 129 (Send) localGid fe80::a288:c2ff:fe12 hca mlx5_0",
        f"{host}:142:991 [0] NCCL INFO transport/net.cc:1298 -> 6",
        f"[rank{rank}]: torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:2263, remote process exited "
        "or there was a network error, NCCL version 2.27.7",
        f"[rank{rank}]: ncclRemoteError: A call failed possibly due to a network error or a remote process exiting prematurely.",
    ]


def watchdog(pod: Obj, at: datetime, sequence: int, elements: int, first: bool) -> list[str]:
    """A collective that timed out. `first`: this rank is behind, the others wait for it."""
    rank = rank_of(pod)
    stood = sequence - (1 if first else 0)
    took = 600_000 + dice(0, "watchdog", pod["metadata"]["name"]).randint(3, 96)
    work = f"WorkNCCL(SeqNum={sequence}, OpType=ALLREDUCE, NumelIn={elements}, NumelOut={elements}, Timeout(ms)=600000)"
    head = f"[rank{rank}]:[E{at:%m%d %H:%M:%S}.{at.microsecond:06}000 ProcessGroupNCCL.cpp"
    later = at + timedelta(milliseconds=40)
    return [
        f"{head}:685] [Rank {rank}] Watchdog caught collective operation timeout: {work} ran for {took} milliseconds "
        "before timing out.",
        f"{head}:2252] [PG ID 0 PG GUID 0(default_pg) Rank {rank}]  failure detected by watchdog at work sequence id: "
        f"{sequence} PG status: last enqueued work: {sequence + (0 if first else 3)}, last completed work: {stood - 1}",
        f"[rank{rank}]:[E{later:%m%d %H:%M:%S}.{later.microsecond:06}000 ProcessGroupNCCL.cpp:739] [Rank {rank}] Some NCCL "
        "operations have failed or timed out. Due to the asynchronous nature of CUDA kernels, subsequent GPU operations "
        "might run on corrupted/incomplete data.",
        f"[rank{rank}]: To avoid data inconsistency, we are taking the entire process down.",
    ]
