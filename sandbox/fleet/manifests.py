"""Objects as a client's tools would send them to the API server: training Jobs and NIM Deployments."""

from typing import Any

from sandbox.fleet import megatron
from sandbox.fleet.catalogue import Service, Training
from sandbox.fleet.meta import GPU, QUEUE, REGION, Obj

IMAGE = "nvcr.io/nvidia/nemo:25.09"

SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a mount inside the container

ENV = {
    "NCCL_DEBUG": "INFO", "NCCL_IB_HCA": "mlx5", "NCCL_IB_TIMEOUT": "22", "NCCL_SOCKET_IFNAME": "eth0",
    "NCCL_NVLS_ENABLE": "1", "TORCH_NCCL_ASYNC_ERROR_HANDLING": "1", "TORCH_NCCL_DUMP_ON_TIMEOUT": "1",
    "TORCH_NCCL_TRACE_BUFFER_SIZE": "2000", "TORCH_NCCL_HEARTBEAT_TIMEOUT_SEC": "600",
    "CUDA_DEVICE_MAX_CONNECTIONS": "1", "NVTE_FWD_LAYERNORM_SM_MARGIN": "16", "HF_HUB_OFFLINE": "1",
    "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
}  # fmt: skip


def training(spec: Training, nodes: int) -> Obj:
    """A batch Job with one pod a node. Kueue's webhook suspends a queued one until it is admitted."""
    labels = {"app.kubernetes.io/managed-by": "nemo-run", "client": spec.client, "model": spec.name.split("-")[0]}
    if spec.queued:
        labels[QUEUE] = "train"
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": spec.name,
            "namespace": f"{spec.client}-train",
            "labels": labels,
            "annotations": {"nemo.nvidia.com/run-id": f"{spec.name}_1764000000", "owner": f"{spec.client}-research"},
        },
        "spec": {
            "parallelism": nodes,
            "completions": nodes,
            "completionMode": "Indexed",
            "backoffLimit": spec.backoff,
            "suspend": spec.queued,
            "podReplacementPolicy": "TerminatingOrFailed",
            "template": {
                "metadata": {"labels": {**labels, "job": spec.name}},
                "spec": _pod(spec, nodes),
            },
        },
    }


def _pod(spec: Training, nodes: int) -> Obj:
    batch = max(1, round(spec.batch * nodes / spec.nodes))
    run = megatron.plan(spec.name, spec.billions, nodes, batch, spec.length, spec.iterations)
    wants = {"cpu": "192", "memory": "1800Gi", GPU: "8", "rdma/ib": "8"}
    env: list[dict[str, Any]] = [{"name": k, "value": v} for k, v in ENV.items()]
    env += [{"name": "MODEL_BILLIONS", "value": f"{spec.billions:g}"}, {"name": "WORLD_SIZE", "value": str(run.ranks)}]
    index = {
        "fieldRef": {
            "apiVersion": "v1",
            "fieldPath": "metadata.annotations['batch.kubernetes.io/job-completion-index']",
        }
    }
    env.append({"name": "JOB_COMPLETION_INDEX", "valueFrom": index})
    return {
        "restartPolicy": spec.policy,
        "subdomain": spec.name,
        "serviceAccountName": "trainer",
        "terminationGracePeriodSeconds": 30,
        "imagePullSecrets": [{"name": "ngc"}],
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        "containers": [
            {
                "name": "trainer",
                "image": IMAGE,
                "imagePullPolicy": "IfNotPresent",
                "args": megatron.arguments(run, nodes, f"{spec.client}-train", spec.billions),
                "env": env,
                "resources": {"requests": dict(wants), "limits": dict(wants)},
                "securityContext": {"capabilities": {"add": ["IPC_LOCK"]}},
                "volumeMounts": [
                    {"name": "shm", "mountPath": SHARED_MEMORY},
                    {"name": "data", "mountPath": "/data", "readOnly": True},
                    {"name": "checkpoints", "mountPath": "/checkpoints"},
                ],
            }
        ],
        "volumes": [
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "512Gi"}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
            {"name": "checkpoints", "persistentVolumeClaim": {"claimName": "checkpoints"}},
        ],
    }


def service(spec: Service, replicas: int) -> Obj:
    labels = {"app": spec.name, "client": spec.client, "app.kubernetes.io/managed-by": "k8s-nim-operator"}
    wants = {"cpu": "16", "memory": "96Gi", GPU: str(spec.gpus)}
    container = {
        "name": "nim",
        "image": spec.image,
        "ports": [{"name": "api", "containerPort": 8000, "protocol": "TCP"}],
        "env": [{"name": "NIM_CACHE_PATH", "value": "/model-store"}, {"name": "NIM_LOG_LEVEL", "value": "INFO"}],
        "resources": {"requests": dict(wants), "limits": dict(wants)},
        "readinessProbe": {"httpGet": {"path": "/v1/health/ready", "port": "api"}, "periodSeconds": 10},
        "volumeMounts": [{"name": "models", "mountPath": "/model-store"}, {"name": "shm", "mountPath": SHARED_MEMORY}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": spec.name, "namespace": f"{spec.client}-serve", "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": spec.name}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "nodeSelector": {REGION: spec.region},
                    "serviceAccountName": "nim",
                    "containers": [container],
                    "volumes": [
                        {"name": "models", "persistentVolumeClaim": {"claimName": "models"}},
                        {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "16Gi"}},
                    ],
                },
            },
        },
    }
