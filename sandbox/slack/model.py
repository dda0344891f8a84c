"""What a workspace is made of. Plain records; who may see or do what is decided in `workspace`."""

from dataclasses import dataclass, field
from typing import Any

TEAM = "T0HELIO"
APP = "A0HELIO"
BOT_USER = "U0HELIO"
BOT = "B0HELIO"
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"
SIGNING_SECRET = "sandbox-signing-secret"
VERIFICATION_TOKEN = "sandbox-verification-token"

Json = dict[str, Any]


@dataclass
class Team:
    id: str
    name: str
    domain: str


@dataclass
class Person:
    id: str
    name: str
    real_name: str
    tz: str
    team: str = TEAM
    title: str = ""
    guest: bool = False
    """Single-channel guest: Slack's `is_ultra_restricted`."""
    deleted: bool = False
    bot: bool = False
    admin: bool = False
    presence: str = "active"
    dnd_until: float = 0.0
    """Unix seconds of the sandbox's clock until which Do Not Disturb holds, a schedule's or a snooze."""
    dnd_from: float = 0.0
    """From when on: a schedule may lie ahead."""

    @property
    def email(self) -> str:
        return f"{self.name}@{'helio' if self.team == TEAM else self.team[2:].lower()}.example"


@dataclass
class Message:
    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    thread_ts: str = ""
    subtype: str = ""
    metadata: Json | None = None
    edited: Json | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)
    client_msg_id: str = ""
    username: str = ""
    icon: str = ""
    ephemeral_to: str = ""
    """The one person who sees it; empty for everybody. Slack keeps no ephemeral message, nor do its histories."""
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
    """What people chose in its inputs, block → action → value."""

    @property
    def by_bot(self) -> bool:
        return self.user == BOT_USER

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass
class Channel:
    id: str
    name: str
    kind: str = "channel"
    """channel, private or im."""
    members: list[str] = field(default_factory=list)
    topic: str = ""
    purpose: str = ""
    creator: str = ""
    created: int = 0
    archived: bool = False
    general: bool = False
    teams: list[str] = field(default_factory=lambda: [TEAM])
    messages: dict[str, Message] = field(default_factory=dict)
    ephemeral: list[Message] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)
    """Person → ts they have read up to."""
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)
    last_ts: int = 0

    @property
    def shared(self) -> bool:
        return len(self.teams) > 1

    @property
    def channel_type(self) -> str:
        return {"channel": "channel", "private": "group", "im": "im"}[self.kind]


@dataclass
class Group:
    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)
    description: str = ""
    channels: list[str] = field(default_factory=list)
    created: int = 0
    updated: int = 0
    deleted: int = 0
    created_by: str = BOT_USER
    updated_by: str = BOT_USER
    deleted_by: str = ""


@dataclass
class File:
    id: str
    name: str
    title: str
    user: str
    created: int
    content: bytes = b""
    length: int = 0
    alt: str = ""
    uploaded: bool = False
    complete: bool = False
    shares: list[tuple[str, str]] = field(default_factory=list)
    """(channel, ts) of the messages that carry it."""


@dataclass
class View:
    id: str
    body: Json
    """As the app sent it, block ids filled in."""
    user: str
    hash: str
    root: str
    previous: str = ""
    external_id: str = ""
    state: dict[str, dict[str, Json]] = field(default_factory=dict)
