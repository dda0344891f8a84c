"""What the machine's own kubectl does to the sandbox: apply, patch, cordon, delete, and what it may not do."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.kube.server import KubeSandbox
from sandbox.kube.store import Store

from .conftest import Kubectl, job

pytestmark = [pytest.mark.wire, pytest.mark.kubectl]

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "aurora"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "web:1", "env": [{"name": "A", "value": "1"}]}]},
        },
    },
}
CRD: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "jobsets.jobset.x-k8s.io"},
    "spec": {
        "group": "jobset.x-k8s.io",
        "scope": "Namespaced",
        "names": {"plural": "jobsets", "kind": "JobSet", "singular": "jobset", "shortNames": ["js"]},
        "versions": [
            {
                "name": "v1alpha2",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    {"name": "TerminalState", "type": "string", "jsonPath": ".status.terminalState"},
                    {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
                ],
            }
        ],
    },
}


def written(folder: Path, obj: dict[str, Any]) -> str:
    path = folder / "manifest.json"
    path.write_text(json.dumps(obj))
    return str(path)


async def test_cordon_and_uncordon(kubectl: Kubectl, store: Store) -> None:
    """A strategic merge patch of one field."""
    assert await kubectl("cordon", "n1") == "node/n1 cordoned\n"
    assert store.get("nodes", "n1")["spec"] == {"unschedulable": True}
    assert await kubectl("uncordon", "n1") == "node/n1 uncordoned\n"
    assert not store.get("nodes", "n1")["spec"].get("unschedulable")


async def test_apply_dry_run_stores_nothing(kubectl: Kubectl, store: Store) -> None:
    """The server says what would happen, and refuses what it would refuse."""
    manifest = written(kubectl.folder, job())
    assert await kubectl("apply", "--dry-run=server", "-f", manifest) == "job.batch/train created (server dry run)\n"
    assert store.list("jobs.batch") == []
    code, _, err = await kubectl.run("apply", "--dry-run=server", "-f", written(kubectl.folder, job(parallelism=-1)))
    assert code == 1
    assert (
        err == 'The Job "train" is invalid: spec.parallelism: Invalid value: -1: must be greater than or equal to 0\n'
    )


async def test_apply_creates_configures_and_leaves_alone(kubectl: Kubectl, store: Store) -> None:
    """Client-side apply: last-applied annotation, strategic merge of what changed."""
    assert await kubectl("apply", "-f", written(kubectl.folder, DEPLOYMENT)) == "deployment.apps/web created\n"
    assert await kubectl("apply", "-f", written(kubectl.folder, DEPLOYMENT)) == "deployment.apps/web unchanged\n"
    changed = json.loads(json.dumps(DEPLOYMENT))
    changed["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "B", "value": "2"}]
    assert await kubectl("apply", "-f", written(kubectl.folder, changed)) == "deployment.apps/web configured\n"
    stored = store.get("deployments.apps", "web", "aurora")
    assert stored["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "B", "value": "2"}]
    assert stored["metadata"]["generation"] == 2
    assert "env" in await _diff(kubectl, written(kubectl.folder, DEPLOYMENT))


async def _diff(kubectl: Kubectl, manifest: str) -> str:
    code, out, err = await kubectl.run("diff", "-f", manifest)
    assert code == 1, err
    return out


async def test_server_side_apply_and_its_conflicts(kubectl: Kubectl, store: Store) -> None:
    """Two managers fight for one field; force decides."""
    manifest = written(kubectl.folder, DEPLOYMENT | {"spec": DEPLOYMENT["spec"] | {"replicas": 2}})
    await kubectl("apply", "--server-side", "-f", manifest)
    await kubectl("scale", "deployment/web", "-n", "aurora", "--replicas=5")
    code, _, err = await kubectl.run("apply", "--server-side", "-f", manifest)
    assert code == 1
    assert ".spec.replicas" in err
    await kubectl("apply", "--server-side", "--force-conflicts", "-f", manifest)
    assert store.get("deployments.apps", "web", "aurora")["spec"]["replicas"] == 2


@pytest.mark.parametrize(
    ("kind", "patch", "labels"),
    [
        ("strategic", '{"metadata":{"labels":{"pool":null,"new":"1"}}}', {"new": "1"}),
        ("merge", '{"metadata":{"labels":{"pool":null,"new":"1"}}}', {"new": "1"}),
        ("json", '[{"op":"replace","path":"/metadata/labels/pool","value":"cpu"}]', {"pool": "cpu"}),
    ],
)
async def test_patches(kubectl: Kubectl, store: Store, kind: str, patch: str, labels: dict[str, str]) -> None:
    """The three types end in the same place."""
    await kubectl("patch", "node", "n1", "--type", kind, "-p", patch)
    found = dict(store.get("nodes", "n1")["metadata"]["labels"])
    found.pop("nvidia.com/gpu.product")
    assert found == labels


async def test_patching_the_status(kubectl: Kubectl, store: Store) -> None:
    """A subresource of its own, which leaves the spec alone."""
    store.create("jobs.batch", job())
    patch = '{"status":{"active":3},"spec":{"suspend":true}}'
    await kubectl("patch", "job", "train", "-n", "aurora", "--subresource=status", "--type=merge", "-p", patch)
    stored = store.get("jobs.batch", "train", "aurora")
    assert stored["status"] == {"active": 3}
    assert "suspend" not in stored["spec"]


async def test_a_jobs_template_is_fixed(kubectl: Kubectl, store: Store) -> None:
    """The refusal names the field."""
    await kubectl("create", "-f", written(kubectl.folder, job()))
    patch = '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"other:1"}]}}}}'
    code, _, err = await kubectl.run("patch", "job", "train", "-n", "aurora", "-p", patch)
    assert code == 1
    assert "spec.template: Invalid value" in err
    assert "field is immutable" in err


async def test_taints_labels_annotations(kubectl: Kubectl, store: Store) -> None:
    """kubectl's own verbs for them."""
    await kubectl("taint", "node", "n1", "maintenance=yes:NoSchedule")
    await kubectl("label", "node", "n1", "rack=7")
    await kubectl("annotate", "node", "n1", "note=look")
    stored = store.get("nodes", "n1")
    assert stored["spec"]["taints"] == [{"key": "maintenance", "value": "yes", "effect": "NoSchedule"}]
    assert (stored["metadata"]["labels"]["rack"], stored["metadata"]["annotations"]["note"]) == ("7", "look")
    await kubectl("taint", "node", "n1", "maintenance-")
    assert "taints" not in store.get("nodes", "n1")["spec"]


async def test_create_and_delete(kubectl: Kubectl, store: Store) -> None:
    """Typed creates come as protobuf; deleting a job takes its pods along."""
    await kubectl("create", "namespace", "borealis")
    await kubectl("create", "job", "x", "--image=a:1", "-n", "borealis", "--", "sleep", "1")
    made = store.get("jobs.batch", "x", "borealis")
    assert made["spec"]["template"]["spec"]["containers"][0]["command"] == ["sleep", "1"]
    reference = {"apiVersion": "batch/v1", "kind": "Job", "name": "x", "uid": made["metadata"]["uid"]}
    store.create("pods", {"metadata": {"name": "x-0", "namespace": "borealis", "ownerReferences": [reference]}})
    assert "already exists" in (await kubectl.run("create", "job", "x", "--image=a:1", "-n", "borealis"))[2]
    await kubectl("delete", "job", "x", "-n", "borealis")
    assert store.list("pods", "borealis") == []
    await kubectl("delete", "namespace", "borealis")
    assert store.find("namespaces", "borealis") is None


async def test_strict_field_validation(kubectl: Kubectl) -> None:
    """A misspelt field is refused, as kubectl asks by default."""
    code, _, err = await kubectl.run("create", "-f", written(kubectl.folder, job(suspended=True)))
    assert code == 1
    assert 'unknown field "spec.suspended"' in err


async def test_drain_evicts(kubectl: Kubectl, store: Store, kube: KubeSandbox) -> None:
    """cordon, list by node, evict each, wait until they are gone."""
    await kubectl("drain", "n1", "--force", "--ignore-daemonsets")
    assert store.list("pods") == []
    assert store.get("nodes", "n1")["spec"]["unschedulable"] is True
    assert sum(seen.path.endswith("/eviction") for seen in kube.requests) == 2


async def test_a_kind_registered_through_the_api(kubectl: Kubectl, store: Store) -> None:
    """A CustomResourceDefinition serves its kind at once, with its columns; deleting it takes all away."""
    await kubectl("apply", "-f", written(kubectl.folder, CRD))
    await kubectl("wait", "--for=condition=Established", "crd/jobsets.jobset.x-k8s.io", "--timeout=10s")
    obj = {"apiVersion": "jobset.x-k8s.io/v1alpha2", "kind": "JobSet", "spec": {"suspend": False}}
    await kubectl("apply", "-n", "aurora", "-f", written(kubectl.folder, obj | {"metadata": {"name": "big"}}))
    store.mutate("jobsets.jobset.x-k8s.io", "big", "aurora", lambda draft: draft.update(status={"terminalState": "F"}))
    rows = [line.split() for line in (await kubectl("get", "js", "-n", "aurora")).splitlines()]
    assert rows == [["NAME", "TERMINALSTATE", "AGE"], ["big", "F", "0s"]]
    await kubectl("delete", "crd", "jobsets.jobset.x-k8s.io")
    assert "jobsets.jobset.x-k8s.io" not in store.kinds


async def test_can_i(kubectl: Kubectl) -> None:
    """Reviews decide as RBAC does, for oneself and for another."""
    assert (await kubectl("auth", "can-i", "delete", "nodes")).strip() == "yes"
    assert (await kubectl.run("auth", "can-i", "delete", "nodes", "--as", "mira"))[1].strip() == "no"
    await kubectl("create", "rolebinding", "v", "--clusterrole=view", "--user=mira", "-n", "aurora")
    assert (await kubectl("auth", "can-i", "list", "pods", "-n", "aurora", "--as", "mira")).strip() == "yes"
    assert (await kubectl.run("auth", "can-i", "list", "pods", "--as", "mira"))[1].strip() == "no"
    listed = await kubectl("auth", "can-i", "--list", "-n", "aurora", context="mira@sandbox")
    assert any(line.startswith("pods") and "list" in line for line in listed.splitlines())
    assert "mira" in await kubectl("auth", "whoami", context="mira@sandbox")


async def test_forbidden_in_kubernetes_words(kubectl: Kubectl) -> None:
    """And impersonating needs a right of its own."""
    code, _, err = await kubectl.run("get", "nodes", context="mira@sandbox")
    assert code == 1
    assert 'nodes is forbidden: User "mira" cannot list resource "nodes" in API group "" at the cluster scope' in err
    _, _, err = await kubectl.run("get", "nodes", "--as", "admin", context="mira@sandbox")
    assert 'users "admin" is forbidden: User "mira" cannot impersonate resource "users"' in err
