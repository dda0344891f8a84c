"""Methods that are alone in their family: tests, connections, reactions, pins, bookmarks."""

from sandbox.slack import events, render
from sandbox.slack.errors import SlackError
from sandbox.slack.model import APP, BOT, BOT_USER, TEAM, Channel, Json, Message
from sandbox.slack.registry import Call, method

EMOJI = 100
"""Characters of an emoji's name."""
REACTIONS = 50
"""Different reactions on one message."""


@method("api.test", open=True, tier=4)
def api_test(call: Call) -> Json:
    if error := call.args.text("error"):
        raise SlackError(error, args=dict(call.args.values))
    return {"args": dict(call.args.values)}


@method("auth.test", tier=4)
def auth_test(call: Call) -> Json:
    return {
        "url": f"{call.w.url}/",
        "team": call.w.teams[TEAM].name,
        "user": call.w.people[BOT_USER].name,
        "team_id": TEAM,
        "user_id": BOT_USER,
        "bot_id": BOT,
        "app_id": APP,
        "app_name": call.w.app.name,
        "is_enterprise_install": False,
        "enterprise_id": None,
        "expires_in": None,
    }


@method("apps.connections.open", app_token=True, tier=2)
def open_connection(call: Call) -> Json:
    """Tier 1 on paper; an app that opens its ten connections at once is let through."""
    return {"url": call.context.new_link()}


@method("reactions.add", "reactions:write")
def add_reaction(call: Call) -> Json:
    _, m = _target(call)
    _joined(call, m)
    name = call.args.need("name").strip(":")
    if not name.replace("_", "").replace("-", "").replace("+", "").replace("'", "").isalnum() or len(name) > EMOJI:
        raise SlackError("invalid_name")
    who = m.reactions.get(name, [])
    if BOT_USER in who:
        raise SlackError("already_reacted")
    if name not in m.reactions and len(m.reactions) >= REACTIONS:
        raise SlackError("too_many_emoji")
    m.reactions[name] = [*who, BOT_USER]
    _reacted(call, m, "reaction_added", name)
    return {}


@method("reactions.remove", "reactions:write", tier=2)
def remove_reaction(call: Call) -> Json:
    _, m = _target(call)
    name = call.args.need("name").strip(":")
    if BOT_USER not in m.reactions.get(name, []):
        raise SlackError("no_reaction")
    m.reactions[name].remove(BOT_USER)
    if not m.reactions[name]:
        del m.reactions[name]
    _reacted(call, m, "reaction_removed", name)
    return {}


@method("reactions.get", "reactions:read")
def get_reactions(call: Call) -> Json:
    c, m = _target(call)
    link = f"{call.w.url}/archives/{c.id}/p{m.ts.replace('.', '')}"
    return {"type": "message", "channel": c.id, "message": render.message(call.w, m) | {"permalink": link}}


def _target(call: Call) -> tuple[Channel, Message]:
    c = call.channel()
    return c, call.w.message(c, call.args.need("timestamp"))


def _joined(call: Call, m: Message) -> None:
    c = call.w.channels[m.channel]
    if c.archived:
        raise SlackError("is_archived")
    if BOT_USER not in c.members:
        raise SlackError("not_in_channel")


def _reacted(call: Call, m: Message, kind: str, name: str) -> None:
    call.w.changed(call.w.channels[m.channel])
    events.reaction(call.w, kind, BOT_USER, name, m)


@method("pins.add", "pins:write", tier=2)
def pin(call: Call) -> Json:
    c, m = _target(call)
    _joined(call, m)
    if m.ts in c.pins:
        raise SlackError("already_pinned")
    c.pins.append(m.ts)
    call.w.changed(c)
    return {}


@method("bookmarks.add", "bookmarks:write", tier=2)
def bookmark(call: Call) -> Json:
    c = call.channel("channel_id")
    if BOT_USER not in c.members:
        raise SlackError("not_in_channel")
    kind = call.args.need("type")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    made = {
        "id": call.w.id("Bk"),
        "channel_id": c.id,
        "title": call.args.need("title"),
        "link": call.args.need("link"),
        "emoji": call.args.text("emoji"),
        "icon_url": f"{call.w.url}/page/icon.svg",
        "type": kind,
        "entity_id": call.args.text("entity_id") or None,
        "date_created": call.w.now(),
        "date_updated": 0,
        "rank": "U",
        "last_updated_by_user_id": BOT_USER,
        "last_updated_by_team_id": TEAM,
        "shortcut_id": None,
        "app_id": APP,
        "app_action_id": None,
    }
    c.bookmarks.append(made)
    return {"bookmark": made}
