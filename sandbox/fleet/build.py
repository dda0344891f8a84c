"""Seeds a cluster: machines, rights, queues, and weeks of history played through the real controllers.

Jobs are created at the instants at which their owners did, and what then runs, waits or has ended follows from the
same rules that work later. So the fleet that a client meets is one that could have come about.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.fleet import access, catalogue, failures, manifests, megatron, meta, nodes
from sandbox.fleet.catalogue import CLIENTS, COHORT, FLAVOR, HURT, JOBS, QUEUES, SERVICES, Training, scaled
from sandbox.fleet.controllers import Controllers
from sandbox.fleet.live import CLUSTER, DEPLOYMENTS, LOCAL, NODES, PODS, Live
from sandbox.fleet.live import JOBS as JOBS_KEY
from sandbox.fleet.meta import GPU, Obj, stamp
from sandbox.kube import bootstrap
from sandbox.kube.store import Store

TOKENS = access.TOKENS
SYSTEM = ("kueue-system", "gpu-operator", "heliograph")
WATCHED_NODES = 4
"""Nodes of each site that show the GPU operator's pods; on every node they would be most of the pods."""

DAEMONS = (
    ("gpu-operator", "nvidia-device-plugin-daemonset", "nvcr.io/nvidia/k8s-device-plugin:v0.17.4"),
    ("gpu-operator", "nvidia-dcgm-exporter", "nvcr.io/nvidia/k8s/dcgm-exporter:4.4.1-4.5.2-ubuntu22.04"),
    ("kube-system", "node-problem-detector", "registry.k8s.io/node-problem-detector/node-problem-detector:v0.8.20"),
)
WEKA = "weka-fs"
CLAIMS = (("train", "data", "ReadOnlyMany", 400), ("train", "checkpoints", "ReadWriteMany", 200),
          ("serve", "models", "ReadWriteMany", 20))  # fmt: skip
"""Namespace's end, claim, access mode, TiB."""


def build(store: Store, seed: int = 7, nodes_per_site: int = nodes.PER_SITE) -> None:
    """Everything, the same for the same seed and instant. Takes a second or two for 768 nodes."""
    now = store.clock.now()
    store.graceful_pods = True
    bootstrap.run(store, born=_born(now))
    _namespaces(store, now, nodes_per_site)
    access.make(store)
    _nodes(store, seed, nodes_per_site, now)
    _queues(store, now, nodes_per_site)
    _history(store, seed, nodes_per_site, now)


def _namespaces(store: Store, now: datetime, per_site: int) -> None:
    born = _born(now)
    for name in SYSTEM:
        bootstrap.add_namespace(store, name, born=born)
    store.create("serviceaccounts", {"metadata": {"name": access.BOT, "namespace": "heliograph"}})
    store.create("storageclasses.storage.k8s.io", {"metadata": {"name": WEKA}, "provisioner": "csi.weka.io"})
    for client in CLIENTS:
        for end, account in (("train", "trainer"), ("serve", "nim")):
            space = f"{client}-{end}"
            bootstrap.add_namespace(store, space, {"client": client}, born=born)
            store.create("serviceaccounts", {"metadata": {"name": account, "namespace": space}})
            store.create("resourcequotas", _quota(client, end, per_site))
        for end, claim, mode, tebibytes in CLAIMS:
            store.create("persistentvolumeclaims", _claim(f"{client}-{end}", claim, mode, tebibytes, born))


def _quota(client: str, end: str, per_site: int) -> Obj:
    """Wider than the queue's quota: a guard against accidents, not the scheduler."""
    share = next(q.nodes for q in QUEUES if q.client == client)
    hard = {f"requests.{GPU}": str(scaled(share * 2 if end == "train" else 16, per_site) * 8), "pods": "2000"}
    meta_ = {"name": "guard", "namespace": f"{client}-{end}"}
    return {"metadata": meta_, "spec": {"hard": hard}, "status": {"hard": hard, "used": dict.fromkeys(hard, "0")}}


def _claim(space: str, name: str, mode: str, tebibytes: int, born: str) -> Obj:
    size = f"{tebibytes}Ti"
    return {
        "metadata": {"name": name, "namespace": space, "creationTimestamp": born},
        "spec": {
            "accessModes": [mode],
            "resources": {"requests": {"storage": size}},
            "storageClassName": WEKA,
            "volumeMode": "Filesystem",
            "volumeName": f"pvc-{meta.uid(0, space, name)}",
        },
        "status": {"phase": "Bound", "accessModes": [mode], "capacity": {"storage": size}},
    }


def _nodes(store: Store, seed: int, per_site: int, now: datetime) -> None:
    for site in nodes.SITES:
        for index in range(1, per_site + 1):
            store.create(NODES, nodes.node(seed, site, index, now))
        for index in range(1, min(WATCHED_NODES, per_site) + 1):
            for space, name, image in DAEMONS:
                store.create(PODS, _daemon(seed, site, index, space, name, image, now))
    for hurt in HURT:
        if hurt.index <= per_site:
            name = nodes.node_name(nodes.SITES[hurt.site], hurt.index)
            store.mutate(NODES, name, None, _hurting(hurt, now - timedelta(hours=19 + hurt.site)))


def _hurting(hurt: catalogue.Hurt, at: datetime) -> Callable[[Obj], None]:
    def change(node: Obj) -> None:
        node["spec"]["unschedulable"] = True
        labels = node["metadata"]["labels"]
        labels["k8saas.nvidia.com/cordon-by"] = hurt.by
        labels["k8saas.nvidia.com/cordon-timestamp"] = f"{at:%Y-%m-%dT%H-%M-%SZ}"
        labels["k8saas.nvidia.com/cordon-reason"] = hurt.condition or "firmware-update"
        if hurt.condition:
            labels["dgxc.nvidia.com/nvsentinel-state"] = "remediating"
            reason = f"{hurt.condition}IsNotHealthy"
            meta.set_condition(node, hurt.condition, "True", reason, hurt.message, at, "lastHeartbeatTime")

    return change


def _daemon(seed: int, site: nodes.Site, index: int, space: str, name: str, image: str, now: datetime) -> Obj:
    node, born = nodes.node_name(site, index), stamp(now - timedelta(days=11, minutes=index))
    ready = [{"type": t, "status": "True", "lastTransitionTime": born}
             for t in ("PodScheduled", "Initialized", "ContainersReady", "Ready")]  # fmt: skip
    container = {"name": name, "image": image, "ready": True, "started": True, "restartCount": 0, "imageID": image,
                 "state": {"running": {"startedAt": born}}, "lastState": {}}  # fmt: skip
    return {
        "metadata": {
            "name": f"{name}-{meta.suffix(seed, name, node)}",
            "namespace": space,
            "creationTimestamp": born,
            "labels": {"app": name, "pod-template-generation": "3"},
        },
        "spec": {
            "nodeName": node,
            "restartPolicy": "Always",
            "containers": [{"name": name, "image": image, "resources": {}}],
            "tolerations": [{"operator": "Exists"}],
        },
        "status": {
            "phase": "Running",
            "hostIP": nodes.address(site, index),
            "startTime": born,
            "conditions": ready,
            "containerStatuses": [container],
            "qosClass": "BestEffort",
        },
    }


def _queues(store: Store, now: datetime, per_site: int) -> None:
    born = stamp(now - timedelta(days=118))
    flavor = {"nodeLabels": {"nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3"}}
    store.create(
        "resourceflavors.kueue.x-k8s.io",
        {"metadata": {"name": FLAVOR, "creationTimestamp": born}, "spec": flavor},
    )
    for queue in QUEUES:
        quota = {
            "name": GPU,
            "nominalQuota": str(catalogue.quota(queue.nodes, per_site) * 8),
            "borrowingLimit": str(scaled(queue.borrow, per_site) * 8),
        }
        spec = {
            "cohortName": COHORT,
            "queueingStrategy": queue.strategy,
            "stopPolicy": "None",
            "namespaceSelector": {"matchLabels": {"client": queue.client}},
            "flavorFungibility": {"whenCanBorrow": "Borrow", "whenCanPreempt": "TryNextFlavor"},
            "preemption": {"reclaimWithinCohort": "Never", "withinClusterQueue": "Never"},
            "resourceGroups": [{"coveredResources": [GPU], "flavors": [{"name": FLAVOR, "resources": [quota]}]}],
        }
        named = {"name": queue.client, "creationTimestamp": born}
        store.create(CLUSTER, {"metadata": named, "spec": spec})
        local = {"name": "train", "namespace": f"{queue.client}-train", "creationTimestamp": born}
        store.create(LOCAL, {"metadata": local, "spec": {"clusterQueue": queue.client, "stopPolicy": "None"}})


# History
def _history(store: Store, seed: int, per_site: int, now: datetime) -> None:
    first = now - timedelta(hours=400)
    controllers = Controllers(store, first, seed)
    live = controllers.live
    live.quiet_until = now - timedelta(hours=1)
    for service in SERVICES:
        made = manifests.service(service, max(1, round(service.replicas * min(1, per_site / 48))))
        made["metadata"]["creationTimestamp"] = stamp(first)
        store.create(DEPLOYMENTS, made)
    for spec in JOBS:
        born = now - timedelta(hours=spec.hours)
        live.at(born, _creation(store, spec, scaled(spec.nodes, per_site), born))
        if spec.end:
            live.at(born + timedelta(hours=spec.ends), _end(controllers, spec))
    controllers.run_until(now)
    live.close()


def _creation(store: Store, spec: Training, size: int, born: datetime) -> Callable[[], None]:
    made = manifests.training(spec, size)
    made["metadata"]["creationTimestamp"] = stamp(born)

    def act() -> None:
        store.create(JOBS_KEY, made)

    return act


def _end(controllers: Controllers, spec: Training) -> Callable[[], None]:
    """The pods end as the table says, with the lines that such an end leaves."""

    def act() -> None:
        live = controllers.live
        job = live.find(JOBS_KEY, (f"{spec.client}-train", spec.name))
        if job is None:
            return
        for pod in live.pods_of(job["metadata"]["uid"]):
            if pod["status"].get("phase") == "Running":
                controllers.kubelet.write(pod, _last_words(live, job, spec, pod))
                controllers.kubelet.finish(pod, 0 if spec.end == "complete" else 1)

    return act


def _last_words(live: Live, job: Obj, spec: Training, pod: Obj) -> list[str]:
    run = megatron.read(job)
    if run is None:
        return []
    lines = list(megatron.start_lines(run, pod, 0))
    if spec.end == "dataset":
        return [*lines, *failures.missing_dataset(pod)]
    started = live.now - timedelta(hours=spec.ends)
    reached = run.iterations if spec.end == "complete" else run.reached(started, 0, live.now)
    steps = range(max(1, reached - 12 * run.log_every), reached + 1, run.log_every)
    lines += [megatron.iteration_line(run, i, run.when(live.now, reached, i)) for i in steps]
    return [*lines, *(megatron.end_lines(run) if spec.end == "complete" else failures.out_of_memory(pod))]


def _born(now: datetime) -> str:
    """When the cluster was set up: before anything that runs in it."""
    return stamp(now - timedelta(days=120))
