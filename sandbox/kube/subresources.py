"""log, eviction, scale, binding and token: the parts of an object that have their own address."""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.kube import cells, errors, managed, patches, views
from sandbox.kube.call import Call
from sandbox.kube.kinds import Obj
from sandbox.kube.logs import Line, Window


async def log(call: Call) -> web.StreamResponse:
    """Text, in the kubelet's order of limits: since, then tail, then bytes."""
    pod = call.store.get("pods", call.target.name, call.namespace)
    container, window = _container(call, pod), _window(call)
    where = (call.target.namespace, call.target.name, container)
    lines = call.store.logs.lines(*where, previous=call.flag("previous"))
    if lines is None:
        _refuse_missing(call, pod, container)
        lines = ()
    past = window.cut(lines)
    if not call.flag("follow") or call.flag("previous"):
        return web.Response(body=past, content_type="text/plain")
    return await _follow(call, where, window, past)


def _container(call: Call, pod: Obj) -> str:
    spec = pod.get("spec") or {}
    regular = [item["name"] for item in spec.get("containers") or ()]
    known = regular + [item["name"] for item in spec.get("initContainers") or ()]
    name = call.query("container")
    if not name:
        if len(known) != 1:
            raise errors.BadRequest(f"a container name must be specified for pod {call.target.name}, "
                                    f"choose one of: [{' '.join(known)}]")  # fmt: skip
        return str(regular[0])
    if name not in known:
        raise errors.BadRequest(f"container {name} is not valid for pod {call.target.name}")
    return name


def _refuse_missing(call: Call, pod: Obj, container: str) -> None:
    """A container that never ran has no log, and says so; one that runs may just have written nothing."""
    if call.flag("previous"):
        raise errors.BadRequest(f'previous terminated container "{container}" in pod "{call.target.name}" not found')
    state = cells.find(pod, f".status.containerStatuses[?(@.name=='{container}')].state") or {}
    waiting = state.get("waiting")
    phase = cells.find(pod, ".status.phase")
    if waiting or phase == "Pending":
        why = (waiting or {}).get("reason") or "ContainerCreating"
        if not cells.find(pod, ".spec.nodeName"):
            raise errors.BadRequest(f"pod {call.target.name} does not have a host assigned")
        raise errors.BadRequest(f'container "{container}" in pod "{call.target.name}" is waiting to start: {why}')


def _window(call: Call) -> Window:
    tail, seconds, limit = call.number("tailLines"), call.number("sinceSeconds"), call.number("limitBytes")
    time = call.query("sinceTime")
    if seconds is not None and time:
        raise _bad_log_option(
            "sinceSeconds", "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified"
        )
    if seconds is not None and seconds < 1:
        raise _bad_log_option("sinceSeconds", f"Invalid value: {seconds}: must be greater than 0")
    if limit is not None and limit < 1:
        raise _bad_log_option("limitBytes", f"Invalid value: {limit}: must be greater than 0")
    since: datetime | None = None
    if seconds is not None:
        since = call.now - timedelta(seconds=seconds)
    elif time:
        try:
            since = cells.when(time)
        except ValueError as error:
            raise errors.BadRequest(f'parsing time "{time}": not RFC 3339') from error
    return Window(tail, since, limit, call.flag("timestamps"))


def _bad_log_option(field: str, message: str) -> errors.Invalid:
    details = {"kind": "PodLogOptions", "causes": [errors.cause(field, message)]}
    return errors.Invalid(f'PodLogOptions "" is invalid: {field}: {message}', details)


async def _follow(call: Call, where: tuple[str, str, str], window: Window, past: bytes) -> web.StreamResponse:
    queue: asyncio.Queue[Line | None] = asyncio.Queue()
    stop = call.store.logs.follow(*where, queue.put_nowait)
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    try:
        await response.prepare(call.request)
        with contextlib.suppress(ConnectionError):
            await response.write(past)
            while (line := await queue.get()) is not None:
                await response.write(line.encode(window.timestamps))
            await response.write_eof()
    finally:
        stop()
    return response


async def evict(call: Call) -> web.Response:
    """As a delete with the preconditions and grace of the eviction; there are no disruption budgets here."""
    body = await call.body()
    options = body.get("deleteOptions") or {}
    preconditions = options.get("preconditions") or {}
    call.store.delete(
        "pods",
        call.target.name,
        call.namespace,
        uid=preconditions.get("uid"),
        version=preconditions.get("resourceVersion"),
        grace=options.get("gracePeriodSeconds"),
        dry_run=call.dry_run or call.check_dry_run(options.get("dryRun") or []),
    )
    return _success(201)


async def bind(call: Call) -> web.Response:
    body = await call.body()
    node = (body.get("target") or {}).get("name")
    if not node:
        raise errors.BadRequest("target.name is required")
    pod = call.store.get("pods", call.target.name, call.namespace)
    if bound := cells.find(pod, ".spec.nodeName"):
        raise errors.Conflict(
            f'Operation cannot be fulfilled on pods/binding "{call.target.name}": pod {call.target.name} is already '
            f'assigned to node "{bound}"'
        )
    call.store.mutate("pods", call.target.name, call.namespace, lambda draft: draft["spec"].update(nodeName=node))
    return _success(201)


async def token(call: Call) -> web.Response:
    """A TokenRequest: a token that stands for the service account until the sandbox ends."""
    body = await call.body()
    call.store.get("serviceaccounts", call.target.name, call.namespace)
    made = call.cluster.tokens.add(f"system:serviceaccount:{call.target.namespace}:{call.target.name}")
    expires = call.now + timedelta(seconds=(body.get("spec") or {}).get("expirationSeconds", 3600))
    status = {"token": made, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
    shown = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1"} | body | {"status": status}
    return web.Response(body=views.encode(shown), status=201, content_type="application/json")


async def scale(call: Call) -> web.Response:
    """GET, PUT and PATCH of a Scale, written through to the object's replicas."""
    body = await call.body()  # before anything is read: another request may run meanwhile
    current = call.store.get(call.key, call.target.name, call.namespace)
    shown = _scale(call, current)
    if call.request.method in ("PUT", "PATCH"):
        wanted = patches.json_patch(shown, body) if isinstance(body, list) else patches.merge(shown, body)
        replicas = (wanted.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            message = f"Invalid value: {replicas}: must be greater than or equal to 0"
            details = {"causes": [errors.cause("spec.replicas", message)]}
            raise errors.Invalid(
                f'Scale.autoscaling "{call.target.name}" is invalid: spec.replicas: {message}', details
            )
        metadata = wanted.get("metadata") or {}
        call.store.check_preconditions(call.key, current, metadata.get("uid"), metadata.get("resourceVersion"))
        shown = _scale(call, _set_replicas(call, current, replicas))
    return web.Response(body=views.encode(shown), content_type="application/json")


def _set_replicas(call: Call, current: Obj, replicas: int) -> Obj:
    *parents, last = call.kind.replicas.split(".")

    def change(draft: Obj) -> None:
        part: Any = draft
        for step in parents:
            part = part.setdefault(step, {})
        part[last] = replicas
        managed.record(current, draft, call.manager, call.kind.api_version, call.store.timestamp(), "scale")

    return call.store.mutate(call.key, call.target.name, call.namespace, change, dry_run=call.dry_run)


def _scale(call: Call, obj: Obj) -> Obj:
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    metadata = {field: obj["metadata"][field] for field in kept if field in obj["metadata"]}
    status: Obj = {"replicas": cells.find(obj, call.kind.ready) or 0}
    found = cells.find(obj, call.kind.selector) if call.kind.selector else None
    if isinstance(found, dict):
        found = ",".join(f"{key}={value}" for key, value in sorted((found.get("matchLabels") or {}).items()))
    if found:
        status["selector"] = found
    spec = {"replicas": cells.find(obj, call.kind.replicas) or 0}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec, "status": status}


def _success(code: int) -> web.Response:
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": code}
    return web.Response(body=views.encode(body), status=code, content_type="application/json")
