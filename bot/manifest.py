"""The Slack app manifest that fits a roster file: its command names, and the least scopes, each with its reason.

Limits are those of Slack's manifest schema (github.com/slackapi/manifest-schema): name 35 characters, description
140, up to 50 commands, usage hint 1,000.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from bot.slack import ids

SCOPES = {
    "commands": "the slash commands and the message shortcut",
    "chat:write": "answers, triage cards, handoffs and pages",
    "app_mentions:read": "a mention in a client's channel is a request; all that Slack Connect people can type",
    "channels:read": "which public channels are shared with another workspace",
    "groups:read": "the same for private channels",
    "channels:history": "finds a message again by its metadata before sending it a second time",
    "groups:history": "the same in private channels",
    "im:history": "the same in direct messages, where pages go",
    "im:write": "opens the direct message with whoever is paged",
    "users:read": "people's time zones, guests, deactivated and external people",
    "usergroups:read": "who is engineer, lead and admin",
}
"""Bot scope → why it is needed."""

EVENTS = {
    "app_mention": "a request by mention",
    "app_home_opened": "App Home is drawn when somebody opens it",
    "subteam_members_changed": "a role was given or taken",
}
"""Bot event → what it is used for."""

COMMANDS = {
    "request": ("Ask for support", "[sev1-sev4] what is wrong"),
    "oncall": ("Who is on call, now and next", "[now | override @person 4h]"),
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
                {
                    "name": "Ask for support",
                    "type": "message",
                    "callback_id": ids.REQUEST_FROM_MESSAGE,
                    "description": "Opens a request about this message",
                }
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
    """For people: the reason stands beside each scope and event."""
    reasons = SCOPES | EVENTS
    lines = []
    for line in yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=200).splitlines():
        name = line.strip().removeprefix("- ")
        lines.append(f"{line}  # {reasons[name]}" if line.strip().startswith("- ") and name in reasons else line)
    return "\n".join(lines) + "\n"


def _command(name: str, description: str, hint: str, where: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"command": name, "description": description, "should_escape": True, **where}
    return made | ({"usage_hint": hint} if hint else {})
