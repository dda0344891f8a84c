"""What all objects have in common: names, owners, conditions, resources and how many GPUs they come to. Pure."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

Quantity = str | int


class Owner(Struct, frozen=True, gc=False):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool = False


class Condition(Struct, rename="camel", frozen=True, gc=False):
    type: str = ""
    status: str = "Unknown"
    reason: str | None = None
    message: str | None = None
    last_transition_time: datetime | None = None

    @property
    def at(self) -> datetime | None:
        return self.last_transition_time


class Meta(Struct, rename="camel", frozen=True, gc=False):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: datetime | None = None
    deletion_timestamp: datetime | None = None
    owner_references: tuple[Owner, ...] = ()


class LabelledMeta(Meta, rename="camel", frozen=True, gc=False):
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Resources(Struct, frozen=True, gc=False):
    requests: dict[str, Quantity] | None = None
    limits: dict[str, Quantity] | None = None


class Container(Struct, frozen=True, gc=False):
    name: str = ""
    image: str = ""
    resources: Resources = Resources()


GPU = "nvidia.com/gpu"


def is_gpu(resource: str) -> bool:
    """Whole GPUs and MIG slices: each counts as one that can be given away."""
    return resource == GPU or resource.startswith("nvidia.com/mig-")


def whole(quantity: Quantity) -> int:
    """A quantity of things that come whole. What is not a number counts as none."""
    try:
        return int(quantity)
    except ValueError:
        thousands = {"k": 1000, "M": 1_000_000}.get(str(quantity)[-1:], 0)
        return int(str(quantity)[:-1]) * thousands if thousands and str(quantity)[:-1].isdigit() else 0


def gpus_in(resources: dict[str, Quantity]) -> int:
    total = 0
    for name in resources:
        if name.startswith("nvidia.com/") and is_gpu(name):
            total += whole(resources[name])
    return total


def gpus_of(containers: Iterable[Container]) -> int:
    """GPUs that the containers of one pod ask for; a limit alone is a request too."""
    total = 0
    for container in containers:
        asked = container.resources.requests or container.resources.limits
        if asked:
            total += gpus_in(asked)
    return total


def condition(conditions: Iterable[Condition], type: str) -> Condition | None:
    for one in conditions:
        if one.type == type:
            return one
    return None
