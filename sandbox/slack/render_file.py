"""How Slack writes a file on the wire."""

import mimetypes

from sandbox.slack import absent
from sandbox.slack.model import BOT_USER, TEAM, File, Json
from sandbox.slack.workspace import Workspace

PREVIEW = 1_000
"""Characters of a text file that Slack shows in the channel."""
_TEXT = ("text", "log", "json", "yaml", "yml", "csv", "md", "py", "sh", "txt", "patch", "ndjson")


def file(w: Workspace, f: File) -> Json:
    kind = f.name.rsplit(".", 1)[-1].lower() if "." in f.name else "text"
    mimetype = "text/plain" if kind in _TEXT else (mimetypes.guess_type(f.name)[0] or "application/octet-stream")
    place = f"{w.url}/files/{TEAM}-{f.id}/{f.name}"
    made: Json = {
        "id": f.id,
        "created": f.created,
        "timestamp": f.created,
        "updated": f.created,
        "name": f.name,
        "title": f.title or f.name,
        "mimetype": mimetype,
        "filetype": kind,
        "pretty_type": kind.upper() if mimetype != "text/plain" else "Plain Text",
        "user": f.user,
        "user_team": w.people[f.user].team,
        "source_team": w.people[f.user].team,
        "editable": mimetype == "text/plain",
        "size": len(f.content),
        "mode": "snippet" if mimetype == "text/plain" else "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(w.channels[c].kind == "channel" for c, _ in f.shares),
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": place,
        "url_private_download": f"{place}?download=1",
        "permalink": place,
        "permalink_public": place,
        "comments_count": 0,
        "shares": _shares(w, f),
        "channels": [c for c, _ in f.shares if w.channels[c].kind == "channel"],
        "groups": [c for c, _ in f.shares if w.channels[c].kind == "private"],
        "ims": [c for c, _ in f.shares if w.channels[c].kind == "im"],
        "has_more_shares": False,
        "is_starred": False,
        "has_rich_preview": False,
        "file_access": "visible",
        "media_display_type": "unknown",
    }
    if f.alt:
        made["alt_txt"] = f.alt
    if mimetype == "text/plain":
        made |= _preview(f, place)
    return absent.fill(made, absent.FILE)


def _preview(f: File, place: str) -> Json:
    text = f.content.decode("utf-8", "replace")
    shown = text[:PREVIEW]
    lines = text.count("\n") + 1
    return {
        "edit_link": f"{place}/edit",
        "preview": shown,
        "preview_highlight": shown,
        "lines": lines,
        "lines_more": max(0, lines - shown.count("\n") - 1),
        "preview_is_truncated": len(shown) < len(text),
    }


def _shares(w: Workspace, f: File) -> Json:
    made: Json = {}
    for channel, ts in f.shares:
        c = w.channels[channel]
        share: Json = {
            "reply_users": [],
            "reply_users_count": 0,
            "reply_count": 0,
            "ts": ts,
            "channel_name": c.name,
            "team_id": TEAM,
            "share_user_id": f.user or BOT_USER,
            "source": "UNKNOWN",
            "is_silent_share": False,
            "date_last_shared": f.created,
        }
        m = c.messages.get(ts)
        if m is not None and m.thread_ts:
            share |= {"thread_ts": m.thread_ts, "latest_reply": w.thread(c, m.thread_ts)[-1].ts}
        share = absent.fill(share, absent.SHARE)
        made.setdefault("public" if c.kind == "channel" else "private", {}).setdefault(channel, []).append(share)
    return made
