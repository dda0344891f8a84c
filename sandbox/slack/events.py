"""The Events API: which of what happens the app subscribed to and may know, and the envelope it comes in."""

import base64
import json
from typing import Any

from sandbox.slack import absent, render
from sandbox.slack.delivery import Delivery, Envelope
from sandbox.slack.model import APP, BOT_USER, TEAM, VERIFICATION_TOKEN, Channel, Json, Message
from sandbox.slack.workspace import Workspace

_MESSAGES = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Events:
    def __init__(self, w: Workspace, delivery: Delivery) -> None:
        self._w, self._delivery = w, delivery
        self._n = 0

    def tell(self, event: Json, channel: str) -> None:
        """Sends `event` if the app asked for its type and is where it happened."""
        place = self._w.channels.get(channel)
        if not self._subscribed(event, place):
            return
        if place is not None and BOT_USER not in place.members and event["type"] not in _FROM_OUTSIDE:
            return
        url = self._w.app.events_url
        self._delivery.tell(Envelope("events_api", self.wrap(event, place), event["type"], url))

    def wrap(self, event: Json, place: Channel | None) -> Json:
        self._n += 1
        shared = bool(place and place.shared)
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM,
            "enterprise_id": None,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev0{self._n:09X}",
            "event_time": self._w.now(),
            "authed_users": [BOT_USER],
            "authed_teams": [TEAM],
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": BOT_USER,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": shared,
            "event_context": _context(event, place),
        }

    def _subscribed(self, event: Json, place: Channel | None) -> bool:
        kind = event["type"]
        if kind == "app_rate_limited":
            return True
        if kind == "message" and place is not None:
            kind = _MESSAGES[place.channel_type]
        return kind in self._w.app.events


_FROM_OUTSIDE = frozenset({"member_left_channel", "channel_rename", "channel_shared", "channel_unshared"})


def _context(event: Json, place: Channel | None) -> str:
    inside = {"et": event["type"], "tid": TEAM, "aid": APP, "cid": place.id if place else ""}
    return "4-" + base64.b64encode(json.dumps(inside, separators=(",", ":")).encode()).decode()


def posted(w: Workspace, m: Message) -> None:
    """A new message: `message` for everybody, and `app_mention` beside it where the app is named by somebody else."""
    c = w.channels[m.channel]
    shown = render.message(w, m)
    event: dict[str, Any] = {**shown, "channel": c.id, "channel_type": c.channel_type, "event_ts": m.ts}
    if m.subtype == "thread_broadcast":
        event["root"] = render.root(w, c.messages[m.thread_ts])
    for key in ("reply_count", "reply_users", "reply_users_count", "latest_reply", "subscribed", "last_read"):
        event.pop(key, None)
    w.emit(absent.fill(event, absent.NEW), c.id)
    if _mentions(m.text):
        _mention(w, m, event)


def _mentions(text: str) -> bool:
    return f"<@{BOT_USER}>" in text or f"<@{BOT_USER}|" in text


def _mention(w: Workspace, m: Message, event: Json) -> None:
    c = w.channels[m.channel]
    if m.by_bot or c.kind == "im":
        return
    kept = {k: v for k, v in event.items() if k not in ("channel_type", "parent_user_id", "root")}
    w.emit(absent.fill(kept | {"type": "app_mention"}, absent.MENTION), c.id)


def changed(w: Workspace, m: Message, before: Json) -> None:
    """An edit that names the app for the first time is a mention too."""
    after = render.message(w, m)
    _hidden(w, m, "message_changed", {"message": after, "previous_message": before})
    if _mentions(m.text) and not _mentions(before["text"]):
        _mention(w, m, after | {"channel": m.channel})


def deleted(w: Workspace, m: Message, before: Json) -> None:
    _hidden(w, m, "message_deleted", {"deleted_ts": m.ts, "previous_message": before})


def _hidden(w: Workspace, m: Message, subtype: str, more: Json) -> None:
    c = w.channels[m.channel]
    at = w.next_ts(c)
    event = {
        "type": "message",
        "subtype": subtype,
        "channel": c.id,
        "hidden": True,
        "ts": at,
        "event_ts": at,
        "channel_type": c.channel_type,
    }
    w.emit(event | more, c.id)


def reaction(w: Workspace, kind: str, user: str, name: str, m: Message) -> None:
    event = {
        "type": kind,
        "user": user,
        "reaction": name,
        "item": {"type": "message", "channel": m.channel, "ts": m.ts},
        "item_user": m.user,
    }
    w.emit(event, m.channel)
