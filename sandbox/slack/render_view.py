"""How Slack writes a view on the wire."""

from sandbox.slack.model import APP, BOT, TEAM, Json, View
from sandbox.slack.workspace import Workspace


def view(w: Workspace, v: View) -> Json:
    body = v.body
    made: Json = {
        "id": v.id,
        "team_id": TEAM,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "state": {"values": v.state},
        "hash": v.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "close": _text(body.get("close")),
        "submit": _text(body.get("submit")),
        "submit_disabled": bool(body.get("submit_disabled")),
        "previous_view_id": v.previous or None,
        "root_view_id": v.root,
        "app_id": APP,
        "external_id": v.external_id,
        "app_installed_team_id": TEAM,
        "bot_id": BOT,
    }
    made["title"] = _text(made["title"])
    return made


def _text(value: Json | None) -> Json | None:
    return None if value is None else {"emoji": True, **value}
