"""Deployments and ReplicaSets: rollouts within surge and unavailability, scale, status.

A rollout starts when the pod template changes, as by `kubectl rollout restart`, which writes an annotation into it.
"""

import hashlib
import json
import math

from sandbox.fleet import meta
from sandbox.fleet.live import DEPLOYMENTS, PODS, REPLICASETS, Live
from sandbox.fleet.meta import Name, Obj

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
COMPONENT = "deployment-controller"


def reconcile(live: Live, name: Name) -> None:
    deployment = live.find(DEPLOYMENTS, name)
    if deployment is None or "deletionTimestamp" in deployment["metadata"]:
        return
    sets = _sets(live, deployment)
    digest = _digest(live, deployment)
    current = next((s for s in sets if meta.labels_of(s).get(HASH) == digest), None)
    if current is None:
        live.store.create(REPLICASETS, _replicaset(live, deployment, digest, len(sets)))
        return
    if not deployment["spec"].get("paused"):
        _roll(live, deployment, current, [s for s in sets if s is not current])
    _status(live, deployment, _sets(live, deployment), digest)


def _roll(live: Live, deployment: Obj, current: Obj, old: list[Obj]) -> None:
    wanted = int(deployment["spec"].get("replicas", 1))
    surge, missing = _bounds(deployment, wanted)
    others = sum(int(s["spec"]["replicas"]) for s in old)
    target = wanted if not others else max(int(current["spec"]["replicas"]), min(wanted, wanted + surge - others))
    if int(current["spec"]["replicas"]) != target:
        _scale(live, deployment, current, target)
    ready = sum(int(s.get("status", {}).get("availableReplicas", 0)) for s in (current, *old))
    spare = ready - (wanted - missing)
    for replicaset in old:
        has = int(replicaset["spec"]["replicas"])
        unready = has - int(replicaset.get("status", {}).get("availableReplicas", 0))
        goes = min(has, max(0, unready) + max(0, spare))
        if goes:
            spare -= goes
            _scale(live, deployment, replicaset, has - goes)


def _bounds(deployment: Obj, wanted: int) -> tuple[int, int]:
    rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate") or {}

    def number(value: object, up: bool) -> int:
        if not isinstance(value, str):
            return int(str(value))
        share = wanted * int(value.rstrip("%")) / 100
        return math.ceil(share) if up else math.floor(share)

    surge, missing = number(rolling.get("maxSurge", "25%"), True), number(rolling.get("maxUnavailable", "25%"), False)
    return surge, missing if surge or missing else 1


def _scale(live: Live, deployment: Obj, replicaset: Obj, to: int) -> None:
    way = "up" if to > int(replicaset["spec"]["replicas"]) else "down"
    before = replicaset["spec"]["replicas"]
    live.change(REPLICASETS, replicaset, lambda d: d["spec"].update(replicas=to))
    text = f"Scaled {way} replica set {replicaset['metadata']['name']} from {before} to {to}"
    live.event(deployment, "Normal", "ScalingReplicaSet", text, COMPONENT)


def _status(live: Live, deployment: Obj, sets: list[Obj], digest: str) -> None:
    statuses = [(s, s.get("status", {})) for s in sets]
    wanted = int(deployment["spec"].get("replicas", 1))
    total = sum(int(s.get("replicas", 0)) for _, s in statuses)
    ready = sum(int(s.get("readyReplicas", 0)) for _, s in statuses)
    updated = sum(int(s.get("replicas", 0)) for r, s in statuses if meta.labels_of(r).get(HASH) == digest)
    counts = {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": total,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": max(0, wanted - ready),
    }
    enough = ready >= wanted - _bounds(deployment, wanted)[1]
    done = updated == wanted and ready >= wanted and total == wanted
    available = (
        ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
        if enough
        else ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
    )
    name = next(r["metadata"]["name"] for r in sets if meta.labels_of(r).get(HASH) == digest)
    progress = (
        ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')
        if done
        else ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')
    )

    def change(draft: Obj) -> None:
        draft.setdefault("status", {}).update(counts)
        meta.set_condition(draft, "Available", *available, live.now)
        meta.set_condition(draft, "Progressing", *progress, live.now)

    live.change(DEPLOYMENTS, deployment, change)


def _sets(live: Live, deployment: Obj) -> list[Obj]:
    uid = deployment["metadata"]["uid"]
    return [
        s
        for s in live.store.list(REPLICASETS, deployment["metadata"]["namespace"])
        if (o := meta.owner_of(s)) is not None and o["uid"] == uid
    ]


def _digest(live: Live, deployment: Obj) -> str:
    text = json.dumps(deployment["spec"]["template"], sort_keys=True)
    return meta.suffix(0, hashlib.sha256(text.encode()).hexdigest(), length=10)


def _replicaset(live: Live, deployment: Obj, digest: str, before: int) -> Obj:
    template = deployment["spec"]["template"]
    labels = {**template["metadata"]["labels"], HASH: digest}
    return {
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{digest}",
            "namespace": deployment["metadata"]["namespace"],
            "creationTimestamp": meta.stamp(live.now),
            "labels": labels,
            "annotations": {REVISION: str(before + 1)},
            "ownerReferences": [meta.owner("apps/v1", deployment, "Deployment")],
        },
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {**deployment["spec"]["selector"]["matchLabels"], HASH: digest}},
            "template": {"metadata": {**template["metadata"], "labels": labels}, "spec": template["spec"]},
        },
        "status": {"replicas": 0},
    }


def reconcile_set(live: Live, name: Name) -> None:
    replicaset = live.find(REPLICASETS, name)
    if replicaset is None or "deletionTimestamp" in replicaset["metadata"]:
        return
    pods = [p for p in live.pods_of(replicaset["metadata"]["uid"]) if not meta.over(p)]
    active = [p for p in pods if "deletionTimestamp" not in p["metadata"]]
    wanted = int(replicaset["spec"]["replicas"])
    for number in range(wanted - len(active)):
        live.store.create(PODS, _pod(live, replicaset, number))
    extra = sorted(active, key=lambda p: (meta.is_true(p, "Ready"), p["metadata"]["name"]))[: len(active) - wanted]
    for pod in extra if len(active) > wanted else ():
        live.store.delete(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"])
    _count(live, replicaset)


def _count(live: Live, replicaset: Obj) -> None:
    pods = [p for p in live.pods_of(replicaset["metadata"]["uid"]) if not meta.over(p)]
    active = [p for p in pods if "deletionTimestamp" not in p["metadata"]]
    ready = sum(meta.is_true(p, "Ready") for p in active)
    status = {
        "replicas": len(active),
        "fullyLabeledReplicas": len(active),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "observedGeneration": replicaset["metadata"].get("generation", 1),
    }
    if replicaset.get("status") != status:
        live.change(REPLICASETS, replicaset, lambda d: d.update(status=status))
    controller = meta.owner_of(replicaset)
    if controller:
        live.wake("deployment", (replicaset["metadata"]["namespace"], controller["name"]))


def _pod(live: Live, replicaset: Obj, number: int) -> Obj:
    name, template = replicaset["metadata"]["name"], replicaset["spec"]["template"]
    space = replicaset["metadata"]["namespace"]
    made = live.gangs.get(replicaset["metadata"]["uid"], 0)
    return {
        "metadata": {
            "name": live.pod_name(space, name, made, number),
            "generateName": f"{name}-",
            "namespace": space,
            "creationTimestamp": meta.stamp(live.now),
            "labels": dict(template["metadata"]["labels"]),
            "ownerReferences": [meta.owner("apps/v1", replicaset, "ReplicaSet")],
        },
        "spec": {"restartPolicy": "Always", "schedulerName": "default-scheduler", **template["spec"]},
        "status": {"phase": "Pending", "qosClass": "Guaranteed"},
    }
