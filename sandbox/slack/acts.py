"""What people do among themselves: write, edit, delete, react, read. The app only hears of it."""

import uuid
from typing import Any

from sandbox.slack import events, render
from sandbox.slack.errors import ControlError
from sandbox.slack.methods import chat, files
from sandbox.slack.model import BOT_USER, Channel, Json, Message
from sandbox.slack.people_rules import acting, place, writable
from sandbox.slack.uploads import people_file
from sandbox.slack.workspace import Workspace


class Acts:
    def __init__(self, w: Workspace) -> None:
        self._w = w

    def post(self, user: str, channel: str, text: str, thread_ts: str, attached: list[Any], broadcast: bool) -> Json:
        acting(self._w, user)
        c = self._destination(user, channel)
        if not text.strip() and not attached:
            raise ControlError("no_text", "Write something first.")
        root = self._root(c, thread_ts)
        if attached:
            found = [people_file(self._w, user, one) for one in attached]
            return {"ts": files.share(self._w, c, found, user, text, root).ts}
        subtype = "thread_broadcast" if root and broadcast else ""
        client_id = str(uuid.uuid4())
        m = Message(c.id, self._w.next_ts(c), user, text, thread_ts=root, subtype=subtype, client_msg_id=client_id)
        self._w.add(m)
        events.posted(self._w, m)
        return {"ts": m.ts, "channel": c.id}

    def edit(self, user: str, channel: str, ts: str, text: str) -> Json:
        c, m = self._own(user, channel, ts)
        before = render.message(self._w, m)
        m.text, m.edited = text, {"user": user, "ts": self._w.next_ts(c)}
        self._w.changed(c)
        events.changed(self._w, m, before)
        return {"ts": ts}

    def delete(self, user: str, channel: str, ts: str) -> Json:
        c, m = self._own(user, channel, ts)
        chat.remove(self._w, c, m)
        return {}

    def react(self, user: str, channel: str, ts: str, name: str, remove: bool) -> Json:
        acting(self._w, user)
        c = writable(self._w, user, channel)
        m = self._message(c, ts)
        name = name.strip(":")
        who = m.reactions.get(name, [])
        if (user in who) is not remove:
            raise ControlError("no_reaction" if remove else "already_reacted", "Nothing changed.")
        m.reactions[name] = [u for u in who if u != user] if remove else [*who, user]
        if not m.reactions[name]:
            del m.reactions[name]
        self._w.changed(c)
        events.reaction(self._w, "reaction_removed" if remove else "reaction_added", user, name, m)
        return {}

    def read(self, user: str, channel: str) -> Json:
        c = place(self._w, user, channel)
        seen = self._w.visible(c, user)
        c.read[user] = seen[-1].ts if seen else "0000000000.000000"
        self._w.on_change({"type": "state"}, [user])
        return {}

    def join(self, user: str, channel: str) -> Json:
        acting(self._w, user)
        c = place(self._w, user, channel)
        if user not in c.members:
            self._w.join(c, user)
        return {}

    def leave(self, user: str, channel: str) -> Json:
        c = writable(self._w, user, channel)
        c.members.remove(user)
        event = {
            "type": "member_left_channel",
            "user": user,
            "channel": c.id,
            "channel_type": c.id[0],
            "team": self._w.people[user].team,
        }
        self._w.emit(event, c.id)
        self._w.on_change({"type": "state"}, None)
        return {}

    def invite(self, user: str, channel: str, whom: str) -> Json:
        acting(self._w, user)
        c = writable(self._w, user, channel)
        if whom not in self._w.people:
            raise ControlError("user_not_found", f"There is nobody with the id {whom}.", 404)
        if whom not in c.members:
            self._w.join(c, whom, user)
        return {}

    def _destination(self, user: str, channel: str) -> Channel:
        """A person's id is the direct message with them."""
        if channel in self._w.people:
            if channel != BOT_USER:
                acting(self._w, channel)
            return self._w.dm(user, channel)[0]
        return writable(self._w, user, channel)

    def _root(self, c: Channel, thread_ts: str) -> str:
        if not thread_ts:
            return ""
        parent = self._message(c, thread_ts)
        return parent.thread_ts or parent.ts

    def _message(self, c: Channel, ts: str) -> Message:
        found = c.messages.get(ts)
        if found is None:
            raise ControlError("message_not_found", "There is no such message here.", 404)
        return found

    def _own(self, user: str, channel: str, ts: str) -> tuple[Channel, Message]:
        acting(self._w, user)
        c = place(self._w, user, channel)
        m = self._message(c, ts)
        if m.user != user:
            raise ControlError("not_yours", "This is somebody else's message.", 403)
        return c, m
