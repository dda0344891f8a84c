"""The kinds that Heliograph reads: where each is served, and as what it is decoded.

Versions are tried in order; a kind that none of them serves is not installed, and absent.
"""

from dataclasses import dataclass

from bot.fleet import objects


@dataclass(frozen=True)
class Kind:
    name: str
    type: type[objects.Object]
    group: str
    versions: tuple[str, ...]
    resource: str
    namespaced: bool = True

    @property
    def optional(self) -> bool:
        """Whether a cluster can be without it."""
        return "." in self.group

    def path(self, version: str, namespace: str = "", name: str = "") -> str:
        """The address of the list, of a namespace's list, or of one object."""
        root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        middle = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}{middle}/{self.resource}" + (f"/{name}" if name else "")


NODE = Kind("Node", objects.Node, "", ("v1",), "nodes", namespaced=False)
POD = Kind("Pod", objects.Pod, "", ("v1",), "pods")
EVENT = Kind("Event", objects.Event, "", ("v1",), "events")
JOB = Kind("Job", objects.Job, "batch", ("v1",), "jobs")
DEPLOYMENT = Kind("Deployment", objects.Deployment, "apps", ("v1",), "deployments")
_KUEUE = ("kueue.x-k8s.io", ("v1beta2", "v1beta1"))
WORKLOAD = Kind("Workload", objects.Workload, *_KUEUE, "workloads")
LOCAL_QUEUE = Kind("LocalQueue", objects.LocalQueue, *_KUEUE, "localqueues")
CLUSTER_QUEUE = Kind("ClusterQueue", objects.ClusterQueue, *_KUEUE, "clusterqueues", namespaced=False)

KINDS = (NODE, POD, JOB, WORKLOAD, CLUSTER_QUEUE, LOCAL_QUEUE, EVENT, DEPLOYMENT)
BY_NAME = {kind.name: kind for kind in KINDS}
