"""get and list: one object, or a page of a consistent snapshot.

A `continue` token names a resourceVersion and the last object sent; the next page is read from the state at that
version, walked back through the history. When the history no longer reaches there, the token has expired: 410, with
a token that continues from the same place without consistency, as the API server offers.
"""

import base64
from typing import Any

import msgspec
from aiohttp import web

from sandbox.kube import errors, views
from sandbox.kube.call import Call
from sandbox.kube.kinds import Obj
from sandbox.kube.views import View

_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list "
    "without the continue parameter, or use the continue token in this response to retrieve the remainder of the "
    "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
    "modified, or deleted between the time the first chunk was returned and now may show up in the list."
)


def answer(view: View, body: Any, status: int = 200) -> web.Response:
    response = web.Response(body=views.encode(body), status=status)
    response.headers["Content-Type"] = view.content_type
    return response


def view_of(call: Call, *, listing: bool = False) -> View:
    accept = ",".join(call.request.headers.getall("Accept", []))
    return views.negotiate(accept, call.kind, call.target.version, call.query("includeObject"), listing=listing)


def get(call: Call) -> web.Response:
    view = view_of(call)
    if version := call.query("resourceVersion"):
        check_reachable(call, parse_version(version))
    obj = call.store.find(call.key, call.target.name, call.namespace)
    if obj is None:
        raise call.store.not_found(call.target.key, call.target.name)
    return answer(view, view.one(obj, call.now))


def list_objects(call: Call) -> web.Response:
    view = view_of(call, listing=True)
    limit, token = call.number("limit") or 0, call.query("continue")
    version, objects, after = _continued(call, token) if token else _snapshot(call, limit)
    chosen = call.store.select(
        call.key, objects, call.namespace, call.query("labelSelector"), call.query("fieldSelector")
    )
    if after:
        chosen = [obj for obj in chosen if _slot(obj) > after]
    page = chosen[:limit] if limit else chosen
    metadata: Obj = {"resourceVersion": str(version)}
    if len(page) < len(chosen):
        metadata["continue"] = _token(version, _slot(page[-1]))
        # With a selector the API server does not know how many are left.
        if not (call.query("labelSelector") or call.query("fieldSelector")):
            metadata["remainingItemCount"] = len(chosen) - len(page)
    return answer(view, view.many(page, metadata, call.now))


def _snapshot(call: Call, limit: int) -> tuple[int, list[Obj], None]:
    """Which state a first page shows, from resourceVersion and resourceVersionMatch."""
    text, match = call.query("resourceVersion"), call.query("resourceVersionMatch")
    if match not in ("", "Exact", "NotOlderThan"):
        raise bad_option("resourceVersionMatch", f'Unsupported value: "{match}"')
    if match and not text:
        raise bad_option("resourceVersionMatch", "Forbidden: resourceVersionMatch is forbidden unless "
                          "resourceVersion is provided")  # fmt: skip
    if match == "Exact" and text == "0":
        raise bad_option("resourceVersionMatch", 'Forbidden: resourceVersionMatch "Exact" is forbidden for '
                          'resourceVersion "0"')  # fmt: skip
    store, wanted = call.store, parse_version(text)
    check_reachable(call, wanted)
    exact = match == "Exact" or (not match and limit and wanted > 0)
    if exact and wanted != store.version:
        return wanted, store.at(call.key, wanted), None
    return store.version, store.ordered(call.key), None


def _continued(call: Call, token: str) -> tuple[int, list[Obj], tuple[str, str]]:
    if call.query("resourceVersion") not in ("", "0"):
        raise errors.BadRequest("specifying resource version is not allowed when using continue")
    try:
        decoded = msgspec.json.decode(base64.urlsafe_b64decode(token.encode()))
        version, after = int(decoded["rv"]), (str(decoded["start"][0]), str(decoded["start"][1]))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise errors.BadRequest("continue key is not valid") from error
    if version < 0:
        return call.store.version, call.store.ordered(call.key), after
    try:
        return version, call.store.at(call.key, version), after
    except errors.Expired as error:
        expired = errors.Expired(_EXPIRED)
        expired.continue_token = _token(-1, after)
        raise expired from error


def _token(version: int, after: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode({"rv": version, "start": after})).decode()


def _slot(obj: Obj) -> tuple[str, str]:
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def parse_version(text: str) -> int:
    if text and not text.isdigit():
        message = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise errors.Invalid(message, {"causes": [errors.cause("resourceVersion", message)]})
    return int(text or 0)


def check_reachable(call: Call, wanted: int) -> None:
    """A version that was never given out: the API server waits three seconds for it, and then says this."""
    if wanted > call.store.version:
        message = f"Too large resource version: {wanted}, current: {call.store.version}"
        causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
        raise errors.Timeout(f"Timeout: {message}", {"causes": causes, "retryAfterSeconds": 1})


def bad_option(field: str, message: str) -> errors.Invalid:
    text = f'ListOptions.meta.k8s.io "" is invalid: {field}: {message}'
    details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": [errors.cause(field, message)]}
    return errors.Invalid(text, details)
