"""The node controller: taints that follow a cordon and a lost kubelet, eviction after the tolerated five minutes."""

from sandbox.fleet import meta
from sandbox.fleet.live import NODES, PODS, Live
from sandbox.fleet.meta import Name, Obj

TOLERATED_SECONDS = 300
CORDONED = "node.kubernetes.io/unschedulable"
LOST = ("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready")
COMPONENT = "node-controller"


def wanted_taints(node: Obj) -> list[tuple[str, str]]:
    """(key, effect) that the controller keeps on a node in this state."""
    found = [(CORDONED, "NoSchedule")] if node["spec"].get("unschedulable") else []
    ready = meta.condition(node, "Ready") or {"status": "Unknown"}
    if ready["status"] != "True":
        key = LOST[0] if ready["status"] == "Unknown" else LOST[1]
        found += [(key, "NoSchedule"), (key, "NoExecute")]
    return found


def reconcile(live: Live, name: Name) -> None:
    node = live.nodes.get(name[1])
    if node is None:
        _collect(live, name[1])
        return
    wanted = wanted_taints(node)
    taints = node["spec"].get("taints") or []
    managed = [t for t in taints if t["key"] in (CORDONED, *LOST)]
    if {(t["key"], t["effect"]) for t in managed} != set(wanted):
        _taint(live, node, wanted)
    if not meta.is_true(node, "Ready") and not any(t["key"] in LOST for t in managed):
        _unready(live, node)


def _collect(live: Live, node: str) -> None:
    """The node's object is gone: so are its pods, without asking a kubelet."""
    for key in list(live.on_node.get(node, ())):
        if key in live.pods:
            live.store.delete(PODS, key[1], key[0], grace=0)


def _taint(live: Live, node: Obj, wanted: list[tuple[str, str]]) -> None:
    def change(draft: Obj) -> None:
        others = [t for t in draft["spec"].get("taints") or () if t["key"] not in (CORDONED, *LOST)]
        at = meta.stamp(live.now)
        draft["spec"]["taints"] = others + [{"key": k, "effect": e, "timeAdded": at} for k, e in wanted]
        if not draft["spec"]["taints"]:
            del draft["spec"]["taints"]

    live.change(NODES, node, change)


def _unready(live: Live, node: Obj) -> None:
    """Its pods are no longer ready, and go after five minutes if it stays away."""
    name = node["metadata"]["name"]
    live.event(node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady", COMPONENT)
    for key in list(live.on_node.get(name, ())):
        if key not in live.pods:
            continue
        changed = live.change(PODS, live.pods[key], lambda d: meta.set_condition(d, "Ready", "False", "", "", live.now))
        live.event(changed, "Warning", "NodeNotReady", "Node is not ready", COMPONENT)
    lost_at = (meta.condition(node, "Ready") or {}).get("lastTransitionTime")
    live.after(TOLERATED_SECONDS, lambda: _evict(live, name, lost_at))


def _evict(live: Live, name: str, lost_at: str | None) -> None:
    node = live.nodes.get(name)
    ready = meta.condition(node, "Ready") if node is not None else None
    if ready is None or ready["status"] == "True" or ready.get("lastTransitionTime") != lost_at:
        return
    for key in list(live.on_node.get(name, ())):
        pod = live.pods.get(key)
        if pod is None or "deletionTimestamp" in pod["metadata"]:
            continue
        text = f"Marking for deletion Pod {key[0]}/{key[1]}"
        live.event(pod, "Normal", "TaintManagerEviction", text, "taint-eviction-controller")
        live.store.delete(PODS, key[1], key[0])
