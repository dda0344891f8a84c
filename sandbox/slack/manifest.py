"""What Slack reads out of an app manifest: which commands, shortcuts, events and scopes the app has.

The built-in manifest has everything the sandbox can do, so that a test which does not care need not bring one.
"""

from dataclasses import dataclass, field
from typing import Any, Self

SCOPES = (
    "commands",
    "chat:write",
    "app_mentions:read",
    "channels:read",
    "groups:read",
    "im:read",
    "mpim:read",
    "channels:history",
    "groups:history",
    "im:history",
    "im:write",
    "users:read",
    "users:read.email",
    "usergroups:read",
    "usergroups:write",
    "reactions:read",
    "reactions:write",
    "files:read",
    "files:write",
    "pins:write",
    "bookmarks:write",
    "dnd:read",
    "team:read",
    "channels:join",
)
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
    "member_joined_channel",
    "member_left_channel",
    "subteam_updated",
    "subteam_members_changed",
    "user_change",
    "team_join",
    "file_shared",
    "channel_rename",
    "channel_id_changed",
    "channel_shared",
    "channel_unshared",
    "dnd_updated_user",
    "app_uninstalled",
    "tokens_revoked",
)
COMMANDS = (
    ("/request", "Ask for support", "[sev1-sev4] what is wrong"),
    ("/oncall", "Who is on call, now and next", "[now | override @person 4h]"),
    ("/cluster", "How a cluster is doing", "health [name]"),
    ("/job", "Why a job is not running", "why NAME"),
    ("/page", "Page the engineer on duty", "[region] what is wrong"),
    ("/handoff", "The last handoff", ""),
)


def built_in() -> dict[str, Any]:
    """The manifest of a workspace that was told of no other."""
    return {
        "display_information": {"name": "Heliograph"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "heliograph", "always_online": True},
            "slash_commands": [
                {"command": c, "description": d, "usage_hint": h, "should_escape": True} for c, d, h in COMMANDS
            ],
            "shortcuts": [
                {
                    "name": "Ask for support",
                    "type": "message",
                    "callback_id": "request_from_message",
                    "description": "Turns a message into a request",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
        },
    }


@dataclass(frozen=True)
class Command:
    command: str
    description: str
    hint: str
    escape: bool
    url: str


@dataclass(frozen=True)
class Shortcut:
    name: str
    type: str
    callback_id: str
    description: str


@dataclass(frozen=True)
class App:
    """The manifest, read. `KeyError` and `TypeError` where it has not the format of Slack's schema."""

    name: str
    commands: dict[str, Command]
    shortcuts: dict[str, Shortcut]
    scopes: tuple[str, ...]
    events: frozenset[str]
    interactive: bool
    interactivity_url: str
    events_url: str
    home_tab: bool = True
    raw: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, manifest: dict[str, Any]) -> Self:
        features, settings = manifest.get("features", {}), manifest.get("settings", {})
        subscriptions, interactivity = settings.get("event_subscriptions", {}), settings.get("interactivity", {})
        return cls(
            name=manifest["display_information"]["name"],
            commands={c["command"]: _command(c) for c in features.get("slash_commands", [])},
            shortcuts={
                s["callback_id"]: Shortcut(s["name"], s["type"], s["callback_id"], s.get("description", ""))
                for s in features.get("shortcuts", [])
            },
            scopes=tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", [])),
            events=frozenset(subscriptions.get("bot_events", [])),
            interactive=bool(interactivity.get("is_enabled", False)),
            interactivity_url=interactivity.get("request_url", ""),
            events_url=subscriptions.get("request_url", ""),
            home_tab=features.get("app_home", {}).get("home_tab_enabled", True),
            raw=manifest,
        )


def _command(c: dict[str, Any]) -> Command:
    return Command(
        c["command"], c["description"], c.get("usage_hint", ""), bool(c.get("should_escape")), c.get("url", "")
    )
