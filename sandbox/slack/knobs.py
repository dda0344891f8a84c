"""The part of the control API that no person has: faults, rate limits, connections, and the state of people."""

from collections.abc import Awaitable, Callable

from sandbox.slack import render
from sandbox.slack.errors import ControlError
from sandbox.slack.faults import Faults
from sandbox.slack.model import APP, BOT_USER, TEAM, VERIFICATION_TOKEN, Channel, Json, Person
from sandbox.slack.people import user_id
from sandbox.slack.rates import RateLimits
from sandbox.slack.sockets import SocketHub
from sandbox.slack.workspace import Workspace

Action = Callable[[Json], Awaitable[Json]]
_BEFALLS: dict[str, Json] = {
    "app_rate_limited": {"token": VERIFICATION_TOKEN, "team_id": TEAM, "api_app_id": APP},
    "app_uninstalled": {},
    "tokens_revoked": {"tokens": {"oauth": [], "bot": [BOT_USER]}},
}
GOODBYES = ("warning", "refresh_requested", "link_disabled")


class Knobs:
    def __init__(self, w: Workspace, faults: Faults, rates: RateLimits, hub: SocketHub) -> None:
        self._w, self._faults, self._rates, self._hub = w, faults, rates, hub

    def posts(self) -> dict[str, Action]:
        return {
            "faults": self._add_fault,
            "limits": self._limits,
            "sockets": self._sockets,
            "person": self._person,
            "people": self._new_person,
            "happen": self._happen,
            "channel": self._channel,
            "settings": self._settings,
        }

    def gets(self) -> dict[str, Action]:
        return {"faults": self._list_faults, "sockets": self._count}

    async def _add_fault(self, b: Json) -> Json:
        return {"fault": vars(self._faults.add(b))}

    async def _list_faults(self, q: Json) -> Json:
        return {"faults": self._faults.list()}

    async def clear_faults(self, q: Json) -> Json:
        self._faults.clear()
        return {}

    async def _limits(self, b: Json) -> Json:
        self._rates.enabled = bool(b.get("enabled"))
        self._rates.clear()
        return {"enabled": self._rates.enabled}

    async def _count(self, q: Json) -> Json:
        return {"connections": len(self._hub.open)}

    async def _sockets(self, b: Json) -> Json:
        """`{"do": "drop"}` cuts all connections, as a network does; else says goodbye for that reason."""
        what = b.get("do")
        if what == "drop":
            return {"connections": self._hub.drop()}
        if what not in GOODBYES:
            raise ControlError("invalid_argument", f"`do` is drop or one of {GOODBYES}.")
        return {"connections": await self._hub.disconnect(what)}

    async def _person(self, b: Json) -> Json:
        """Changes `deleted`, `presence`, `tz`, `guest`, `dnd_until` or `dnd_from` of the person `user`."""
        person = self._w.people.get(b.get("user", ""))
        if person is None:
            raise ControlError("user_not_found", "There is nobody with this id.", 404)
        for name, kind in (("deleted", bool), ("guest", bool), ("presence", str), ("tz", str), ("dnd_until", float)):
            if name in b:
                setattr(person, name, kind(b[name]))
        if "dnd_until" in b:
            person.dnd_from = float(b.get("dnd_from", self._w.now()))
        self._w.emit({"type": "user_change", "user": render.user(self._w, person), "cache_ts": self._w.now()})
        if "dnd_until" in b:
            self._w.emit(
                {"type": "dnd_updated_user", "user": person.id, "dnd_status": render.do_not_disturb(self._w, person)}
            )
        self._w.on_change({"type": "state"}, None)
        return {"user": render.user(self._w, person)}

    async def _new_person(self, b: Json) -> Json:
        """Somebody new joins the workspace: `name`, and `tz` and `guest` if wanted."""
        name = str(b.get("name", "")).lower()
        if not name.isalnum() or user_id(name) in self._w.people:
            raise ControlError("invalid_name", "A name is one new word.")
        made = Person(
            user_id(name), name, name.capitalize(), str(b.get("tz", "Europe/Berlin")), guest=bool(b.get("guest"))
        )
        self._w.people[made.id] = made
        self._w.emit({"type": "team_join", "user": render.user(self._w, made)})
        self._w.on_change({"type": "state"}, None)
        return {"user": render.user(self._w, made)}

    async def _happen(self, b: Json) -> Json:
        """What befalls the app itself: `app_rate_limited`, `app_uninstalled` or `tokens_revoked`."""
        kind = str(b.get("type"))
        if kind not in _BEFALLS:
            raise ControlError("invalid_argument", f"`type` is one of {sorted(_BEFALLS)}.")
        more: Json = dict(_BEFALLS[kind])
        if kind == "app_rate_limited":
            more["minute_rate_limited"] = self._w.now() // 60 * 60
        self._w.emit({"type": kind, **more})
        return {}

    async def _channel(self, b: Json) -> Json:
        """Renames, archives or (un)shares a channel, or gives it another id, as happens when it becomes shared."""
        c = self._w.channels.get(b.get("channel", ""))
        if c is None:
            raise ControlError("channel_not_found", "There is no such channel.", 404)
        if "name" in b:
            self._rename(c, str(b["name"]))
        if "archived" in b:
            c.archived = bool(b["archived"])
        if "shared_with" in b:
            self._share(c, b["shared_with"])
        if b.get("id"):
            self._renumber(c, str(b["id"]))
        self._w.on_change({"type": "state"}, None)
        return {"channel": render.channel(self._w, c)}

    def _rename(self, c: Channel, name: str) -> None:
        c.name = name
        told = {
            "id": c.id,
            "is_channel": True,
            "is_mpim": False,
            "name": name,
            "name_normalized": name,
            "created": c.created,
        }
        self._w.emit({"type": "channel_rename", "channel": told}, c.id)

    def _share(self, c: Channel, team: str | None) -> None:
        before = c.teams[1:]
        c.teams = [TEAM, team] if team else [TEAM]
        if team:
            self._w.emit({"type": "channel_shared", "connected_team_id": team, "channel": c.id}, c.id)
        elif before:
            event = {"type": "channel_unshared", "previously_connected_team_id": before[0], "channel": c.id}
            self._w.emit(event | {"is_ext_shared": False}, c.id)

    def _renumber(self, c: Channel, new: str) -> None:
        old, c.id = c.id, new
        self._w.channels[new] = self._w.channels.pop(old)
        for m in (*c.messages.values(), *c.ephemeral):
            m.channel = new
        for f in self._w.files.values():
            f.shares = [(new if place == old else place, ts) for place, ts in f.shares]
        self._w.emit({"type": "channel_id_changed", "old_channel_id": old, "new_channel_id": new}, new)

    async def _settings(self, b: Json) -> Json:
        """`group_updates: false`: the workspace lets no app change groups."""
        if "group_updates" in b:
            self._w.refuse_group_updates = not b["group_updates"]
        return {"group_updates": not self._w.refuse_group_updates}
