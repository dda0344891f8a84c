"""Writes `schema.json`: the types of the built-in kinds' fields, read off the official client's generated models.

Run by hand when the client is upgraded: `python -m sandbox.kube.schema_build`. At run time only the file is read,
because importing the models takes more than a second.
"""

import inspect
import json
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("schema.json")
ROOTS = (
    "V1Namespace", "V1Node", "V1Pod", "CoreV1Event", "EventsV1Event", "V1ServiceAccount", "V1PersistentVolumeClaim",
    "V1PersistentVolume", "V1ResourceQuota", "V1ConfigMap", "V1Secret", "V1Service", "V1Deployment", "V1ReplicaSet",
    "V1StatefulSet", "V1DaemonSet", "V1Job", "V1Lease", "V1PriorityClass", "V1StorageClass", "V1Role",
    "V1RoleBinding", "V1ClusterRole", "V1ClusterRoleBinding", "V1DeleteOptions",
)  # fmt: skip
_NESTED = re.compile(r"(?:list\[|dict\[str, )(.*)\]")
_REQUIRED = re.compile(r"must not be `None`")


def build() -> dict[str, Any]:
    """Type → field → [type of the value, whether it is required]."""
    from kubernetes.client import models

    found: dict[str, Any] = {}
    waiting = list(ROOTS)
    while waiting:
        name = waiting.pop()
        model = getattr(models, name, None)
        if name in found or model is None:
            continue
        fields = found[name] = {}
        for attribute, value in model.openapi_types.items():
            setter = getattr(model, attribute).fset
            required = bool(_REQUIRED.search(inspect.getsource(setter)))
            fields[model.attribute_map[attribute]] = [value, int(required)]
            inner = _NESTED.fullmatch(value)
            while inner and (deeper := _NESTED.fullmatch(inner[1])):
                inner = deeper
            waiting.append(inner[1] if inner else value)
    return dict(sorted(found.items()))


if __name__ == "__main__":
    FILE.write_text(json.dumps(build(), sort_keys=True, separators=(",", ":")) + "\n")
