"""Defaults and refusals of the core kinds: pods, nodes, claims, secrets, and RBAC's objects."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kube import names, quantities
from sandbox.kube.kinds import Obj
from sandbox.kube.refusals import FieldErrors

Default = Callable[[Obj], None]
Check = Callable[[Obj, FieldErrors], None]
Change = Callable[[Obj, Obj, FieldErrors], None]

RESTART_POLICIES = ("Always", "OnFailure", "Never")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_MUTABLE_POD = ("activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "nodeName", "schedulingGates")


def default_pod_spec(spec: Obj, restart_policy: str | None = "Always") -> None:
    if restart_policy:
        spec.setdefault("restartPolicy", restart_policy)
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        if not isinstance(container, dict):
            continue
        image = str(container.get("image", ""))
        pinned = "@" in image or (":" in image.rpartition("/")[2] and not image.endswith(":latest"))
        container.setdefault("imagePullPolicy", "IfNotPresent" if pinned else "Always")
        container.setdefault("terminationMessagePath", "/dev/termination-log")
        container.setdefault("terminationMessagePolicy", "File")
        resources = container.setdefault("resources", {})
        if resources.get("limits"):
            resources["requests"] = resources["limits"] | (resources.get("requests") or {})


def _default_pod(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    default_pod_spec(spec)
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    if "uid" in obj["metadata"]:
        obj.setdefault("status", {"phase": "Pending", "qosClass": "BestEffort"})


def check_pod_spec(spec: Any, path: str, problems: FieldErrors) -> None:
    if not isinstance(spec, dict) or not spec.get("containers"):
        problems.required(f"{path}.containers")
        return
    policy = spec.get("restartPolicy")
    if policy is not None and policy not in RESTART_POLICIES:
        problems.unsupported(f"{path}.restartPolicy", policy, RESTART_POLICIES)
    not_negative(spec, path, problems, "terminationGracePeriodSeconds", "activeDeadlineSeconds")
    seen: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            _check_container(container, f"{path}.{field}[{index}]", seen, problems)
    for index, volume in enumerate(spec.get("volumes") or ()):
        if not volume.get("name"):
            problems.required(f"{path}.volumes[{index}].name")


def _check_container(container: Obj, path: str, seen: set[str], problems: FieldErrors) -> None:
    name = container.get("name")
    if not name:
        problems.required(f"{path}.name")
    else:
        names.label(f"{path}.name", name, problems)
        if name in seen:
            problems.duplicate(f"{path}.name", name)
        seen.add(name)
    if not container.get("image"):
        problems.required(f"{path}.image")
    resources = container.get("resources") or {}
    _check_resources(resources, f"{path}.resources", problems)


def _check_resources(resources: Obj, path: str, problems: FieldErrors) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for field, values in (("limits", limits), ("requests", requests)):
        for name, value in values.items():
            amount = quantities.parse(value)
            if amount is None:
                problems.invalid(f"{path}.{field}[{name}]", value, "quantities must match the regular expression "
                                 "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")  # fmt: skip
            elif amount < 0:
                problems.invalid(f"{path}.{field}[{name}]", str(value), "must be greater than or equal to 0")
    for name, value in requests.items():
        wanted, limit = quantities.parse(value), quantities.parse(limits[name]) if name in limits else None
        if "/" in name and limit is None:
            problems.required(f"{path}.limits", f"Limit must be set for non overcommitable resources: {name}")
        elif wanted is not None and limit is not None and wanted > limit:
            problems.invalid(f"{path}.requests", str(value),
                             f"must be less than or equal to {name} limit of {limits[name]}")  # fmt: skip
        elif "/" in name and wanted != limit:
            problems.invalid(f"{path}.requests", str(value), f"must be equal to {name} limit of {limits[name]}")


def not_negative(spec: Obj, path: str, problems: FieldErrors, *fields: str) -> None:
    for field in fields:
        value = spec.get(field)
        if isinstance(value, int) and not isinstance(value, bool) and value < 0:
            problems.invalid(f"{path}.{field}", value, "must be greater than or equal to 0")


def _check_pod(obj: Obj, problems: FieldErrors) -> None:
    check_pod_spec(obj.get("spec"), "spec", problems)


def _change_pod(old: Obj, new: Obj, problems: FieldErrors) -> None:
    def rest(obj: Obj) -> Obj:
        spec = {field: value for field, value in (obj.get("spec") or {}).items() if field not in _MUTABLE_POD}
        for field in ("containers", "initContainers"):
            spec[field] = [item | {"image": "", "imagePullPolicy": ""} for item in spec.get(field) or ()]
        return spec

    if rest(old) != rest(new):
        problems.forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,"
                           "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
                           "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
                           "set to 1 if it was previously negative)")  # fmt: skip


def _check_node(obj: Obj, problems: FieldErrors) -> None:
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate((obj.get("spec") or {}).get("taints") or ()):
        path, key, effect = f"spec.taints[{index}]", taint.get("key", ""), taint.get("effect", "")
        names.qualified(f"{path}.key", key, problems)
        if effect not in _EFFECTS:
            problems.unsupported(f"{path}.effect", effect, _EFFECTS)
        if (key, effect) in seen:
            problems.duplicate(path, taint)
        seen.add((key, effect))


def _default_claim(obj: Obj) -> None:
    obj.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    obj.setdefault("status", {"phase": "Pending"})


def _check_claim(obj: Obj, problems: FieldErrors) -> None:
    spec = obj.get("spec") or {}
    if not spec.get("accessModes"):
        problems.required("spec.accessModes", "at least 1 access mode is required")
    if not ((spec.get("resources") or {}).get("requests") or {}).get("storage"):
        problems.required("spec.resources[storage]")


def _change_claim(old: Obj, new: Obj, problems: FieldErrors) -> None:
    before = {field: value for field, value in old.get("spec", {}).items() if field != "resources"}
    after = {field: value for field, value in new.get("spec", {}).items() if field != "resources"}
    if before != after:
        problems.forbidden("spec", "spec is immutable after creation except resources.requests and "
                           "volumeAttributesClassName for bound claims")  # fmt: skip


def _default_secret(obj: Obj) -> None:
    obj.setdefault("type", "Opaque")
    for key, value in (obj.pop("stringData", None) or {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(str(value).encode()).decode()


def _default_namespace(obj: Obj) -> None:
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {"phase": "Active"})
    labels = obj["metadata"].get("labels") or {}
    if obj["metadata"].get("name"):
        obj["metadata"]["labels"] = labels | {"kubernetes.io/metadata.name": obj["metadata"]["name"]}


def _check_role(obj: Obj, problems: FieldErrors) -> None:
    for index, rule in enumerate(obj.get("rules") or ()):
        path = f"rules[{index}]"
        if not rule.get("verbs"):
            problems.required(f"{path}.verbs", "verbs must contain at least one value")
        if rule.get("nonResourceURLs"):
            continue
        if not rule.get("apiGroups"):
            problems.required(f"{path}.apiGroups", "resource rules must supply at least one api group")
        if not rule.get("resources"):
            problems.required(f"{path}.resources", "resource rules must supply at least one resource")


def _check_binding(obj: Obj, problems: FieldErrors) -> None:
    reference = obj.get("roleRef") or {}
    if reference.get("kind") not in ("Role", "ClusterRole"):
        problems.unsupported("roleRef.kind", reference.get("kind", ""), ("Role", "ClusterRole"))
    if not reference.get("name"):
        problems.required("roleRef.name")
    for index, subject in enumerate(obj.get("subjects") or ()):
        if not subject.get("name"):
            problems.required(f"subjects[{index}].name")


def _change_binding(old: Obj, new: Obj, problems: FieldErrors) -> None:
    if old.get("roleRef") != new.get("roleRef"):
        problems.invalid("roleRef", new.get("roleRef"), "cannot change roleRef")


_RBAC = "rbac.authorization.k8s.io"
DEFAULTS: Mapping[str, Default] = {
    "pods": _default_pod,
    "persistentvolumeclaims": _default_claim,
    "secrets": _default_secret,
    "namespaces": _default_namespace,
}
CHECKS: Mapping[str, Check] = {
    "pods": _check_pod,
    "nodes": _check_node,
    "persistentvolumeclaims": _check_claim,
    f"roles.{_RBAC}": _check_role,
    f"clusterroles.{_RBAC}": _check_role,
    f"rolebindings.{_RBAC}": _check_binding,
    f"clusterrolebindings.{_RBAC}": _check_binding,
}
CHANGES: Mapping[str, Change] = {
    "pods": _change_pod,
    "persistentvolumeclaims": _change_claim,
    f"rolebindings.{_RBAC}": _change_binding,
    f"clusterrolebindings.{_RBAC}": _change_binding,
}
