"""Small words that every part of the fleet uses: time stamps, conditions, references, seeded randomness.

Pure: times are arguments, and randomness comes from names, so that two sandboxes of one seed are the same.
"""

import hashlib
import random
import uuid
from datetime import UTC, datetime
from typing import Any

Obj = dict[str, Any]
Name = tuple[str, str]
"""(namespace, name); the namespace of a cluster-wide object is empty."""

GPU = "nvidia.com/gpu"
QUEUE = "kueue.x-k8s.io/queue-name"
JOB_UID = "kueue.x-k8s.io/job-uid"
JOB_NAME = "batch.kubernetes.io/job-name"
INDEX = "batch.kubernetes.io/job-completion-index"
TRACKING = "batch.kubernetes.io/job-tracking"
REGION = "topology.kubernetes.io/region"
LEAF = "network.topology.nvidia.com/leaf"

_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"


def stamp(at: datetime) -> str:
    """As Kubernetes writes a time: UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def micro(at: datetime) -> str:
    """As Kubernetes writes a MicroTime."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def dice(seed: int, *about: object) -> random.Random:
    """The same for the same words, in every process."""
    words = "/".join(str(a) for a in (seed, *about))
    return random.Random(int.from_bytes(hashlib.blake2b(words.encode(), digest_size=8).digest(), "big"))


def suffix(seed: int, *about: object, length: int = 5) -> str:
    """As Kubernetes ends generated names: no vowels, no digits that look like letters."""
    return "".join(dice(seed, "suffix", *about).choices(_SUFFIX, k=length))


def uid(seed: int, *about: object) -> str:
    return str(uuid.UUID(int=dice(seed, "uid", *about).getrandbits(128), version=4))


def name_of(obj: Obj) -> Name:
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


def labels_of(obj: Obj) -> dict[str, str]:
    found: dict[str, str] = obj["metadata"].get("labels") or {}
    return found


def condition(obj: Obj, type: str) -> Obj | None:
    return next((c for c in obj.get("status", {}).get("conditions") or () if c["type"] == type), None)


def is_true(obj: Obj, type: str) -> bool:
    found = condition(obj, type)
    return found is not None and found["status"] == "True"


def set_condition(
    obj: Obj, type: str, status: str, reason: str, message: str, now: datetime, probe: str | None = None
) -> None:
    """Adds or changes one condition of `status.conditions`. `probe` names a field that is stamped each time."""
    conditions = obj.setdefault("status", {}).setdefault("conditions", [])
    found = next((c for c in conditions if c["type"] == type), None)
    if found is None:
        found = {"type": type, "status": "", "lastTransitionTime": stamp(now)}
        conditions.append(found)
    if found["status"] != status:
        found["lastTransitionTime"] = stamp(now)
    found.update(status=status, reason=reason, message=message)
    if probe:
        found[probe] = stamp(now)


def owner(api: str, obj: Obj, kind: str) -> Obj:
    """The reference by which `obj` owns another object."""
    return {
        "apiVersion": api,
        "kind": kind,
        "name": obj["metadata"]["name"],
        "uid": obj["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def owner_of(obj: Obj) -> Obj | None:
    return next((o for o in obj["metadata"].get("ownerReferences") or () if o.get("controller")), None)


def gpus_of(spec: Obj) -> int:
    """GPUs that a pod spec asks for."""
    return sum(int((c.get("resources", {}).get("requests") or {}).get(GPU, 0)) for c in spec["containers"])


def over(pod: Obj) -> bool:
    """Whether a pod holds nothing any more."""
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")
