"""Files: the bytes that an app uploads and people attach, and `/files/…`, where they are read again."""

import base64
import binascii
from typing import Any

from aiohttp import web

from sandbox.slack.errors import ControlError
from sandbox.slack.model import BOT_TOKEN, File, Json
from sandbox.slack.registry import Context
from sandbox.slack.render_file import file
from sandbox.slack.workspace import Workspace


class Uploads:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def upload(self, request: web.Request) -> web.Response:
        """`POST /upload/<id>`: the bytes themselves, or a multipart form whose one part is the file."""
        found = self._context.w.files.get(request.match_info["id"])
        entry = self._context.traffic.add("upload", "upload", {"file": request.match_info["id"]})
        if found is None or found.complete:
            entry["status"] = 404
            return web.Response(status=404, text="not found")
        content = await _bytes(request)
        if len(content) != found.length:
            entry["status"] = 400
            return web.Response(status=400, text=f"expected {found.length} bytes, got {len(content)}")
        found.content, found.uploaded = content, True
        return web.Response(text=f"OK - {len(content)}")

    async def read(self, request: web.Request) -> web.Response:
        """`GET /files/<team>-<id>/<name>`: the page reads without a token, as a signed-in browser does."""
        found = self._context.w.files.get(request.match_info["id"].partition("-")[2])
        if found is None or not found.uploaded:
            return web.Response(status=404, text="not found")
        given = request.headers.get("Authorization", "")
        if given and given != f"Bearer {BOT_TOKEN}":
            return web.Response(status=403, text="not allowed")
        mimetype = file(self._context.w, found)["mimetype"]
        attachment = request.query.get("download") or not mimetype.startswith(("image/", "text/plain"))
        disposition = {"Content-Disposition": "attachment"} if attachment or mimetype == "image/svg+xml" else {}
        headers = {"X-Content-Type-Options": "nosniff", **disposition}
        return web.Response(body=found.content, content_type=mimetype, headers=headers)


async def _bytes(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""


def people_file(w: Workspace, user: str, given: Json) -> File:
    """A file as the control API takes it: `{name, text}` or `{name, base64}`."""
    try:
        content = given["text"].encode() if "text" in given else base64.b64decode(given["base64"], validate=True)
        name = str(given["name"])
    except (KeyError, AttributeError, binascii.Error):
        raise ControlError("invalid_file", "A file needs a name, and text or base64.") from None
    made = File(w.id("F"), name, name, user, w.now(), content, len(content), uploaded=True, complete=True)
    w.files[made.id] = made
    return made


def attach(w: Workspace, user: str, given: list[Any]) -> list[Json]:
    """Files of a `file_input`, as a view's state carries them."""
    return [file(w, people_file(w, user, one)) if "id" not in one else one for one in given]
