"""The Slack app manifest that fits a roster file: its command names, and the least scopes, each with its reason.

Asked for is what the bot does today, nothing for later: a test compares `METHODS` with what is called, `EVENTS` and
`SHORTCUTS` with what has a listener. Limits are those of Slack's manifest schema (slackapi/manifest-schema).
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from bot.errors import UserError
from bot.slack import ids

SCOPES = {
    "commands": "the slash commands and the message shortcut",
    "chat:write": "answers, triage cards, handoffs and pages",
    "app_mentions:read": "a mention in a client's channel is a request; all that Slack Connect people can type",
    "channels:history": "what is said in a request's thread is shown to the team; finds a message again by its "
    "metadata before sending it a second time",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages, where pages go",
    "dnd:read": "whose direct messages are silent now, so that a page goes at once to what reaches them outside Slack",
    "files:write": "the picture of the weeks ahead",
    "im:write": "opens the direct message with whoever is paged",
    "channels:read": "who is in a client's channel: from App Home only they may ask in its name",
    "groups:read": "the same in private channels",
    "files:read": "files that are attached in the form",
    "pins:write": "pins the message with the buttons in a client's channel",
    "reactions:read": "an emoji on a message is a request",
    "reactions:write": "a check mark on an engineer's message once the client has it",
    "usergroups:read": "who is engineer, lead and admin, and who is in the groups of who is on duty",
    "usergroups:write": "keeps the groups of who is on duty; no others",
    "users:read": "nobody is put on duty whose account is deactivated",
}
"""Bot scope → why it is needed."""

HISTORY = ("channels:history", "groups:history", "im:history")
METHODS: dict[str, tuple[str, ...]] = {
    "apps.connections.open": (),
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": HISTORY,
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": HISTORY,
    "dnd.info": ("dnd:read",),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "pins.add": ("pins:write",),
    "reactions.add": ("reactions:write",),
    "usergroups.disable": ("usergroups:write",),
    "usergroups.enable": ("usergroups:write",),
    "usergroups.list": ("usergroups:read",),
    "usergroups.users.list": ("usergroups:read",),
    "usergroups.users.update": ("usergroups:write",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
"""Web API method that `bot.slack.gateway` knows → the scopes Slack wants for it, in each kind of channel we are in."""

EVENTS = {
    "app_mention": "a request by mention",
    "app_home_opened": "App Home is drawn when somebody opens it",
    "channel_id_changed": "a channel that becomes shared gets another id, and its requests follow",
    "reaction_added": "a request by an emoji on a message",
    "message.channels": "what is said in a request's thread, also without a mention; nothing else is kept",
    "message.groups": "the same in private channels",
    "subteam_members_changed": "a role was given or taken",
}
"""Bot event → what it is used for."""

EVENT_SCOPES = {
    "app_mention": "app_mentions:read",
    "app_home_opened": "",
    "channel_id_changed": "groups:history",
    "reaction_added": "reactions:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "subteam_members_changed": "usergroups:read",
}
"""Bot event → the scope without which Slack does not send it."""

ELEMENT_SCOPES = {"file_input": "files:read"}
"""Element of a form → the scope without which Slack refuses the view."""

SHORTCUTS = {ids.REQUEST_FROM_MESSAGE: ("message", "Ask for support", "Opens a request about this message")}
"""callback_id → (type, name, description)."""

COMMANDS = {
    "request": ("Ask for support", "[sev1-sev4] what is wrong"),
    "oncall": ("Who is on call; swaps, time off, overrides", "[week | me | why | gaps | swap | off | override | help]"),
    "cluster": ("How a cluster is doing", "health [name]"),
    "job": ("Why a job is not running, suspend and resume it", "why | suspend | resume NAME"),
    "page": ("Page the engineer on duty", "[region] what is wrong"),
    "handoff": ("The last handoff", ""),
}
"""Feature → (description, usage hint)."""


@dataclass(frozen=True)
class Request:
    """Where Slack sends what happens: over Socket Mode (no URL), or to `url`, signed."""

    url: str = ""

    def __post_init__(self) -> None:
        if self.url and not re.fullmatch(r"(https://[^\s/]+|http://(127\.0\.0\.1|localhost)(:\d+)?)/\S*", self.url):
            raise UserError(
                f"Slack cannot send to {self.url}.", hint="Write it like https://heliograph.example/slack/events."
            )


def manifest(commands: dict[str, str], request: Request = Request()) -> dict[str, Any]:
    """As Slack takes it (JSON or YAML). `commands` is feature → name, from the roster file."""
    where = {"url": request.url} if request.url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 0},
        "display_information": {
            "name": "Heliograph",
            "description": "Support that follows the sun: requests, diagnosis, handoffs and pages.",
            "background_color": "#1f2a44",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "Heliograph", "always_online": True},
            "shortcuts": [
                {"name": name, "type": kind, "callback_id": callback_id, "description": description}
                for callback_id, (kind, name, description) in SHORTCUTS.items()
            ],
            "slash_commands": [_command(commands[f], *words, where) for f, words in COMMANDS.items()],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)} | ({"request_url": request.url} if where else {}),
            "interactivity": {"is_enabled": True} | ({"request_url": request.url} if where else {}),
            "org_deploy_enabled": False,
            "socket_mode_enabled": not where,
            "token_rotation_enabled": False,
        },
    }


def as_yaml(made: dict[str, Any]) -> str:
    """For people: the reason stands beside each scope and event, and above all what to do with it."""
    reasons = SCOPES | EVENTS
    lines = ["# Create an app “from a manifest” with this, install it, then:"]
    if made["settings"]["socket_mode_enabled"]:
        lines.append("# SLACK_APP_TOKEN is an app-level token with the scope connections:write (Basic Information).")
    else:
        lines.append("# SLACK_SIGNING_SECRET is the signing secret (Basic Information), HELIOGRAPH_MODE is http.")
    lines.append("# SLACK_BOT_TOKEN is the bot user's OAuth token (OAuth & Permissions).")
    for line in yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=200).splitlines():
        name = line.strip().removeprefix("- ")
        lines.append(f"{line}  # {reasons[name]}" if line.strip().startswith("- ") and name in reasons else line)
    return "\n".join(lines) + "\n"


def _command(name: str, description: str, hint: str, where: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"command": name, "description": description, "should_escape": True, **where}
    return made | ({"usage_hint": hint} if hint else {})
