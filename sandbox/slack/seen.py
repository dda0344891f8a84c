"""The workspace as one person sees it: what the page draws and tests look at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.slack import people, render
from sandbox.slack.model import BOT, BOT_USER, TEAM, Channel, Json, Message, Person
from sandbox.slack.people_rules import place
from sandbox.slack.render_view import view as shown_view
from sandbox.slack.workspace import Workspace

WORKING = (9, 17)
"""Local hours in which a region works, for the clock panel."""
SATURDAY = 5


class Seen:
    def __init__(self, w: Workspace) -> None:
        self._w = w
        self.boundaries: list[datetime] = []
        """When handoffs are due, as the workspace was told."""

    def state(self, user: str) -> Json:
        w, me = self._w, self._w.people[user]
        channels = [c for c in w.channels.values() if w.sees(user, c)]
        here = {u for c in channels for u in c.members} | {user, BOT_USER}
        limited = me.guest or me.team != TEAM
        shown = [p for p in w.people.values() if not limited or p.id in here]
        return {
            "me": self._person(me),
            "team": {"id": TEAM, "name": w.teams[TEAM].name, "domain": w.teams[TEAM].domain},
            "app": {"name": w.app.name, "user": BOT_USER, "bot": BOT, "home": w.app.home_tab},
            "people": [self._person(p) for p in shown],
            "channels": [self._channel(c, user) for c in channels],
            "groups": [
                {"id": g.id, "handle": g.handle, "name": g.name, "users": g.users}
                for g in w.groups.values()
                if not g.deleted
            ],
            "commands": [] if w.external(user) else self._commands(),
            "shortcuts": [] if w.external(user) else [vars(s) for s in w.app.shortcuts.values()],
            "clock": self.clock(),
        }

    def messages(self, user: str, channel: str, thread: str = "") -> list[Json]:
        """A channel without the replies in its threads, or one thread with the message that it answers."""
        c = place(self._w, user, channel)
        visible = self._w.visible(c, user)
        if thread:
            shown = [m for m in visible if m.ts == thread or m.thread_ts == thread]
        else:
            shown = [m for m in visible if not m.is_reply or m.subtype == "thread_broadcast"]
        return [self._message(m) for m in shown]

    def views(self, user: str) -> list[Json]:
        return [shown_view(self._w, v) for v in self._w.stacks.get(user, [])]

    def clock(self) -> Json:
        now = self._w.clock.now()
        following = next((b for b in sorted(self.boundaries) if b > now + timedelta(minutes=1)), None)
        return {
            "now": now.isoformat(),
            "unix": now.timestamp(),
            "rate": self._w.clock.rate,
            "regions": [self._region(r, now) for r in people.REGIONS],
            "next_saturday": next_saturday(now).isoformat(),
            "next_handoff": following.isoformat() if following else None,
        }

    def _region(self, r: people.Region, now: datetime) -> Json:
        local = now.astimezone(ZoneInfo(r.zone))
        working = WORKING[0] <= local.hour < WORKING[1] and local.weekday() < SATURDAY
        return {"name": r.name, "code": r.code, "zone": r.zone, "local": local.isoformat(), "working": working}

    def _person(self, p: Person) -> Json:
        return {
            "id": p.id,
            "name": p.name,
            "real_name": p.real_name,
            "tz": p.tz,
            "title": p.title,
            "team": p.team,
            "deleted": p.deleted,
            "guest": p.guest,
            "external": p.team != TEAM,
            "bot": p.bot,
            "presence": p.presence,
        }

    def _channel(self, c: Channel, user: str) -> Json:
        last = c.read.get(user, "")
        unread = [m for m in self._w.visible(c, user) if m.ts > last and m.user != user and not m.is_reply]
        member = user in c.members
        made: Json = {
            "id": c.id,
            "name": c.name,
            "kind": c.kind,
            "shared": c.shared,
            "topic": c.topic,
            "member": member,
            "members": list(c.members),
            "archived": c.archived,
            "unread": len(unread) if member else 0,
            "mentions": sum(self._mentions(m, user) for m in unread) if member else 0,
            "last_read": last,
        }
        if c.kind == "im":
            made["user"] = next((u for u in c.members if u != user), user)
            made["name"] = self._w.people[made["user"]].name
            made["mentions"] = made["unread"]
        return made

    def _mentions(self, m: Message, user: str) -> bool:
        text = f"{m.text}{m.blocks}"
        groups = [g for g in self._w.groups.values() if user in g.users and not g.deleted]
        named = [f"<@{user}", "<!channel>", "<!here>", "<!everyone>", *(f"<!subteam^{g.id}" for g in groups)]
        return any(n in text for n in named)

    def _message(self, m: Message) -> Json:
        """As on the wire, but with blocks only where the author sent some."""
        made: dict[str, Any] = render.message(self._w, m)
        if not m.blocks:
            made.pop("blocks")
        made["reactions"] = render.reactions(m)
        made["ephemeral"] = bool(m.ephemeral_to)
        made["channel"] = m.channel
        if m.state:
            made["state"] = {"values": m.state}
        if made.get("reply_count"):
            made["thread"] = {
                "reply_count": made["reply_count"],
                "latest_reply": made["latest_reply"],
                "users": made["reply_users"],
            }
        return made

    def _commands(self) -> list[Json]:
        return [
            {"command": c.command, "description": c.description, "hint": c.hint} for c in self._w.app.commands.values()
        ]


def next_saturday(now: datetime) -> datetime:
    """09:00 UTC of the coming Saturday."""
    morning = now.astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    ahead = (SATURDAY - morning.weekday()) % 7
    found = morning + timedelta(days=ahead)
    return found if found > now else found + timedelta(days=7)
