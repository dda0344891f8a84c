"""Which status of a node condition is bad: one table, because tools disagree.

For node-problem-detector and NVSentinel `True` is bad; for the kubelet's `Ready` and EKS's `*Ready` `True` is good.
A condition that is not here is unknown: it is reported as unknown, never as a fault.
"""

from enum import Enum

from bot.fleet.parts import Condition


class Verdict(Enum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


_TRUE_IS_GOOD = (
    "Ready",
    # EKS node monitoring
    "AcceleratedHardwareReady",
    "NetworkingReady",
    "StorageReady",
    "KernelReady",
    "ContainerRuntimeReady",
)
_TRUE_IS_BAD = (
    # kubelet
    "MemoryPressure",
    "DiskPressure",
    "PIDPressure",
    "NetworkUnavailable",
    # NVSentinel
    "GpuMemWatch",
    "GpuThermalWatch",
    "GpuPcieWatch",
    "GpuPowerWatch",
    "GpuInforomWatch",
    "GpuSmWatch",
    "GpuNvlinkWatch",
    "GpuMcuWatch",
    "GpuPmuWatch",
    "GpuDriverWatch",
    "SysLogsXIDError",
    "SysLogsSXIDError",
    "SysLogsGPUFallenOff",
    "NVSwitchFatalError",
    "NVSwitchDown",
    "DCGMError",
    "CSPMaintenance",
    # node-problem-detector
    "KernelDeadlock",
    "ReadonlyFilesystem",
    "CorruptDockerOverlay2",
    "FrequentKubeletRestart",
    "FrequentDockerRestart",
    "FrequentContainerdRestart",
    "FrequentUnregisterNetDevice",
    "KubeletUnhealthy",
    "ContainerRuntimeUnhealthy",
    "XidError",
    # AKS
    "GPUMissing",
    "NVLinkStatusInactive",
    "IBLinkFlapping",
    "UnhealthyNvidiaDevicePlugin",
    "UnhealthyNvidiaDCGMServices",
    "VMEventScheduled",
    "FilesystemCorruptionProblem",
)
GOOD_STATUS: dict[str, str] = dict.fromkeys(_TRUE_IS_GOOD, "True") | dict.fromkeys(_TRUE_IS_BAD, "False")
GPU_LOST = frozenset({"SysLogsGPUFallenOff", "SysLogsXIDError", "XidError", "GPUMissing", "AcceleratedHardwareReady"})
"""Conditions that explain why a node has fewer GPUs than it should."""


def judge(condition: Condition) -> Verdict:
    good = GOOD_STATUS.get(condition.type)
    if good is None or condition.status == "Unknown":
        return Verdict.UNKNOWN
    return Verdict.GOOD if condition.status == good else Verdict.BAD


def known(condition: Condition) -> bool:
    return condition.type in GOOD_STATUS
