"""A small cluster behind a real socket, the official asyncio client, and the machine's own kubectl."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio import client, config

from sandbox.clock import Clock
from sandbox.kube import bootstrap
from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store
from tests.conftest import need

PATIENCE = 20.0
"""Real seconds that a condition may take to come true on a slow machine."""
HINT = "install it as https://kubernetes.io/docs/tasks/tools/ says"
SYSTEM = ("architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "machineID",
          "operatingSystem", "systemUUID")  # fmt: skip
"""What the client's strict model of a node's system insists on."""
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def until(look: Callable[[], Any], what: str = "") -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"never came true: {what or look}")


def node(name: str, **labels: str) -> dict[str, Any]:
    gpus = {"cpu": "192", "memory": "2Ti", "nvidia.com/gpu": "8"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    return {
        "metadata": {"name": name, "labels": {"nvidia.com/gpu.product": "H100"} | labels},
        "spec": {},
        "status": {
            "capacity": gpus,
            "allocatable": gpus,
            "conditions": [ready],
            "nodeInfo": dict.fromkeys(SYSTEM, "x") | {"kubeletVersion": "v1.32.4", "osImage": "Ubuntu 22.04"},
            "addresses": [{"type": "InternalIP", "address": "10.0.0.7"}],
        },
    }


def pod(name: str, on: str = "n1") -> dict[str, Any]:
    resources = {"limits": {"nvidia.com/gpu": "8"}, "requests": {"nvidia.com/gpu": "8"}}
    state = {"running": {"startedAt": "2026-03-02T09:00:00Z"}}
    return {
        "metadata": {"name": name, "namespace": "aurora", "labels": {"run": "train"}},
        "spec": {"nodeName": on, "containers": [{"name": "main", "image": "train:1", "resources": resources}]},
        "status": {
            "phase": "Running",
            "podIP": "10.1.0.9",
            "containerStatuses": [
                {"name": "main", "ready": True, "restartCount": 1, "image": "train:1", "imageID": "", "state": state}
            ],
        },
    }


def job(name: str = "train", **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": "train:1"}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": "aurora"},
        "spec": {"template": template} | spec,
    }


@pytest.fixture
def clock() -> Clock:
    return Clock(START, rate=0)


@pytest.fixture
def store(clock: Clock) -> Store:
    """Two nodes, two pods with logs on the first of them, an event."""
    store = Store(clock, seed=1)
    bootstrap.run(store)
    bootstrap.add_namespace(store, "aurora")
    store.create("nodes", node("n1", pool="gpu"))
    store.create("nodes", node("n2"))
    for name in ("train-0", "train-1"):
        store.create("pods", pod(name))
        store.append_log("aurora", name, "main", "the run before", at=START - timedelta(hours=1))
        store.restart_log("aurora", name, "main")
        for minute in range(3):
            store.append_log("aurora", name, "main", f"line {minute}", at=START - timedelta(minutes=2 - minute))
    about = {"kind": "Pod", "namespace": "aurora", "name": "train-0", "apiVersion": "v1"}
    about["uid"] = store.get("pods", "train-0", "aurora")["metadata"]["uid"]
    store.create(
        "events",
        {
            "metadata": {"name": "train-0.1", "namespace": "aurora"},
            "involvedObject": about,
            "type": "Warning",
            "reason": "BackOff",
            "message": "Back-off restarting failed container",
            "count": 3,
            "firstTimestamp": "2026-03-02T08:50:00Z",
            "lastTimestamp": "2026-03-02T08:58:00Z",
            "source": {"component": "kubelet", "host": "n1"},
        },
    )
    return store


@pytest.fixture
async def kube(store: Store, clock: Clock) -> AsyncIterator[KubeSandbox]:
    async with KubeSandbox(store, clock, bookmark_seconds=0.05) as running:
        running.add_user("mira", ["support"])
        yield running


@pytest.fixture
async def api(kube: KubeSandbox) -> AsyncIterator[client.ApiClient]:
    """The official client, configured from the kubeconfig as any user's would be."""
    async with await config.new_client_from_config_dict(kube.kubeconfig()) as connected:
        yield connected


@pytest.fixture
async def mira(kube: KubeSandbox) -> AsyncIterator[client.ApiClient]:
    """The same, as a user to whom nobody gave any right."""
    async with await config.new_client_from_config_dict(kube.kubeconfig("mira")) as connected:
        yield connected


@dataclass
class Kubectl:
    """Runs kubectl as a person would; its caches go into the test's folder."""

    program: str
    folder: Path

    async def start(self, *arguments: str, context: str = "") -> asyncio.subprocess.Process:
        chosen = ["--context", context] if context else []
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.folder / "config"),
            "KUBECACHEDIR": str(self.folder / "cache"),
        }
        return await asyncio.create_subprocess_exec(
            self.program, *chosen, *arguments, env=environment, cwd=self.folder,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def run(self, *arguments: str, context: str = "") -> tuple[int, str, str]:
        """Exit code, what it printed, what it complained about."""
        process = await self.start(*arguments, context=context)
        out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
        return process.returncode or 0, out.decode(), err.decode()

    async def __call__(self, *arguments: str, context: str = "") -> str:
        """What it printed; a failure of the command is a failure of the test."""
        code, out, err = await self.run(*arguments, context=context)
        assert code == 0, f"kubectl {' '.join(arguments)}: {err or out}"
        return out


@pytest.fixture
def kubectl(kube: KubeSandbox, tmp_path: Path) -> Kubectl:
    program = need("kubectl", HINT)
    kube.write_kubeconfig(tmp_path / "config", ["admin", "mira"])
    return Kubectl(program, tmp_path)
