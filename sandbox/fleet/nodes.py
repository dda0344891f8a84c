"""The machines: four sites of DGX H100, each node as fat as a real cluster's (labels, images, conditions).

Names and racks follow from the index: 16 nodes under a leaf switch, four leaves under a spine, one core a site.
A client that reads 768 such nodes reads about 10 MB, as it would from a real API server.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.fleet.meta import GPU, LEAF, REGION, Obj, dice, stamp

PER_LEAF = 16
LEAVES_PER_SPINE = 4
GPUS = 8
PER_SITE = 192


@dataclass(frozen=True)
class Site:
    region: str
    code: str
    zones: tuple[str, ...]


SITES = (
    Site("us-west", "usw", ("us-west-a", "us-west-b", "us-west-c")),
    Site("eu-north", "eun", ("eu-north-a", "eu-north-b", "eu-north-c")),
    Site("in-south", "ins", ("in-south-a", "in-south-b")),
    Site("au-east", "aue", ("au-east-a", "au-east-b")),
)

KUBELET = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)
"""The kubelet's own conditions: type, status, reason, message."""

WATCHED = (
    "GpuMemWatch", "GpuThermalWatch", "GpuPcieWatch", "GpuPowerWatch", "GpuInforomWatch", "GpuSmWatch",
    "GpuNvlinkWatch", "GpuDriverWatch", "SysLogsXIDError", "SysLogsSXIDError", "SysLogsGPUFallenOff",
)  # fmt: skip
"""NVSentinel's conditions; False is good."""

IMAGES = (
    ("nvcr.io/nvidia/nemo", "25.09", 24_900),
    ("nvcr.io/nvidia/nemo", "25.07", 24_300),
    ("nvcr.io/nvidia/pytorch", "25.09-py3", 11_800),
    ("nvcr.io/nvidia/pytorch", "25.06-py3", 11_500),
    ("nvcr.io/nim/meta/llama-3.1-8b-instruct", "1.8.4", 7_900),
    ("nvcr.io/nim/meta/llama-3.3-70b-instruct", "1.8.5", 8_100),
    ("nvcr.io/nim/nvidia/nv-embedqa-e5-v5", "1.6.0", 6_100),
    ("nvcr.io/nvidia/cuda", "13.0.1-base-ubuntu24.04", 240),
    ("nvcr.io/nvidia/driver", "580.95.05-ubuntu24.04", 1_450),
    ("nvcr.io/nvidia/k8s-device-plugin", "v0.17.4", 380),
    ("nvcr.io/nvidia/k8s/dcgm-exporter", "4.4.1-4.5.2-ubuntu22.04", 920),
    ("nvcr.io/nvidia/cloud-native/dcgm", "4.4.1-1-ubuntu22.04", 910),
    ("nvcr.io/nvidia/gpu-operator", "v25.3.4", 410),
    ("nvcr.io/nvidia/cloud-native/gpu-operator-validator", "v25.3.4", 395),
    ("nvcr.io/nvidia/k8s/container-toolkit", "v1.17.8-ubuntu20.04", 350),
    ("nvcr.io/nvidia/cloud-native/k8s-mig-manager", "v0.12.3-ubuntu20.04", 360),
    ("nvcr.io/nvidia/cloud-native/k8s-driver-manager", "v0.8.1", 300),
    ("nvcr.io/nvidia/mellanox/doca-driver", "25.04-0.6.1.0-2", 1_200),
    ("nvcr.io/nvidia/mellanox/network-operator", "v25.4.0", 130),
    ("nvcr.io/nvidia/nvsentinel/syslog-health-monitor", "v0.4.0", 110),
    ("nvcr.io/nvidia/nvsentinel/gpu-health-monitor", "v0.4.0", 640),
    ("nvcr.io/nvidia/nvsentinel/platform-connectors", "v0.4.0", 95),
    ("registry.k8s.io/nfd/node-feature-discovery", "v0.17.3", 190),
    ("registry.k8s.io/kueue/kueue", "v0.14.2", 75),
    ("registry.k8s.io/kube-proxy", "v1.33.5", 102),
    ("registry.k8s.io/pause", "3.10", 1),
    ("registry.k8s.io/coredns/coredns", "v1.12.0", 70),
    ("registry.k8s.io/sig-storage/csi-node-driver-registrar", "v2.13.0", 30),
    ("registry.k8s.io/node-problem-detector/node-problem-detector", "v0.8.20", 130),
    ("quay.io/cilium/cilium", "v1.17.5", 680),
    ("quay.io/cilium/cilium-envoy", "v1.33.4", 180),
    ("quay.io/cilium/operator-generic", "v1.17.5", 215),
    ("quay.io/prometheus/node-exporter", "v1.9.1", 26),
    ("docker.io/grafana/promtail", "3.5.1", 200),
    ("docker.io/fluent/fluent-bit", "4.0.3", 95),
    ("ghcr.io/k8snetworkplumbingwg/multus-cni", "v4.2.1-thick", 160),
    ("ghcr.io/k8snetworkplumbingwg/sriov-network-device-plugin", "v3.9.0", 48),
    ("docker.io/library/busybox", "1.37", 4),
    ("docker.io/library/python", "3.11-slim", 125),
    ("docker.io/weka/csi-wekafs", "v2.7.2", 290),
)
"""What lies on each node's disk: repository, tag, MB."""

_CAPACITY = {"cpu": "224", "ephemeral-storage": "3749804056Ki", "hugepages-1Gi": "0", "hugepages-2Mi": "0",
             "memory": "2113407952Ki", GPU: str(GPUS), "pods": "110", "rdma/ib": "8"}  # fmt: skip
_ALLOCATABLE = {**_CAPACITY, "cpu": "222", "ephemeral-storage": "3455819416512", "memory": "2096528336Ki"}

_FEATURES = {
    "nvidia.com/cuda.driver-version.full": "580.95.05",
    "nvidia.com/cuda.driver-version.major": "580",
    "nvidia.com/cuda.driver-version.minor": "95",
    "nvidia.com/cuda.driver-version.revision": "05",
    "nvidia.com/cuda.driver.major": "580",
    "nvidia.com/cuda.driver.minor": "95",
    "nvidia.com/cuda.driver.rev": "05",
    "nvidia.com/cuda.runtime-version.full": "13.0",
    "nvidia.com/cuda.runtime.major": "13",
    "nvidia.com/cuda.runtime.minor": "0",
    "nvidia.com/gfd.timestamp": "1763900000",
    "nvidia.com/gpu-driver-upgrade-state": "upgrade-done",
    "nvidia.com/gpu.compute.major": "9",
    "nvidia.com/gpu.compute.minor": "0",
    "nvidia.com/gpu.count": str(GPUS),
    "nvidia.com/gpu.deploy.container-toolkit": "true",
    "nvidia.com/gpu.deploy.dcgm": "true",
    "nvidia.com/gpu.deploy.dcgm-exporter": "true",
    "nvidia.com/gpu.deploy.device-plugin": "true",
    "nvidia.com/gpu.deploy.driver": "true",
    "nvidia.com/gpu.deploy.gpu-feature-discovery": "true",
    "nvidia.com/gpu.deploy.mig-manager": "true",
    "nvidia.com/gpu.deploy.node-status-exporter": "true",
    "nvidia.com/gpu.deploy.operator-validator": "true",
    "nvidia.com/gpu.family": "hopper",
    "nvidia.com/gpu.machine": "DGXH100",
    "nvidia.com/gpu.memory": "81559",
    "nvidia.com/gpu.mode": "compute",
    "nvidia.com/gpu.present": "true",
    "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
    "nvidia.com/gpu.replicas": "1",
    "nvidia.com/gpu.sharing-strategy": "none",
    "nvidia.com/mig.capable": "true",
    "nvidia.com/mig.config": "all-disabled",
    "nvidia.com/mig.config.state": "success",
    "nvidia.com/mig.strategy": "single",
    "nvidia.com/mps.capable": "false",
    "nvidia.com/vgpu.present": "false",
    "feature.node.kubernetes.io/cpu-model.vendor_id": "Intel",
    "feature.node.kubernetes.io/cpu-model.family": "6",
    "feature.node.kubernetes.io/cpu-model.id": "143",
    "feature.node.kubernetes.io/kernel-version.major": "6",
    "feature.node.kubernetes.io/kernel-version.minor": "8",
    "feature.node.kubernetes.io/memory-numa": "true",
    "feature.node.kubernetes.io/pci-10de.present": "true",
    "feature.node.kubernetes.io/pci-15b3.present": "true",
    "feature.node.kubernetes.io/rdma.available": "true",
    "feature.node.kubernetes.io/rdma.capable": "true",
    "feature.node.kubernetes.io/storage-nonrotationaldisk": "true",
    "feature.node.kubernetes.io/system-os_release.ID": "ubuntu",
    "feature.node.kubernetes.io/system-os_release.VERSION_ID": "24.04",
}


def node_name(site: Site, index: int) -> str:
    """`index` counts from 1 within the site."""
    return f"gpu-{site.code}-{index:03}"


def node(seed: int, site: Site, index: int, now: datetime) -> Obj:
    name = node_name(site, index)
    die = dice(seed, "node", name)
    booted = now - timedelta(days=die.randint(12, 90), minutes=die.randint(0, 1440))
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "creationTimestamp": stamp(now - timedelta(days=120, minutes=index)),
            "labels": _labels(site, index),
            "annotations": {
                "csi.volume.kubernetes.io/nodeid": f'{{"csi.weka.io":"{name}"}}',
                "nfd.node.kubernetes.io/feature-labels": ",".join(sorted(k for k in _FEATURES if "feature" in k)),
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {"podCIDR": f"10.{_octet(site)}.{index}.0/24", "providerID": f"metal://{site.region}/{name}"},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": address(site, index)},
                {"type": "Hostname", "address": name},
            ],
            "capacity": dict(_CAPACITY),
            "allocatable": dict(_ALLOCATABLE),
            "conditions": _conditions(booted, now),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "images": _IMAGE_LIST,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": f"{die.getrandbits(128):032x}",
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.8.0-85-generic",
                "kubeProxyVersion": "",
                "kubeletVersion": "v1.33.5",
                "machineID": f"{die.getrandbits(128):032x}",
                "operatingSystem": "linux",
                "osImage": "Ubuntu 24.04.3 LTS",
                "systemUUID": f"{die.getrandbits(128):032x}",
            },
        },
    }


def address(site: Site, index: int) -> str:
    return f"172.{16 + _octet(site) // 16}.{index // 200}.{index % 200 + 10}"


def _octet(site: Site) -> int:
    return 16 * (1 + SITES.index(site))


def _labels(site: Site, index: int) -> dict[str, str]:
    name = node_name(site, index)
    leaf = (index - 1) // PER_LEAF
    return {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "dgx-h100",
        "node-role.kubernetes.io/gpu": "",
        REGION: site.region,
        "topology.kubernetes.io/zone": site.zones[leaf % len(site.zones)],
        "network.topology.nvidia.com/accelerator": f"{site.code}-nvl-{index:03}",
        LEAF: f"{site.code}-leaf-{leaf + 1:02}",
        "network.topology.nvidia.com/spine": f"{site.code}-spine-{leaf // LEAVES_PER_SPINE + 1}",
        "network.topology.nvidia.com/core": f"{site.code}-core",
        **_FEATURES,
    }


def _conditions(since: datetime, now: datetime) -> list[Obj]:
    beat, began = stamp(now), stamp(since)
    kubelet = [
        {"type": t, "status": s, "reason": r, "message": m, "lastHeartbeatTime": beat, "lastTransitionTime": began}
        for t, s, r, m in KUBELET
    ]
    network = {
        "type": "NetworkUnavailable",
        "status": "False",
        "reason": "CiliumIsUp",
        "message": "Cilium is running on this node",
        "lastHeartbeatTime": began,
        "lastTransitionTime": began,
    }
    watched = [
        {
            "type": t,
            "status": "False",
            "reason": f"{t}IsHealthy",
            "message": "No Health Failures",
            "lastHeartbeatTime": beat,
            "lastTransitionTime": began,
        }
        for t in WATCHED
    ]
    return [network, *kubelet, *watched]


def _image_list() -> list[Obj]:
    """Largest first, each by digest and by tag, as the kubelet reports them (it reports 50 at most)."""
    found = []
    for repo, tag, megabytes in sorted(IMAGES, key=lambda i: -i[2]):
        digest = f"{dice(0, repo, tag).getrandbits(256):064x}"
        found.append({"names": [f"{repo}@sha256:{digest}", f"{repo}:{tag}"], "sizeBytes": megabytes * 1_048_576})
    return found


_IMAGE_LIST = _image_list()
