"""Defaults and refusals of Jobs, Deployments and their kin, and of Kueue's queues and workloads."""

from collections.abc import Mapping
from typing import Any

from sandbox.kube import selectors
from sandbox.kube.kinds import Obj
from sandbox.kube.refusals import FieldErrors
from sandbox.kube.rules_core import Change, Check, Default, check_pod_spec, default_pod_spec, not_negative

UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")
# What a scheduler may still decide while a job is suspended and has not started (KEP-2926).
_DIRECTIVES = ("nodeSelector", "tolerations", "affinity", "schedulingGates")


def _default_job(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    if spec.get("parallelism") is None:
        spec["parallelism"] = 1
    for field, value in (("backoffLimit", 6), ("suspend", False), ("completionMode", "NonIndexed"),
                         ("manualSelector", False), ("podReplacementPolicy", "TerminatingOrFailed")):  # fmt: skip
        spec.setdefault(field, value)
    template = spec.get("template")
    if not isinstance(template, dict):
        return
    if isinstance(template.get("spec"), dict):
        default_pod_spec(template["spec"], None)
    if not spec["manualSelector"] and "selector" not in spec:
        uid, name = obj["metadata"]["uid"], obj["metadata"].get("name", "")
        labels = template.setdefault("metadata", {}).get("labels") or {}
        made = dict.fromkeys(UID_LABELS, uid) | dict.fromkeys(NAME_LABELS, name)
        template["metadata"]["labels"] = made | labels
        spec["selector"] = {"matchLabels": {UID_LABELS[0]: uid}}


def _check_job(obj: Obj, problems: FieldErrors) -> None:
    spec, uid = obj["spec"], obj["metadata"]["uid"]
    not_negative(spec, "spec", problems, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit",
                 "ttlSecondsAfterFinished")  # fmt: skip
    template = spec.get("template")
    if not isinstance(template, dict) or not isinstance(template.get("spec"), dict):
        problems.required("spec.template.spec.containers")
        return
    selector = (spec.get("selector") or {}).get("matchLabels") or {}
    if not spec.get("manualSelector") and selector != {UID_LABELS[0]: uid} and uid not in selector.values():
        problems.invalid("spec.selector", spec.get("selector"), "`selector` not auto-generated")
    labels = (template.get("metadata") or {}).get("labels") or {}
    for key in UID_LABELS:
        if not spec.get("manualSelector") and labels.get(key, uid) != uid:
            problems.invalid("spec.template.metadata.labels", labels, f"must be '{uid}'")
    if spec.get("completionMode") == "Indexed" and spec.get("completions") is None:
        problems.required("spec.completions", "when completion mode is Indexed")
    policy = template["spec"].get("restartPolicy")
    if policy is None:
        problems.required("spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')
    elif policy not in ("OnFailure", "Never"):
        problems.unsupported("spec.template.spec.restartPolicy", policy, ("OnFailure", "Never"))
    check_pod_spec(template["spec"], "spec.template.spec", problems)


def _change_job(old: Obj, new: Obj, problems: FieldErrors) -> None:
    was, now = old["spec"], new["spec"]
    for field in ("completions", "selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"):
        # An Indexed job may be scaled by both numbers at once.
        elastic = now.get("completionMode") == "Indexed" and now.get("completions") == now.get("parallelism")
        if was.get(field) != now.get(field) and not (field == "completions" and elastic):
            problems.invalid(f"spec.{field}", now.get(field), "field is immutable")
    started = (old.get("status") or {}).get("startTime")
    free = _DIRECTIVES if was.get("suspend") and not started else ()
    if _template(was, free) != _template(now, free):
        problems.invalid("spec.template", now.get("template"), "field is immutable")


def _template(spec: Obj, free: tuple[str, ...]) -> Any:
    template = spec.get("template") or {}
    metadata = template.get("metadata") or {}
    shown = {"labels": metadata.get("labels") or {}, "annotations": metadata.get("annotations") or {}}
    if free:
        shown = {}
    pod = {field: value for field, value in (template.get("spec") or {}).items() if field not in free}
    return {"spec": pod, "metadata": shown}


def _default_replicated(obj: Obj) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    template = spec.get("template")
    if isinstance(template, dict) and isinstance(template.get("spec"), dict):
        default_pod_spec(template["spec"])


def _default_deployment(obj: Obj) -> None:
    _default_replicated(obj)
    spec = obj["spec"]
    spec.setdefault("strategy", {"type": "RollingUpdate",
                                 "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}})  # fmt: skip
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _check_replicated(obj: Obj, problems: FieldErrors) -> None:
    spec = obj.get("spec") or {}
    not_negative(spec, "spec", problems, "replicas", "minReadySeconds", "revisionHistoryLimit")
    if not spec.get("selector"):
        problems.required("spec.selector")
    template = spec.get("template")
    if not isinstance(template, dict):
        problems.required("spec.template")
        return
    labels = (template.get("metadata") or {}).get("labels") or {}
    if spec.get("selector") and not selectors.from_object(spec["selector"])(labels):
        problems.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    policy = (template.get("spec") or {}).get("restartPolicy", "Always")
    if policy != "Always":
        problems.unsupported("spec.template.spec.restartPolicy", policy, ("Always",))
    check_pod_spec(template.get("spec"), "spec.template.spec", problems)


def _change_replicated(old: Obj, new: Obj, problems: FieldErrors) -> None:
    if (old.get("spec") or {}).get("selector") != new["spec"].get("selector"):
        problems.invalid("spec.selector", new["spec"].get("selector"), "field is immutable")


def _change_workload(old: Obj, new: Obj, problems: FieldErrors) -> None:
    reserved = any(
        item["type"] == "QuotaReserved" and item["status"] == "True"
        for item in (old.get("status") or {}).get("conditions") or ()
    )
    if reserved and (old.get("spec") or {}).get("podSets") != (new.get("spec") or {}).get("podSets"):
        problems.invalid("spec.podSets", "", "field is immutable")


def _change_local_queue(old: Obj, new: Obj, problems: FieldErrors) -> None:
    if (old.get("spec") or {}).get("clusterQueue") != (new.get("spec") or {}).get("clusterQueue"):
        problems.invalid("spec.clusterQueue", (new.get("spec") or {}).get("clusterQueue"), "field is immutable")


def _default_workload(obj: Obj) -> None:
    obj.setdefault("spec", {}).setdefault("active", True)


_REPLICATED = ("replicasets.apps", "statefulsets.apps")
DEFAULTS: Mapping[str, Default] = {
    "jobs.batch": _default_job,
    "deployments.apps": _default_deployment,
    **dict.fromkeys(_REPLICATED, _default_replicated),
    "workloads.kueue.x-k8s.io": _default_workload,
}
CHECKS: Mapping[str, Check] = {
    "jobs.batch": _check_job,
    "deployments.apps": _check_replicated,
    "daemonsets.apps": _check_replicated,
    **dict.fromkeys(_REPLICATED, _check_replicated),
}
CHANGES: Mapping[str, Change] = {
    "jobs.batch": _change_job,
    "deployments.apps": _change_replicated,
    "daemonsets.apps": _change_replicated,
    **dict.fromkeys(_REPLICATED, _change_replicated),
    "workloads.kueue.x-k8s.io": _change_workload,
    "localqueues.kueue.x-k8s.io": _change_local_queue,
}
