"""`files.*`: upload in three steps (ask for a URL, send the bytes, say where it goes), and what became of it."""

from typing import Any

from sandbox.slack import events, posting
from sandbox.slack.errors import SlackError
from sandbox.slack.model import BOT_USER, Channel, File, Json, Message
from sandbox.slack.registry import Call, method
from sandbox.slack.render_file import file
from sandbox.slack.workspace import Workspace

MOST_BYTES = 1_000_000_000


@method("files.getUploadURLExternal", "files:write", tier=4)
def upload_url(call: Call) -> Json:
    w, args = call.w, call.args
    name, length = args.need("filename"), args.need("length")
    if not length.isdigit() or int(length) < 1:
        raise SlackError("invalid_arguments", messages=["[ERROR] must be greater than 0 [json-pointer:/length]"])
    if int(length) > MOST_BYTES:
        raise SlackError("file_upload_size_restricted")
    made = File(w.id("F"), name, name, BOT_USER, w.now(), length=int(length), alt=args.text("alt_txt"))
    w.files[made.id] = made
    return {"upload_url": f"{w.url}/upload/{made.id}", "file_id": made.id}


@method("files.completeUploadExternal", "files:write", tier=4)
def complete(call: Call) -> Json:
    w, args = call.w, call.args
    wanted = args.json("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: files"])
    found = [_uploaded(call, one) for one in wanted]
    names = args.names("channels") or [args.text("channel_id")]
    places = [w.channel(name) for name in names if name]
    for c in places:
        posting.may_post(w, c)
    for f in found:
        f.complete = True
    for c in places:
        thread_ts = posting.check_thread(c, args.text("thread_ts"))
        share(w, c, found, BOT_USER, args.text("initial_comment"), thread_ts)
    return {"files": [file(w, f) for f in found]}


def _uploaded(call: Call, one: Any) -> File:
    found = call.w.files.get(one.get("id", "")) if isinstance(one, dict) else None
    if found is None:
        raise SlackError("file_not_found")
    if found.complete:
        raise SlackError("file_already_completed")
    if not found.uploaded:
        raise SlackError("file_not_found")
    found.title = one.get("title") or found.name
    return found


@method("files.info", "files:read", tier=4)
def info(call: Call) -> Json:
    found = call.w.files.get(call.args.need("file"))
    if found is None or not found.complete:
        raise SlackError("file_not_found")
    return {
        "file": file(call.w, found),
        "content": found.content.decode("utf-8", "replace"),
        "content_highlight_html": None,
        "content_highlight_css": None,
        "content_highlight_html_truncated": False,
        "is_truncated": False,
        "comments": [],
        "paging": {"count": 100, "total": 0, "page": 1, "pages": 0},
        "response_metadata": {"next_cursor": ""},
    }


def share(w: Workspace, c: Channel, found: list[File], user: str, text: str, thread_ts: str) -> Message:
    """The message that carries files, and the events about them."""
    m = Message(c.id, w.next_ts(c), user, text, files=[f.id for f in found], thread_ts=thread_ts, subtype="file_share")
    for f in found:
        f.shares.append((c.id, m.ts))
    w.add(m)
    events.posted(w, m)
    for f in found:
        event = {"type": "file_shared", "file_id": f.id, "user_id": user, "file": {"id": f.id}, "channel_id": c.id}
        w.emit(event, c.id)
    return m
