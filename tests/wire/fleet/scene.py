"""What the tests of an API server look at, made through its own API: a namespace, two nodes, a plain job and Kueue's.

Nothing of it needs a controller, so a bare kube-apiserver is enough. Kueue's kinds are defined as loosely as can be.
"""

import ssl
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from sandbox.clock import Clock
from sandbox.fleet import access
from sandbox.fleet.catalogue import CLIENTS
from sandbox.kube import bootstrap
from sandbox.kube.store import Store

KUEUE = "kueue.x-k8s.io"
RBAC = "rbac.authorization.k8s.io"
TRAIN = "aurora-train"
Obj = dict[str, Any]
POD: Obj = {
    "containers": [{"name": "train", "image": "nemo", "resources": {"limits": {"nvidia.com/gpu": "8"}}}],
    "restartPolicy": "Never",
}


class Api:
    """The API as its administrator: `async with Api(kubeconfig) as api:`."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self.url = cluster["server"]
        self._ca = cluster["certificate-authority-data"]
        self._token = next(u["user"]["token"] for u in config["users"] if u["name"].startswith("admin@"))

    async def __aenter__(self) -> "Api":
        import base64

        context = ssl.create_default_context(cadata=base64.b64decode(self._ca).decode())
        headers = {"Authorization": f"Bearer {self._token}"}
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context), headers=headers)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def get(self, path: str) -> Any:
        return await self._call("GET", path)

    async def post(self, path: str, body: Obj) -> Any:
        return await self._call("POST", path, body)

    async def patch(self, path: str, body: Obj) -> Any:
        return await self._call("PATCH", path, body)

    async def _call(self, method: str, path: str, body: Obj | None = None) -> Any:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        async with self._http.request(method, self.url + path, json=body, headers={"Content-Type": kind}) as answer:
            said = await answer.json()
            assert answer.status < 300, f"{method} {path}: {said}"
            return said


def definitions() -> list[Obj]:
    """Kueue's kinds, for a server that has none: any field is kept."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"served": True, "schema": schema, "subresources": {"status": {}}}
    made = []
    for plural, kind, scope in (
        ("workloads", "Workload", "Namespaced"),
        ("localqueues", "LocalQueue", "Namespaced"),
        ("clusterqueues", "ClusterQueue", "Cluster"),
    ):
        versions = [{"name": "v1beta2", "storage": True, **version}, {"name": "v1beta1", "storage": False, **version}]
        made.append(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": f"{plural}.{KUEUE}"},
                "spec": {
                    "group": KUEUE,
                    "scope": scope,
                    "names": {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": f"{kind}List"},
                    "versions": versions,
                },
            }
        )
    return made


async def build(api: Api) -> None:
    for client in CLIENTS:
        for end in ("train", "serve"):
            await api.post("/api/v1/namespaces", {"metadata": {"name": f"{client}-{end}"}})
    await _rights(api)
    for name in ("gpu-1", "gpu-2"):
        await api.post("/api/v1/nodes", {"metadata": {"name": name}})
        held = {"cpu": "8", "nvidia.com/gpu": "8"}
        await api.patch(f"/api/v1/nodes/{name}/status", {"status": {"capacity": held, "allocatable": held}})
    await api.post(f"/apis/batch/v1/namespaces/{TRAIN}/jobs", _job("plain"))
    queued = _job("queued")
    queued["metadata"]["labels"] = {f"{KUEUE}/queue-name": "train"}
    queued["spec"]["suspend"] = True
    made = await api.post(f"/apis/batch/v1/namespaces/{TRAIN}/jobs", queued)
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "queued", "uid": made["metadata"]["uid"]}
    workload = {
        "apiVersion": f"{KUEUE}/v1beta2",
        "kind": "Workload",
        "metadata": {"name": "job-queued", "ownerReferences": [{**owner, "controller": True}]},
        "spec": {"queueName": "train", "active": True, "podSets": [_pod_set()]},
    }
    await api.post(f"/apis/{KUEUE}/v1beta2/namespaces/{TRAIN}/workloads", workload)


def _job(name: str) -> Obj:
    return {"metadata": {"name": name}, "spec": {"parallelism": 2, "completions": 2, "template": {"spec": POD}}}


def _pod_set() -> Obj:
    return {"name": "main", "count": 2, "template": {"spec": POD}}


async def _rights(api: Api) -> None:
    """The roles of the sandbox's cluster, word for word."""
    store = Store(Clock())
    bootstrap.run(store)
    theirs = {(kind, o["metadata"]["name"]) for kind in _KINDS for o in store.list(f"{kind}.{RBAC}")}
    for client in CLIENTS:
        for end in ("train", "serve"):
            bootstrap.add_namespace(store, f"{client}-{end}")
    bootstrap.add_namespace(store, "heliograph")
    access.make(store)
    for kind in _KINDS:
        for obj in store.list(f"{kind}.{RBAC}"):
            meta = obj["metadata"]
            if (kind, meta["name"]) in theirs:
                continue
            where = f"namespaces/{meta['namespace']}/" if meta.get("namespace") else ""
            plain = {k: v for k, v in obj.items() if k in ("kind", "rules", "subjects", "roleRef")}
            plain |= {"apiVersion": f"{RBAC}/v1", "metadata": {"name": meta["name"]}}
            await api.post(f"/apis/{RBAC}/v1/{where}{kind}", plain)


_KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
