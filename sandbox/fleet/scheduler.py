"""kube-scheduler, as far as GPUs go: a pod gets a Ready, uncordoned node of its region with enough free GPUs.

A gang's pods are kept together: in the site that has room for all of them with the least to spare, leaf by leaf.
Small pods fill nodes that are already broken into. It never evicts anybody.
"""

from collections import Counter
from collections.abc import Iterable

from sandbox.fleet import meta
from sandbox.fleet.live import PODS, Live
from sandbox.fleet.meta import GPU, LEAF, REGION, Name, Obj

NAME = "default-scheduler"


def run(live: Live) -> None:
    """Tries every pod that has no node, gang by gang, oldest first."""
    gangs: dict[tuple[str, str], list[Name]] = {}
    for name in list(live.unbound):
        controller = meta.owner_of(live.pods[name])
        gangs.setdefault((name[0], controller["uid"] if controller else name[1]), []).append(name)
    for names in gangs.values():
        _place(live, names)


def _place(live: Live, names: list[Name]) -> None:
    first = live.pods[names[0]]
    wants = meta.gpus_of(first["spec"])
    fits, reasons = _candidates(live, first["spec"], wants)
    nodes = iter(_order(live, fits, first, wants, len(names)))
    for name in names:
        node = next(nodes, None)
        if node is None:
            _refuse(live, name, reasons)
        else:
            bind(live, live.pods[name], node)


def _candidates(live: Live, spec: Obj, wants: int) -> tuple[list[str], Counter[str]]:
    selector: dict[str, str] = spec.get("nodeSelector") or {}
    fits: list[str] = []
    reasons: Counter[str] = Counter()
    for name, node in live.nodes.items():
        why = _why_not(live, name, node, selector, wants)
        if why:
            reasons[why] += 1
        else:
            fits.append(name)
    return fits, reasons


def _why_not(live: Live, name: str, node: Obj, selector: dict[str, str], wants: int) -> str:
    """The first filter that refuses, in the scheduler's words; empty if none does."""
    if node["spec"].get("unschedulable"):
        return "node(s) were unschedulable"
    for taint in node["spec"].get("taints") or ():
        if taint["effect"] != "PreferNoSchedule" and taint["key"] != GPU:
            return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"
    if not meta.is_true(node, "Ready"):
        return "node(s) had untolerated taint {node.kubernetes.io/not-ready: }"
    labels = meta.labels_of(node)
    if any(labels.get(k) != v for k, v in selector.items()):
        return "node(s) didn't match Pod's node affinity/selector"
    return f"Insufficient {GPU}" if live.free(name) < wants else ""


def _order(live: Live, fits: list[str], pod: Obj, wants: int, count: int) -> Iterable[str]:
    """Where the pods of a gang go, best first; a node appears as often as it has room."""
    per_node = int(live.nodes[fits[0]]["status"]["capacity"].get(GPU, 8)) if fits else 8
    if wants < per_node:
        return (n for n in sorted(fits, key=lambda n: (live.free(n), n)) for _ in range(_room(live, n, wants)))
    room: Counter[str] = Counter(_label(live, n, REGION) for n in fits)
    home = _home(live, pod)
    sites = sorted(room, key=lambda s: (s != home, room[s] < count, room[s] if room[s] >= count else -room[s], s))
    leaves: Counter[str] = Counter(_label(live, n, LEAF) for n in fits)
    rank = {site: i for i, site in enumerate(sites)}
    return sorted(fits, key=lambda n: (rank[_label(live, n, REGION)], -leaves[_label(live, n, LEAF)], n))


def _room(live: Live, node: str, wants: int) -> int:
    return live.free(node) // wants if wants else 1


def _home(live: Live, pod: Obj) -> str:
    """The site where the gang's other pods already are."""
    controller = meta.owner_of(pod)
    mates = live.pods_of(controller["uid"]) if controller else []
    at = Counter(_label(live, n, REGION) for m in mates if (n := m["spec"].get("nodeName")) in live.nodes)
    return at.most_common(1)[0][0] if at else ""


def _label(live: Live, node: str, key: str) -> str:
    return meta.labels_of(live.nodes[node]).get(key, "")


def bind(live: Live, pod: Obj, node: str) -> None:
    """Binding, and the kubelet's first word about it, in one write."""

    def change(draft: Obj) -> None:
        draft["spec"]["nodeName"] = node
        status = draft["status"]
        host = next((a["address"] for a in live.nodes[node]["status"].get("addresses", ())), "")
        status.update(phase="Pending", hostIP=host, startTime=meta.stamp(live.now))
        status.pop("message", None)
        waiting = [c["name"] for c in draft["spec"]["containers"]]
        unready = f"containers with unready status: [{' '.join(waiting)}]"
        for type_, value, reason, message in (
            ("PodScheduled", "True", "", ""),
            ("PodReadyToStartContainers", "False", "", ""),
            ("Initialized", "True", "", ""),
            ("Ready", "False", "ContainersNotReady", unready),
            ("ContainersReady", "False", "ContainersNotReady", unready),
        ):
            meta.set_condition(draft, type_, value, reason, message, live.now)
        status["containerStatuses"] = [_waiting(c) for c in draft["spec"]["containers"]]

    bound = live.change(PODS, pod, change)
    key = "/".join(meta.name_of(bound))
    live.event(bound, "Normal", "Scheduled", f"Successfully assigned {key} to {node}", NAME)


def _waiting(container: Obj) -> Obj:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": False,
        "started": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": "ContainerCreating"}},
        "lastState": {},
    }


def _refuse(live: Live, name: Name, reasons: Counter[str]) -> None:
    message = unschedulable(len(live.nodes), reasons)
    pod = live.pods[name]
    known = meta.condition(pod, "PodScheduled")
    if known is not None and known.get("message") == message:
        return
    refused = live.change(
        PODS, pod, lambda d: meta.set_condition(d, "PodScheduled", "False", "Unschedulable", message, live.now)
    )
    live.event(refused, "Warning", "FailedScheduling", message, NAME)


def unschedulable(total: int, reasons: Counter[str]) -> str:
    parts = ", ".join(sorted(f"{count} {why}" for why, count in reasons.items()))
    lacking = sum(count for why, count in reasons.items() if why.startswith("Insufficient"))
    helpless = total - lacking
    preempt = [f"{lacking} No preemption victims found for incoming pod"] if lacking else []
    if helpless:
        preempt.append(f"{helpless} Preemption is not helpful for scheduling")
    tail = f"preemption: 0/{total} nodes are available: {', '.join(sorted(preempt))}."
    return f"0/{total} nodes are available: {parts}. {tail}"
