"""The workspace: who is in it, what was said, and who sees what. In memory only; a restart is a new workspace.

Whatever happens here is told twice: `on_event` hears of what an app may subscribe to, `on_change` of what a page that
shows the workspace should read again.
"""

import itertools
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.clock import Clock
from sandbox.slack import people
from sandbox.slack.errors import SlackError
from sandbox.slack.manifest import App
from sandbox.slack.model import BOT_USER, TEAM, Channel, File, Group, Json, Message, Person, View


class Workspace:
    def __init__(self, clock: Clock, app: App) -> None:
        self.clock = clock
        self.app = app
        self.url = ""
        """Where the sandbox answers, without a slash at the end; known once it listens."""
        self.teams = {t.id: t for t in people.TEAMS}
        self.people: dict[str, Person] = {p.id: p for p in people.people()}
        self.channels: dict[str, Channel] = {c.id: c for c in people.channels()}
        self.groups: dict[str, Group] = {g.id: g for g in people.groups()}
        self.files: dict[str, File] = {}
        self.homes: dict[str, View] = {}
        self.stacks: dict[str, list[View]] = {}
        """Person → the modals open before them, newest last."""
        self.on_event: Callable[[Json, str], None] = lambda event, channel: None
        self.on_change: Callable[[Json, Iterable[str] | None], None] = lambda news, people: None
        self.refuse_group_updates = False
        """The workspace setting that lets no app change groups."""
        self._numbers = itertools.count(1)
        self.created = int(clock.unix())
        for channel in self.channels.values():
            channel.created = self.created
        for group in self.groups.values():
            group.created = self.created

    # -- ids and times

    def now(self) -> int:
        return int(self.clock.unix())

    def id(self, prefix: str) -> str:
        """Slack's ids: a letter and ten more. They count up, so that a log of a test reads the same each time."""
        return f"{prefix}0{next(self._numbers):09X}"

    def hash(self) -> str:
        return f"{self.now()}.{secrets.token_hex(4)}"

    def next_ts(self, channel: Channel) -> str:
        """Unique and rising in its channel even where the clock stands still or was turned back."""
        channel.last_ts = max(int(self.clock.unix() * 1_000_000), channel.last_ts + 1)
        return f"{channel.last_ts // 1_000_000}.{channel.last_ts % 1_000_000:06}"

    def event_ts(self) -> str:
        return f"{self.clock.unix():.6f}"

    # -- finding

    def person(self, user: str) -> Person:
        found = self.people.get(user)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, channel: str, viewer: str = BOT_USER) -> Channel:
        """`channel_not_found` also for what `viewer` may not know of."""
        found = self.channels.get(channel)
        if found is None or not self.sees(viewer, found):
            raise SlackError("channel_not_found")
        return found

    def message(self, channel: Channel, ts: str) -> Message:
        found = channel.messages.get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def sees(self, user: str, channel: Channel) -> bool:
        """Members see everything; members of the team, but not guests or externals, see public channels too."""
        person = self.people[user]
        if user in channel.members:
            return True
        return channel.kind == "channel" and person.team == TEAM and not person.guest

    def external(self, user: str) -> bool:
        return self.people[user].team != TEAM

    def may_message(self, person: Person) -> bool:
        """The app may write to strangers only when it shares a channel with them."""
        together = (c.shared and {person.id, BOT_USER} <= {*c.members} for c in self.channels.values())
        return person.team == TEAM or any(together)

    def dm(self, *users: str) -> tuple[Channel, bool]:
        """The direct channel of two people → it, and whether it was there already."""
        wanted = set(users)
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == wanted:
                return channel, True
        others = [u for u in users if u != BOT_USER] or list(users)
        name = self.people[others[0]].name
        made = Channel(f"D0{name.upper()}", name, "im", list(dict.fromkeys(users)), created=self.now())
        if made.id in self.channels:
            made.id = self.id("D")
        self.channels[made.id] = made
        self.on_change({"type": "state"}, users)
        return made, False

    def thread(self, channel: Channel, ts: str) -> list[Message]:
        """The replies, oldest first, without the message they answer."""
        return [m for m in channel.messages.values() if m.thread_ts == ts and m.ts != ts]

    # -- what people and apps do

    def add(self, message: Message) -> Message:
        """Puts a message into its channel, and tells."""
        channel = self.channels[message.channel]
        channel.messages[message.ts] = message
        parent = channel.messages.get(message.thread_ts)
        if parent is not None and not parent.thread_ts:
            parent.thread_ts = parent.ts
        channel.read[message.user] = message.ts
        self.changed(channel)
        return message

    def whisper(self, message: Message) -> Message:
        self.channels[message.channel].ephemeral.append(message)
        self.changed(self.channels[message.channel], [message.ephemeral_to])
        return message

    def changed(self, channel: Channel, users: Iterable[str] | None = None) -> None:
        seen_by = users if users is not None else [u for u in self.people if self.sees(u, channel)]
        self.on_change({"type": "messages", "channel": channel.id}, seen_by)

    def visible(self, channel: Channel, user: str) -> list[Message]:
        """What `user` sees in `channel`, by time, ephemeral messages to them among it."""
        own = [m for m in channel.ephemeral if m.ephemeral_to == user]
        return sorted([*channel.messages.values(), *own], key=lambda m: m.ts)

    def find_visible(self, channel: Channel, user: str, ts: str) -> Message | None:
        return next((m for m in self.visible(channel, user) if m.ts == ts), None)

    def view(self, view_id: str) -> View | None:
        open_views: list[View] = [v for stack in self.stacks.values() for v in stack]
        return next((v for v in [*open_views, *self.homes.values()] if v.id == view_id), None)

    def emit(self, event: Json, channel: str = "") -> None:
        event.setdefault("event_ts", self.event_ts())
        self.on_event(event, channel)

    def join(self, channel: Channel, user: str, inviter: str = "") -> None:
        channel.members.append(user)
        event: dict[str, Any] = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": channel.id[0],
            "team": self.people[user].team,
            "enterprise": None,
        }
        self.emit(event | ({"inviter": inviter} if inviter else {}), channel.id)
        self.on_change({"type": "state"}, None)
