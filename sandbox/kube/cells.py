"""What stands in a cell of `kubectl get`: durations, phases and counts, computed as the API server's printers do."""

import re
from datetime import UTC, datetime
from typing import Any

Obj = dict[str, Any]
NONE, UNKNOWN = "<none>", "<unknown>"
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]|\[\?\(@\.(\w+)==[\"'](.*?)[\"']\)\]")


def find(obj: Any, path: str) -> Any:
    """The part of JSONPath that printer columns use: `.a.b`, `[0]`, `[?(@.type=='X')].status`, `\\.` in a key."""
    for name, index, field, value in _STEP.findall(path.replace("\\.", "\0").lstrip(".")):
        if name:
            obj = obj.get(name.replace("\0", ".")) if isinstance(obj, dict) else None
        elif index:
            obj = obj[int(index)] if isinstance(obj, list) and int(index) < len(obj) else None
        else:
            obj = next((item for item in obj or () if str(item.get(field)) == value), None)
        if obj is None:
            return None
    return obj


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def duration(seconds: float) -> str:
    """`duration.HumanDuration` of k8s.io/apimachinery."""
    total = int(seconds)
    if total < -1:
        return "<invalid>"
    if total <= 0:
        return "0s"
    minutes, hours, days = total // 60, total // 3600, total // 86400
    if total < 120:
        return f"{total}s"
    if minutes < 10:
        return f"{minutes}m{total % 60}s" if total % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if days < 8:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    if days < 730:
        return f"{days}d"
    years = days // 365
    return f"{years}y{days % 365}d" if years < 8 and days % 365 else f"{years}y"


def since(text: str | None, now: datetime) -> str:
    at = when(text)
    return UNKNOWN if at is None else duration((now - at).total_seconds())


def age(obj: Obj, now: datetime) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def joined(values: Any) -> str:
    return ",".join(str(value) for value in values or ()) or NONE


def pairs(values: dict[str, Any] | None) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted((values or {}).items())) or NONE


def pod_status(obj: Obj, _now: datetime) -> str:
    """As `printPod`: the first reason that says more than the phase."""
    status = obj.get("status") or {}
    reason = status.get("reason") or status.get("phase") or UNKNOWN
    running = False
    for container in reversed(status.get("containerStatuses") or ()):
        state = container.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated")
        if waiting.get("reason"):
            reason = waiting["reason"]
        elif ended is not None:
            signal = ended.get("signal")
            code = f"Signal:{signal}" if signal else f"ExitCode:{ended.get('exitCode', 0)}"
            reason = ended.get("reason") or code
        elif container.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        reason = "Running"
    if "deletionTimestamp" in obj["metadata"]:
        reason = UNKNOWN if status.get("reason") == "NodeLost" else "Terminating"
    return str(reason)


def pod_ready(obj: Obj, _now: datetime) -> str:
    statuses = (obj.get("status") or {}).get("containerStatuses") or ()
    total = len((obj.get("spec") or {}).get("containers") or ())
    return f"{sum(1 for item in statuses if item.get('ready'))}/{total}"


def pod_restarts(obj: Obj, now: datetime) -> str:
    statuses = (obj.get("status") or {}).get("containerStatuses") or ()
    count = sum(item.get("restartCount", 0) for item in statuses)
    ends = [find(item, ".lastState.terminated.finishedAt") for item in statuses]
    last = max((end for end in ends if end), default=None)
    return f"{count} ({since(last, now)} ago)" if count and last else str(count)


def node_status(obj: Obj, _now: datetime) -> str:
    ready = find(obj, ".status.conditions[?(@.type=='Ready')].status")
    words = ["Unknown" if ready is None else "Ready" if ready == "True" else "NotReady"]
    if (obj.get("spec") or {}).get("unschedulable"):
        words.append("SchedulingDisabled")
    return ",".join(words)


def node_roles(obj: Obj, _now: datetime) -> str:
    prefix = "node-role.kubernetes.io/"
    labels = obj["metadata"].get("labels") or {}
    return ",".join(sorted(key.removeprefix(prefix) for key in labels if key.startswith(prefix))) or NONE


def job_status(obj: Obj, _now: datetime) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    true = {item["type"] for item in conditions if item.get("status") == "True"}
    for name, word in (("Complete", "Complete"), ("Failed", "Failed")):
        if name in true:
            return word
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    for name in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if name in true:
            return name
    return "Running"


def job_completions(obj: Obj, _now: datetime) -> str:
    spec, done = obj.get("spec") or {}, (obj.get("status") or {}).get("succeeded", 0)
    if spec.get("completions") is not None:
        return f"{done}/{spec['completions']}"
    parallelism = spec.get("parallelism") or 0
    return f"{done}/1 of {parallelism}" if parallelism > 1 else f"{done}/1"


def job_duration(obj: Obj, now: datetime) -> str:
    start, end = when(find(obj, ".status.startTime")), when(find(obj, ".status.completionTime"))
    return "" if start is None else duration(((end or now) - start).total_seconds())


def containers(obj: Obj, _now: datetime) -> str:
    return joined(item["name"] for item in find(obj, ".spec.template.spec.containers") or ())


def images(obj: Obj, _now: datetime) -> str:
    return joined(item.get("image") for item in find(obj, ".spec.template.spec.containers") or ())


def selector(obj: Obj, _now: datetime) -> str:
    return pairs(find(obj, ".spec.selector.matchLabels"))


def event_seen(obj: Obj, now: datetime) -> str:
    return since(find(obj, ".series.lastObservedTime") or obj.get("lastTimestamp") or obj.get("eventTime")
                 or obj["metadata"].get("creationTimestamp"), now)  # fmt: skip


def event_first(obj: Obj, now: datetime) -> str:
    return since(obj.get("firstTimestamp") or obj.get("eventTime"), now)


def event_object(obj: Obj, _now: datetime) -> str:
    about = obj.get("involvedObject") or {}
    return f"{about.get('kind', '').lower()}/{about.get('name', '')}"


def event_source(obj: Obj, _now: datetime) -> str:
    source = obj.get("source") or {}
    name = source.get("component") or obj.get("reportingComponent") or ""
    host = source.get("host") or obj.get("reportingInstance") or ""
    return f"{name}, {host}" if host else name
