"""Calendar feeds over HTTP. Whoever has the link may read; a link that opens nothing is answered like no link at all.

Google, Outlook and Apple ask again every few minutes to every day, each subscriber for themselves, and mostly nothing
has changed: an ETag answers that with 304 and no body. `?leads=1` adds who leads to everybody's calendar.
"""

from aiohttp import web

from bot.calendars.service import Calendars
from bot.errors import Temporary

KEPT = 300
"""Seconds for which the client itself need not ask again; nobody in between may keep a copy."""
_HEADERS = {
    "Cache-Control": f"private, max-age={KEPT}",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


async def answer(calendars: Calendars | None, request: web.Request) -> web.Response:
    """GET and HEAD."""
    if calendars is None:
        return web.Response(status=503, text="not ready", headers={"Retry-After": "5"})
    token, reader = request.match_info["token"], request.headers.get("User-Agent", "")
    try:
        document = await calendars.open(token, reader, leads=request.query.get("leads") == "1")
    except Temporary:
        return web.Response(status=503, text="not now", headers={"Retry-After": "30"})
    if document is None:
        raise web.HTTPNotFound
    headers = _HEADERS | {"ETag": document.etag}
    if _has(request, document.etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = "text/calendar; charset=utf-8"
    headers["Content-Disposition"] = f'inline; filename="{document.filename}"'
    return web.Response(body=document.body, headers=headers)


def _has(request: web.Request, etag: str) -> bool:
    """Whether the client has this already (RFC 9110, 13.1.2: weak or not is the same here)."""
    given = request.if_none_match or ()
    return any(one.value in ("*", etag.strip('"')) for one in given)
