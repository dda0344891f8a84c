"""The kubelets: start bound pods, restart containers, let pods end, remove those that were deleted.

A node that does not answer (Ready is not True) starts nothing and confirms no deletion, as a lost machine.
What makes a start fail is in `Curses`: incidents put entries there, keyed by job, and they outlive a restart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.fleet import meta
from sandbox.fleet.live import PODS, Live
from sandbox.fleet.meta import Name, Obj

START_SECONDS = (0.8, 2.4)
STOP_SECONDS = 1.0
BACKOFF_SECONDS = 10
BACKOFF_MOST = 300

Ended = dict[str, object]


@dataclass(frozen=True)
class Curse:
    """What befalls each pod of a job when it starts. `crash` is seconds until the container ends; None: it never
    starts, because its image cannot be pulled."""

    incident: str
    crash: float | None
    exit_code: int = 1
    lines: Callable[[Obj], list[str]] = field(default=lambda _: [])


Curses = dict[Name, Curse]


def container(pod: Obj) -> str:
    name: str = pod["spec"]["containers"][0]["name"]
    return name


class Kubelet:
    def __init__(self, live: Live) -> None:
        self.live = live
        self.curses: Curses = {}
        self._timed: set[tuple[str, str]] = set()

    def reconcile(self, name: Name) -> None:
        pod = self.live.pods.get(name)
        if pod is None or not pod["spec"].get("nodeName"):
            return
        if "deletionTimestamp" in pod["metadata"]:
            self._once(pod, "stop", STOP_SECONDS, self._remove)
        elif pod["status"].get("phase") == "Pending" and _creating(pod):
            low, high = START_SECONDS
            self._once(pod, "start", meta.dice(self.live.seed, "start", *name).uniform(low, high), self._start)

    def node_back(self, node: str) -> None:
        """A node answers again: what waited there goes on."""
        for name in list(self.live.on_node.get(node, ())):
            self.reconcile(name)

    def finish(self, pod: Obj, exit_code: int, reason: str = "", message: str = "") -> None:
        """The container ends for good: the pod is Succeeded or Failed."""
        phase = "Failed" if exit_code else "Succeeded"
        ended = self._ended(pod, exit_code, reason or ("Error" if exit_code else "Completed"), message)

        def change(draft: Obj) -> None:
            draft["status"]["phase"] = phase
            why = "PodFailed" if exit_code else "PodCompleted"
            for condition in ("Ready", "ContainersReady"):
                meta.set_condition(draft, condition, "False", why, "", self.live.now)
            for status in draft["status"].get("containerStatuses") or ():
                status.update(ready=False, started=False, state={"terminated": ended})

        self.live.change(PODS, pod, change)

    def crash(self, pod: Obj, exit_code: int, reason: str = "Error", message: str = "") -> None:
        """The container ends; whether it starts again is the pod's restartPolicy."""
        if pod["spec"].get("restartPolicy", "Always") == "Never":
            self.finish(pod, exit_code, reason, message)
            return
        ended = self._ended(pod, exit_code, reason, message)
        count = self._restarts(pod) + 1
        wait = min(BACKOFF_MOST, BACKOFF_SECONDS * 2 ** (count - 1))
        where = f"container={container(pod)} pod={pod['metadata']['name']}_{pod['metadata']['namespace']}"
        text = f"back-off {_span(wait)} restarting failed {where}({pod['metadata']['uid']})"

        def change(draft: Obj) -> None:
            for condition in ("Ready", "ContainersReady"):
                meta.set_condition(draft, condition, "False", "ContainersNotReady", "", self.live.now)
            for status in draft["status"].get("containerStatuses") or ():
                waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": text}}
                status.update(ready=False, started=False, restartCount=count, state=waiting)
                status["lastState"] = {"terminated": ended}

        hurt = self.live.change(PODS, pod, change)
        node = pod["spec"].get("nodeName", "")
        self.live.event(hurt, "Warning", "BackOff", f"Back-off restarting failed {where}", "kubelet", node)
        self._later(hurt, wait, self._start)

    def write(self, pod: Obj, lines: list[str]) -> None:
        space, name = meta.name_of(pod)
        for line in lines:
            self.live.store.append_log(space, name, container(pod), line, self.live.now)

    def answers(self, node: str) -> bool:
        return node in self.live.nodes and meta.is_true(self.live.nodes[node], "Ready")

    def curse_of(self, pod: Obj) -> Curse | None:
        """Reruns under a derived name share the fate of the job that they repeat."""
        space, job = meta.name_of(pod)[0], meta.labels_of(pod).get(meta.JOB_NAME, "")
        exact = self.curses.get((space, job))
        return exact or next((c for (s, j), c in self.curses.items() if s == space and job.startswith(f"{j}-")), None)

    # Steps
    def _once(self, pod: Obj, step: str, seconds: float, act: Callable[[Obj], None]) -> None:
        key = (pod["metadata"]["uid"], step)
        if key not in self._timed:
            self._timed.add(key)
            self._later(pod, seconds, act, key)

    def _later(self, pod: Obj, seconds: float, act: Callable[[Obj], None], key: tuple[str, str] | None = None) -> None:
        name, uid = meta.name_of(pod), pod["metadata"]["uid"]

        def ring() -> None:
            if key is not None:
                self._timed.discard(key)
            now = self.live.pods.get(name)
            if now is not None and now["metadata"]["uid"] == uid and self.answers(now["spec"].get("nodeName", "")):
                act(now)

        self.live.after(seconds, ring)

    def _start(self, pod: Obj) -> None:
        if meta.over(pod) or "deletionTimestamp" in pod["metadata"]:
            return
        curse = self.curse_of(pod)
        if curse is not None and curse.crash is None:
            self._no_image(pod)
            return
        running = self._run(pod)
        if curse is not None and curse.crash is not None:
            self._later(running, curse.crash, lambda p: self._cursed(p, curse))

    def _cursed(self, pod: Obj, curse: Curse) -> None:
        if not meta.over(pod) and self.curse_of(pod) == curse:
            self.write(pod, curse.lines(pod))
            self.crash(pod, curse.exit_code)

    def _run(self, pod: Obj) -> Obj:
        at, die = meta.stamp(self.live.now), meta.dice(self.live.seed, "ip", *meta.name_of(pod))
        ip = f"10.{die.randint(16, 79)}.{die.randint(0, 191)}.{die.randint(2, 250)}"
        image = pod["spec"]["containers"][0]["image"]
        if self._restarts(pod):
            self.live.store.restart_log(*meta.name_of(pod), container(pod))

        def change(draft: Obj) -> None:
            draft["status"].update(phase="Running", podIP=ip, podIPs=[{"ip": ip}])
            for condition in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"):
                meta.set_condition(draft, condition, "True", "", "", self.live.now)
            for status in draft["status"]["containerStatuses"]:
                digest = f"{meta.dice(0, image).getrandbits(256):064x}"
                status.update(
                    ready=True,
                    started=True,
                    imageID=f"{image.rsplit(':', 1)[0]}@sha256:{digest}",
                    containerID=f"containerd://{die.getrandbits(256):064x}",
                    state={"running": {"startedAt": at}},
                )

        running = self.live.change(PODS, pod, change)
        node = pod["spec"]["nodeName"]
        self.live.event(running, "Normal", "Started", f"Started container {container(pod)}", "kubelet", node)
        return running

    def _no_image(self, pod: Obj) -> None:
        image, node = pod["spec"]["containers"][0]["image"], pod["spec"]["nodeName"]
        cause = (
            f'Failed to pull image "{image}": rpc error: code = NotFound desc = failed to pull and unpack image '
            f'"{image}": failed to resolve reference "{image}": {image}: not found'
        )

        def change(draft: Obj) -> None:
            text = f'Back-off pulling image "{image}": ErrImagePull: {cause.partition(": ")[2]}'
            for status in draft["status"]["containerStatuses"]:
                status["state"] = {"waiting": {"reason": "ImagePullBackOff", "message": text}}

        hurt = self.live.change(PODS, pod, change)
        self.live.event(hurt, "Warning", "Failed", cause, "kubelet", node)
        self.live.event(hurt, "Warning", "Failed", "Error: ErrImagePull", "kubelet", node)
        self.live.event(hurt, "Normal", "BackOff", f'Back-off pulling image "{image}"', "kubelet", node)
        self._later(hurt, 60, self._start)

    def _remove(self, pod: Obj) -> None:
        self.live.store.delete(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"], grace=0)

    def _ended(self, pod: Obj, exit_code: int, reason: str, message: str) -> Ended:
        statuses = pod["status"].get("containerStatuses") or [{}]
        running = statuses[0].get("state", {}).get("running", {})
        ended: Ended = {
            "exitCode": exit_code,
            "reason": reason,
            "startedAt": running.get("startedAt", meta.stamp(self.live.now)),
            "finishedAt": meta.stamp(self.live.now),
            "containerID": statuses[0].get("containerID", ""),
        }
        return ended | ({"message": message} if message else {})

    @staticmethod
    def _restarts(pod: Obj) -> int:
        return max((c.get("restartCount", 0) for c in pod["status"].get("containerStatuses") or ()), default=0)


def _creating(pod: Obj) -> bool:
    statuses = pod["status"].get("containerStatuses") or ()
    return any(c["state"].get("waiting", {}).get("reason") == "ContainerCreating" for c in statuses)


def _span(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes}m{left}s" if minutes else f"{left}s"
