"""What the machine's own kubectl shows of the sandbox: the check that nobody here wrote."""

import asyncio
import json
from typing import Any

import pytest

from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store

from .conftest import Kubectl, job, pod, until

pytestmark = [pytest.mark.wire, pytest.mark.kubectl]


def table(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


async def test_get_nodes_is_a_table(kubectl: Kubectl) -> None:
    """Columns come from the server."""
    rows = table(await kubectl("get", "nodes"))
    assert rows[0] == ["NAME", "STATUS", "ROLES", "AGE", "VERSION"]
    assert rows[1] == ["n1", "Ready", "<none>", "0s", "v1.32.4"]


async def test_get_wide_and_selected(kubectl: Kubectl) -> None:
    """Labels, fields, all namespaces, more columns."""
    rows = table(
        await kubectl(
            "get", "pods", "-A", "-o", "wide", "-l", "run=train", "--field-selector", "metadata.name!=train-1"
        )
    )
    assert rows[1][:5] == ["aurora", "train-0", "1/1", "Running", "1"]
    assert "n1" in rows[1]
    assert len(rows) == 2
    assert (await kubectl("get", "nodes", "-l", "pool in (gpu,cpu)", "-o", "name")) == "node/n1\n"


async def test_get_json_is_the_stored_object(kubectl: Kubectl, store: Store) -> None:
    """`-o json` asks for the object itself."""
    shown = json.loads(await kubectl("get", "node", "n1", "-o", "json"))
    assert shown == store.get("nodes", "n1")


async def test_every_kind_can_be_listed(kubectl: Kubectl, store: Store) -> None:
    """By the plural kubectl discovered, with a table of its own; short names work."""
    names = (await kubectl("api-resources", "--verbs=list", "-o", "name")).split()
    assert set(names) >= {"pods", "jobs.batch", "workloads.kueue.x-k8s.io", "clusterroles.rbac.authorization.k8s.io"}
    assert len(names) == len(store.kinds)
    assert "No resources found" not in await kubectl("get", ",".join(names), "-A")
    for short in ("no", "po", "deploy", "wl", "cq", "quota", "pvc", "sa", "ev", "all"):
        await kubectl("get", short, "-A")


async def test_events_with_columns(kubectl: Kubectl) -> None:
    """Last seen, type, reason, object, message."""
    rows = table(await kubectl("get", "events", "-n", "aurora"))
    assert rows[1][:4] == ["2m", "Warning", "BackOff", "pod/train-0"]
    shown = await kubectl("events", "-n", "aurora", "--for", "pod/train-0")
    assert "Back-off restarting failed container" in shown


async def test_describe_node(kubectl: Kubectl) -> None:
    """Node, its conditions, and the pods on it with their GPUs."""
    text = await kubectl("describe", "node", "n1")
    assert "KubeletReady" in text
    assert "aurora" in text
    assert any(line.split() == ["nvidia.com/gpu", "16", "16"] for line in text.splitlines())


async def test_describe_pod_has_its_events(kubectl: Kubectl) -> None:
    """Events are found by field selector."""
    text = await kubectl("describe", "pod", "train-0", "-n", "aurora")
    assert "Image:          train:1" in text
    assert "Back-off restarting failed container" in text


async def test_describe_job_and_custom_kinds(kubectl: Kubectl, store: Store) -> None:
    """A Job has its describer, a Workload the general one."""
    store.create("jobs.batch", job(parallelism=4))
    store.create(
        "workloads.kueue.x-k8s.io",
        {"metadata": {"name": "w", "namespace": "aurora"}, "spec": {"queueName": "research"}},
    )
    assert "Parallelism:" in await kubectl("describe", "job", "train", "-n", "aurora")
    text = await kubectl("describe", "workload", "w", "-n", "aurora")
    assert "Queue Name:  research" in text
    assert "research" in await kubectl("get", "wl", "w", "-n", "aurora")


async def test_logs(kubectl: Kubectl, store: Store) -> None:
    """tail, since, timestamps, the run before."""
    logs = ("logs", "train-0", "-n", "aurora")
    assert await kubectl(*logs) == "line 0\nline 1\nline 2\n"
    assert await kubectl(*logs, "--tail=1") == "line 2\n"
    assert await kubectl(*logs, "--since=90s") == "line 1\nline 2\n"
    assert await kubectl(*logs, "--since-time=2026-03-02T09:00:00Z") == "line 2\n"
    assert await kubectl(*logs, "--tail=1", "--timestamps") == "2026-03-02T09:00:00.000000000Z line 2\n"
    assert await kubectl(*logs, "-p") == "the run before\n"
    assert await kubectl(*logs, "--limit-bytes=4") == "line"
    assert await kubectl("logs", "-n", "aurora", "-l", "run=train", "--tail=1") == "line 2\nline 2\n"


async def test_logs_that_are_not_there(kubectl: Kubectl, store: Store) -> None:
    """A wrong container, a pod that has not started, a run before that was none."""
    fresh = pod("fresh", on="")
    fresh["status"] = {"phase": "Pending"}
    store.create("pods", fresh)
    code, _, err = await kubectl.run("logs", "train-0", "-n", "aurora", "-c", "nope")
    assert (code, "container nope is not valid" in err) == (1, True)
    assert "does not have a host assigned" in (await kubectl.run("logs", "fresh", "-n", "aurora"))[2]
    assert "not found" in (await kubectl.run("logs", "fresh", "-n", "aurora", "-p"))[2]


async def test_logs_are_followed(kubectl: Kubectl, store: Store) -> None:
    """-f shows a line when it is written, and ends with the container."""
    process = await kubectl.start("logs", "-f", "train-0", "-n", "aurora", "--tail=1")
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"line 2\n"
    store.append_log("aurora", "train-0", "main", "line 3")
    assert await asyncio.wait_for(process.stdout.readline(), 20) == b"line 3\n"
    store.delete("pods", "train-0", "aurora")
    assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_get_watches(kubectl: Kubectl, store: Store, kube: KubeSandbox) -> None:
    """-w shows the list and then each change, in the same columns."""
    process = await kubectl.start("get", "nodes", "-w", "--no-headers")
    assert process.stdout is not None
    lines = [await asyncio.wait_for(process.stdout.readline(), 20) for _ in range(2)]
    assert [line.split()[0] for line in lines] == [b"n1", b"n2"]
    await until(lambda: kube.open_watches("/api/v1/nodes"))
    store.mutate("nodes", "n2", None, lambda draft: draft["spec"].update(unschedulable=True))
    changed = await asyncio.wait_for(process.stdout.readline(), 20)
    assert changed.split()[:2] == [b"n2", b"Ready,SchedulingDisabled"]
    process.terminate()
    await process.wait()


async def test_wait_for_a_condition(kubectl: Kubectl, store: Store, kube: KubeSandbox) -> None:
    """`kubectl wait` lists and watches one object by name."""
    store.create("jobs.batch", job())
    process = await kubectl.start("wait", "--for=condition=Complete", "job/train", "-n", "aurora", "--timeout=20s")
    await until(lambda: kube.open_watches("/apis/batch"))
    complete: dict[str, Any] = {"conditions": [{"type": "Complete", "status": "True"}]}
    store.mutate("jobs.batch", "train", "aurora", lambda draft: draft.update(status=complete))
    out, err = await process.communicate()
    assert (process.returncode, out) == (0, b"job.batch/train condition met\n"), err


async def test_lists_come_in_chunks(kubectl: Kubectl, kube: KubeSandbox) -> None:
    """`--chunk-size` follows the continue tokens."""
    assert len((await kubectl("get", "pods,nodes", "-A", "-o", "name", "--chunk-size=1")).split()) == 4
    assert sum("continue=" in seen.query for seen in kube.requests) == 2


async def test_explain(kubectl: Kubectl) -> None:
    """Fields come from OpenAPI v3."""
    assert "suspend\t<boolean>" in await kubectl("explain", "job.spec")


async def test_versions_agree(kubectl: Kubectl) -> None:
    """The server says which version it plays."""
    version = json.loads(await kubectl("version", "-o", "json"))
    assert version["serverVersion"]["minor"] == "32"
