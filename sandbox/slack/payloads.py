"""What the app is sent when a person does something: commands, block actions, submissions, shortcuts."""

import re
from typing import Any

from sandbox.slack import absent, inputs, render
from sandbox.slack.model import APP, TEAM, VERIFICATION_TOKEN, Channel, Json, Message, View
from sandbox.slack.registry import Context
from sandbox.slack.render_view import view as shown_view
from sandbox.slack.tickets import Tickets
from sandbox.slack.workspace import Workspace

_WORD = re.compile(r"(?<![\w<|/])([@#])([\w.-]*\w)")


class Payloads:
    def __init__(self, context: Context) -> None:
        self._w: Workspace = context.w
        self._tickets: Tickets = context.tickets

    def command(self, user: str, c: Channel, command: str, text: str, *, escape: bool) -> Json:
        person = self._w.people[user]
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM,
            "team_domain": self._w.teams[TEAM].domain,
            "enterprise_id": None,
            "enterprise_name": None,
            "channel_id": c.id,
            "channel_name": channel_name(c),
            "user_id": user,
            "user_name": person.name,
            "command": command,
            "text": escaped(self._w, user, text) if escape else text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self.response_url(c.id, user),
            "trigger_id": self._tickets.trigger(user),
        }

    def message_action(self, user: str, m: Message, block: Json, element: Json, chosen: Json) -> Json:
        c = self._w.channels[m.channel]
        container: Json = {
            "type": "message",
            "message_ts": m.ts,
            "channel_id": c.id,
            "is_ephemeral": bool(m.ephemeral_to),
        }
        if m.thread_ts:
            container["thread_ts"] = m.thread_ts
        made = self._base("block_actions", user) | {
            "container": container,
            "trigger_id": self._tickets.trigger(user),
            "channel": {"id": c.id, "name": channel_name(c)},
            "state": {"values": _state(m)},
            "response_url": self.response_url(c.id, user, m.ts, m.thread_ts if m.is_reply else ""),
            "actions": [self._action(block, element, chosen)],
        }
        made["container"] = absent.fill(container, absent.CONTAINER)
        made["app_unfurl"] = None
        return made if m.ephemeral_to else made | {"message": self._message(m)}

    def view_action(self, user: str, v: View, block: Json, element: Json, chosen: Json) -> Json:
        return self._base("block_actions", user) | {
            "container": absent.fill({"type": "view", "view_id": v.id}, absent.CONTAINER),
            "trigger_id": self._tickets.trigger(user, v.id),
            "view": shown_view(self._w, v),
            "state": {"values": v.state},
            "actions": [self._action(block, element, chosen)],
        }

    def submission(self, user: str, v: View) -> Json:
        return self._base("view_submission", user) | {
            "trigger_id": self._tickets.trigger(user, v.id),
            "view": shown_view(self._w, v),
            "response_urls": list(self._response_urls(user, v)),
            "is_cleared": False,
        }

    def closed(self, user: str, v: View, *, cleared: bool) -> Json:
        return self._base("view_closed", user) | {"view": shown_view(self._w, v), "is_cleared": cleared}

    def shortcut(self, user: str, callback_id: str) -> Json:
        more = {"callback_id": callback_id, "action_ts": self._w.event_ts(), "trigger_id": self._tickets.trigger(user)}
        return self._base("shortcut", user) | more

    def message_shortcut(self, user: str, callback_id: str, m: Message) -> Json:
        c = self._w.channels[m.channel]
        thread_ts = m.thread_ts if m.is_reply else ""
        return self._base("message_action", user) | {
            "callback_id": callback_id,
            "action_ts": self._w.event_ts(),
            "trigger_id": self._tickets.trigger(user),
            "message_ts": m.ts,
            "channel": {"id": c.id, "name": channel_name(c)},
            "message": self._message(m),
            "response_url": self.response_url(c.id, user, m.ts, thread_ts),
        }

    def suggestion(self, user: str, block: Json, element: Json, value: str, place: Message | View) -> Json:
        made = self._base("block_suggestion", user) | {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": value,
        }
        if isinstance(place, View):
            return made | {"container": {"type": "view", "view_id": place.id}, "view": shown_view(self._w, place)}
        c = self._w.channels[place.channel]
        container = {"type": "message", "message_ts": place.ts, "channel_id": c.id, "is_ephemeral": False}
        return made | {"container": container, "channel": {"id": c.id, "name": channel_name(c)}}

    def response_url(self, channel: str, user: str, message_ts: str = "", thread_ts: str = "") -> str:
        return f"{self._w.url}/response/{self._tickets.url(channel, user, message_ts, thread_ts)}"

    def _base(self, kind: str, user: str) -> Json:
        person = self._w.people[user]
        team: Json = {"id": TEAM, "domain": self._w.teams[TEAM].domain}
        made: Json = {
            "type": kind,
            "team": absent.fill(team, absent.TEAM),
            "enterprise": None,
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": person.team},
            "api_app_id": APP,
            "token": VERIFICATION_TOKEN,
            "is_enterprise_install": False,
        }
        return absent.fill(made, absent.INTERACTION)

    def _message(self, m: Message) -> Json:
        made = render.message(self._w, m) | {"channel": m.channel}
        if m.reactions:
            made["reactions"] = [{**r, "url": None} for r in made["reactions"]]
        return absent.fill(made, absent.MESSAGE_ACTED_ON)

    def _action(self, block: Json, element: Json, chosen: Json) -> Json:
        """The element as it was sent, its options aside, with what was chosen."""
        unsaid = ("options", "option_groups", "accessibility_label", "focus_on_load", "filter")
        kept = {k: v for k, v in element.items() if k not in unsaid}
        return kept | chosen | {"block_id": block["block_id"], "action_ts": self._w.event_ts()}

    def _response_urls(self, user: str, v: View) -> Any:
        for block, element in inputs.elements(v.body["blocks"]):
            if not element.get("response_url_enabled"):
                continue
            entry = v.state[block["block_id"]][element["action_id"]]
            channel = entry.get("selected_conversation") or entry.get("selected_channel")
            if channel in self._w.channels:
                yield {
                    "block_id": block["block_id"],
                    "action_id": element["action_id"],
                    "channel_id": channel,
                    "response_url": self.response_url(channel, user),
                }


def channel_name(c: Channel) -> str:
    """Slack does not tell an app the name of a private place."""
    return {"channel": c.name, "private": "privategroup", "im": "directmessage"}[c.kind]


def escaped(w: Workspace, user: str, text: str) -> str:
    """`should_escape`: names that a person typed become ids; a private channel's name is left empty."""
    people = {p.name: f"<@{p.id}|{p.name}>" for p in w.people.values()}
    groups = {g.handle: f"<!subteam^{g.id}|@{g.handle}>" for g in w.groups.values()}
    channels = {
        c.name: f"<#{c.id}|{c.name if c.kind == 'channel' else ''}>"
        for c in w.channels.values()
        if c.kind != "im" and w.sees(user, c)
    }

    def name(found: re.Match[str]) -> str:
        table = people | groups if found[1] == "@" else channels
        return table.get(found[2], found[0])

    return _WORD.sub(name, text)


def _state(m: Message) -> dict[str, dict[str, Json]]:
    made = inputs.initial_state(m.blocks)
    for block_id, actions in m.state.items():
        made.setdefault(block_id, {}).update(actions)
    return made
