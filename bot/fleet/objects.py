"""What Heliograph reads of a cluster: only the fields it uses, decoded straight from the wire.

`gc=False`: these hold no cycles, and the collector would cost more than the decoding (15,000 pods: three times).
Tuples and not lists for the same reason: the collector lets go of a tuple of them, and looks at every list for ever.
Fields that Kubernetes may leave out have defaults, and times may be null. Pure.
"""

from datetime import datetime

from msgspec import Struct, field

from bot.fleet.parts import Condition, Container, LabelledMeta, Meta, Quantity, condition, gpus_of, is_gpu, whole


class PodLabels(Struct, frozen=True, gc=False):
    """The labels that say to which job a pod belongs; 15,000 dictionaries of all labels would be most of the memory."""

    batch_job: str = field(default="", name="batch.kubernetes.io/job-name")
    legacy_job: str = field(default="", name="job-name")
    training_job: str = field(default="", name="training.kubeflow.org/job-name")
    jobset: str = field(default="", name="jobset.sigs.k8s.io/jobset-name")
    index: str = field(default="", name="batch.kubernetes.io/job-completion-index")

    @property
    def job(self) -> str:
        return self.training_job or self.jobset or self.batch_job or self.legacy_job


class PodMeta(Meta, rename="camel", frozen=True, gc=False):
    labels: PodLabels = PodLabels()


class NodeMarks(Struct, frozen=True, gc=False):
    """What tools leave on a node that they cordon, as labels or annotations. Of its sixty labels no other is read."""

    cordoned_by: str = field(default="", name="k8saas.nvidia.com/cordon-by")
    cordoned_because: str = field(default="", name="k8saas.nvidia.com/cordon-reason")
    cordoned_at: str = field(default="", name="k8saas.nvidia.com/cordon-timestamp")
    nvsentinel: str = field(default="", name="dgxc.nvidia.com/nvsentinel-state")


class NodeMeta(Meta, rename="camel", frozen=True, gc=False):
    labels: NodeMarks = NodeMarks()
    annotations: NodeMarks = NodeMarks()

    def mark(self, name: str) -> str:
        """One of `NodeMarks`, wherever it stands; empty where it does not."""
        return str(getattr(self.annotations, name) or getattr(self.labels, name))


class Taint(Struct, rename="camel", frozen=True, gc=False):
    key: str = ""
    value: str | None = None
    effect: str = ""
    time_added: datetime | None = None


class NodeSpec(Struct, frozen=True, gc=False):
    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()


class NodeStatus(Struct, frozen=True, gc=False):
    capacity: dict[str, Quantity] = {}
    allocatable: dict[str, Quantity] = {}
    conditions: tuple[Condition, ...] = ()


class Node(Struct, frozen=True, gc=False):
    metadata: NodeMeta = NodeMeta()
    spec: NodeSpec = NodeSpec()
    status: NodeStatus = NodeStatus()

    @property
    def name(self) -> str:
        return self.metadata.name

    def condition(self, type: str) -> Condition | None:
        return condition(self.status.conditions, type)

    @property
    def ready(self) -> bool:
        found = self.condition("Ready")
        return found is not None and found.status == "True"


class PodSpec(Struct, rename="camel", frozen=True, gc=False):
    node_name: str = ""
    containers: tuple[Container, ...] = ()


class Waiting(Struct, frozen=True, gc=False):
    reason: str = ""
    message: str = ""


class Running(Struct, rename="camel", frozen=True, gc=False):
    started_at: datetime | None = None


class Terminated(Struct, rename="camel", frozen=True, gc=False):
    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ContainerState(Struct, frozen=True, gc=False):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Struct, rename="camel", frozen=True, gc=False):
    name: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()

    @property
    def ended(self) -> Terminated | None:
        """How it ended, now or the time before."""
        return self.state.terminated or self.last_state.terminated


class PodStatus(Struct, rename="camel", frozen=True, gc=False):
    phase: str = ""
    reason: str = ""
    message: str = ""
    start_time: datetime | None = None
    conditions: tuple[Condition, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()


class Pod(Struct, frozen=True, gc=False):
    metadata: PodMeta = PodMeta()
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def key(self) -> str:
        return f"{self.metadata.namespace}/{self.metadata.name}"

    @property
    def containers(self) -> tuple[ContainerStatus, ...]:
        return self.status.init_container_statuses + self.status.container_statuses


class PodTemplate(Struct, frozen=True, gc=False):
    spec: PodSpec = PodSpec()


class JobSpec(Struct, rename="camel", frozen=True, gc=False):
    suspend: bool | None = False
    parallelism: int | None = 1
    completions: int | None = None
    backoff_limit: int | None = None
    template: PodTemplate = PodTemplate()


class JobStatus(Struct, rename="camel", frozen=True, gc=False):
    active: int = 0
    ready: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: datetime | None = None
    completion_time: datetime | None = None
    conditions: tuple[Condition, ...] = ()


class Job(Struct, frozen=True, gc=False):
    metadata: LabelledMeta = LabelledMeta()
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()

    @property
    def key(self) -> str:
        return f"{self.metadata.namespace}/{self.metadata.name}"

    def condition(self, type: str) -> Condition | None:
        return condition(self.status.conditions, type)

    @property
    def finished(self) -> bool:
        return any(c.type in ("Complete", "Failed") and c.status == "True" for c in self.status.conditions)

    @property
    def state(self) -> str:
        """In a word: complete, failed, suspended, running (all pods), starting (some or none)."""
        for kind in ("Complete", "Failed", "Suspended"):
            if (found := self.condition(kind)) and found.status == "True":
                return kind.lower()
        return "running" if self.status.active >= (self.spec.parallelism or 1) else "starting"

    @property
    def queue(self) -> str:
        """The LocalQueue that it was handed to; empty where Kueue does not own it."""
        return self.metadata.labels.get(QUEUE_LABEL, "")

    @property
    def gpus(self) -> int:
        """GPUs that it wants when all its pods run."""
        return gpus_of(self.spec.template.spec.containers) * (self.spec.parallelism or 0)


class PodSet(Struct, frozen=True, gc=False):
    name: str = "main"
    count: int = 1
    template: PodTemplate = PodTemplate()


class WorkloadSpec(Struct, rename="camel", frozen=True, gc=False):
    queue_name: str = ""
    active: bool | None = True
    priority: int | None = None
    pod_sets: tuple[PodSet, ...] = ()


class Admission(Struct, rename="camel", frozen=True, gc=False):
    cluster_queue: str = ""


class WorkloadStatus(Struct, rename="camel", frozen=True, gc=False):
    conditions: tuple[Condition, ...] = ()
    admission: Admission | None = None


class Workload(Struct, frozen=True, gc=False):
    metadata: LabelledMeta = LabelledMeta()
    spec: WorkloadSpec = WorkloadSpec()
    status: WorkloadStatus = WorkloadStatus()

    @property
    def key(self) -> str:
        return f"{self.metadata.namespace}/{self.metadata.name}"

    def condition(self, type: str) -> Condition | None:
        return condition(self.status.conditions, type)

    def is_(self, type: str) -> bool:
        found = self.condition(type)
        return found is not None and found.status == "True"

    @property
    def job_uid(self) -> str:
        """Of the job that it stands for."""
        labelled = self.metadata.labels.get("kueue.x-k8s.io/job-uid", "")
        return labelled or next((o.uid for o in self.metadata.owner_references if o.controller), "")

    @property
    def pending(self) -> bool:
        return not (self.is_("QuotaReserved") or self.is_("Admitted") or self.is_("Finished")) and (
            self.spec.active is not False
        )

    @property
    def gpus(self) -> int:
        return sum(gpus_of(s.template.spec.containers) * s.count for s in self.spec.pod_sets)


class ResourceQuota(Struct, rename="camel", frozen=True, gc=False):
    name: str = ""
    nominal_quota: Quantity = 0
    borrowing_limit: Quantity | None = None


class FlavorQuota(Struct, frozen=True, gc=False):
    name: str = ""
    resources: tuple[ResourceQuota, ...] = ()


class ResourceGroup(Struct, frozen=True, gc=False):
    flavors: tuple[FlavorQuota, ...] = ()


class ClusterQueueSpec(Struct, rename="camel", frozen=True, gc=False):
    cohort: str = ""
    cohort_name: str = ""
    queueing_strategy: str = ""
    stop_policy: str | None = None
    resource_groups: tuple[ResourceGroup, ...] = ()


class ResourceUsage(Struct, frozen=True, gc=False):
    name: str = ""
    total: Quantity = 0
    borrowed: Quantity = 0


class FlavorUsage(Struct, frozen=True, gc=False):
    name: str = ""
    resources: tuple[ResourceUsage, ...] = ()


class QueueStatus(Struct, rename="camel", frozen=True, gc=False):
    conditions: tuple[Condition, ...] = ()
    pending_workloads: int = 0
    admitted_workloads: int = 0
    flavors_usage: tuple[FlavorUsage, ...] = ()


class ClusterQueue(Struct, frozen=True, gc=False):
    metadata: LabelledMeta = LabelledMeta()
    spec: ClusterQueueSpec = ClusterQueueSpec()
    status: QueueStatus = QueueStatus()

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def gpu_quota(self) -> int:
        flavors = (f for g in self.spec.resource_groups for f in g.flavors)
        return sum(whole(r.nominal_quota) for f in flavors for r in f.resources if is_gpu(r.name))

    @property
    def gpu_most(self) -> int | None:
        """Quota and what may be borrowed; None where there is no limit but the cohort's."""
        if not (self.spec.cohort or self.spec.cohort_name):
            return self.gpu_quota
        flavors = (f for g in self.spec.resource_groups for f in g.flavors)
        limits = [r.borrowing_limit for f in flavors for r in f.resources if is_gpu(r.name)]
        if None in limits:
            return None
        return self.gpu_quota + sum(whole(limit) for limit in limits if limit is not None)

    @property
    def gpus_used(self) -> int:
        return sum(whole(r.total) for f in self.status.flavors_usage for r in f.resources if is_gpu(r.name))


class LocalQueueSpec(Struct, rename="camel", frozen=True, gc=False):
    cluster_queue: str = ""
    stop_policy: str | None = None


class LocalQueue(Struct, frozen=True, gc=False):
    metadata: LabelledMeta = LabelledMeta()
    spec: LocalQueueSpec = LocalQueueSpec()
    status: QueueStatus = QueueStatus()

    @property
    def key(self) -> str:
        return f"{self.metadata.namespace}/{self.metadata.name}"


class DeploymentSpec(Struct, frozen=True, gc=False):
    replicas: int | None = 1


class DeploymentStatus(Struct, rename="camel", frozen=True, gc=False):
    ready_replicas: int = 0
    conditions: tuple[Condition, ...] = ()


class Deployment(Struct, frozen=True, gc=False):
    metadata: LabelledMeta = LabelledMeta()
    spec: DeploymentSpec = DeploymentSpec()
    status: DeploymentStatus = DeploymentStatus()

    @property
    def key(self) -> str:
        return f"{self.metadata.namespace}/{self.metadata.name}"


class Reference(Struct, frozen=True, gc=False):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EventSource(Struct, frozen=True, gc=False):
    component: str = ""
    host: str = ""


class Event(Struct, rename="camel", frozen=True, gc=False):
    """`type` is not only Normal or Warning: NVSentinel puts its check's name there. Times may all be null."""

    metadata: Meta = Meta()
    involved_object: Reference = Reference()
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int | None = 1
    first_timestamp: datetime | None = None
    last_timestamp: datetime | None = None
    event_time: datetime | None = None
    source: EventSource = EventSource()
    reporting_component: str = ""

    @property
    def at(self) -> datetime | None:
        return self.last_timestamp or self.event_time or self.first_timestamp or self.metadata.creation_timestamp

    @property
    def reporter(self) -> str:
        return self.source.component or self.reporting_component or "an event"


Object = Node | Pod | Job | Workload | ClusterQueue | LocalQueue | Event | Deployment

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"


def key(item: Object) -> str:
    """ "namespace/name", or the name alone for what belongs to no namespace."""
    meta = item.metadata
    return f"{meta.namespace}/{meta.name}" if meta.namespace else meta.name
