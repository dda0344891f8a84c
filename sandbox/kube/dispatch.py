"""Which function answers a request for a resource. Rights are already checked here."""

from aiohttp import web

from sandbox.kube import errors, reading, reviews, subresources, watching, writing
from sandbox.kube.call import Call, is_review

_READS = ("GET", "HEAD")
_SUBRESOURCES = {"eviction": subresources.evict, "binding": subresources.bind, "token": subresources.token}


def wants_watch(query: str) -> bool:
    return query.lower() in ("1", "true", "t")


async def dispatch(call: Call, open_watches: set[watching.Watch]) -> web.StreamResponse:
    method, target = call.request.method, call.target
    if is_review(target):
        if method != "POST":
            raise not_allowed()
        return await reviews.answer(call)
    if target.subresource not in ("", *call.kind.subresources):
        raise errors.NotFound("the server could not find the requested resource")
    if target.subresource and target.subresource != "status":
        return await _subresource(call)
    if not target.name:
        return await _collection(call, open_watches)
    if method in _READS:
        return reading.get(call)
    if method == "PUT":
        return await writing.update(call)
    if method == "PATCH":
        return await writing.patch(call)
    if method == "DELETE" and not target.subresource:
        return await writing.delete(call)
    raise not_allowed()


async def _collection(call: Call, open_watches: set[watching.Watch]) -> web.StreamResponse:
    method = call.request.method
    if method in _READS:
        if wants_watch(call.query("watch")):
            return await watching.watch(call, open_watches)
        return reading.list_objects(call)
    if method == "POST":
        if call.kind.namespaced and not call.target.namespace:
            raise errors.BadRequest("an empty namespace may not be set during creation")
        return await writing.create(call)
    if method == "DELETE":
        return await writing.delete_collection(call)
    raise not_allowed()


async def _subresource(call: Call) -> web.StreamResponse:
    method, name = call.request.method, call.target.subresource
    if name == "log" and method in _READS:
        return await subresources.log(call)
    if name == "scale" and method in ("GET", "PUT", "PATCH"):
        return await subresources.scale(call)
    if name in _SUBRESOURCES and method == "POST":
        return await _SUBRESOURCES[name](call)
    raise not_allowed()


def not_allowed() -> errors.MethodNotAllowed:
    return errors.MethodNotAllowed("the server does not allow this method on the requested resource")
