"""`usergroups.*`: groups of people. Writing needs the scope *and* a workspace that lets apps do it."""

from sandbox.slack import render
from sandbox.slack.errors import SlackError
from sandbox.slack.model import BOT_USER, TEAM, Group, Json
from sandbox.slack.registry import Call, method


@method("usergroups.list", "usergroups:read", tier=2)
def list_groups(call: Call) -> Json:
    with_disabled = call.args.flag("include_disabled")
    shown = [g for g in call.w.groups.values() if with_disabled or not g.deleted]
    made = [render.group(g, users=call.args.flag("include_users")) for g in shown]
    if not call.args.flag("include_count"):
        for g in made:
            g.pop("user_count")
    return {"usergroups": made}


@method("usergroups.create", "usergroups:write", tier=2)
def create(call: Call) -> Json:
    _allowed(call)
    w, args = call.w, call.args
    name = args.need("name")
    handle = args.text("handle") or name.lower().replace(" ", "-")
    _free(call, name, handle)
    made = Group(w.id("S"), handle, name, description=args.text("description"), channels=args.names("channels"))
    made.created = made.updated = w.now()
    w.groups[made.id] = made
    return _tell(call, made)


@method("usergroups.update", "usergroups:write", tier=2)
def update(call: Call) -> Json:
    g = _group(call)
    args = call.args
    _free(call, args.text("name"), args.text("handle"), g)
    g.name, g.handle = args.text("name", g.name), args.text("handle", g.handle)
    g.description = args.text("description", g.description)
    if "channels" in args:
        g.channels = args.names("channels")
    return _tell(call, g)


@method("usergroups.enable", "usergroups:write", tier=2)
def enable(call: Call) -> Json:
    g = _group(call)
    g.deleted, g.deleted_by = 0, ""
    return _tell(call, g)


@method("usergroups.disable", "usergroups:write", tier=2)
def disable(call: Call) -> Json:
    g = _group(call)
    g.deleted, g.deleted_by = call.w.now(), BOT_USER
    return _tell(call, g)


@method("usergroups.users.list", "usergroups:read", tier=2)
def members(call: Call) -> Json:
    g = call.w.groups.get(call.args.need("usergroup"))
    if g is None or (g.deleted and not call.args.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(g.users)}


@method("usergroups.users.update", "usergroups:write", tier=2)
def set_members(call: Call) -> Json:
    """Replaces the whole list, which may not be empty, nor hold guests, bots or strangers."""
    g = _group(call)
    users = list(dict.fromkeys(call.args.names("users")))
    if not users:
        raise SlackError("no_users_provided")
    for user in users:
        person = call.w.people.get(user)
        if person is None or person.bot or person.deleted or person.team != TEAM:
            raise SlackError("invalid_users")
        if person.guest:
            raise SlackError("user_is_ultra_restricted")
    before = g.users
    set_users(call, g, users)
    _members_changed(call, g, before)
    return _tell(call, g)


def set_users(call: Call, g: Group, users: list[str]) -> None:
    g.users = users
    g.updated = call.w.now()


def _members_changed(call: Call, g: Group, before: list[str]) -> None:
    added, removed = [u for u in g.users if u not in before], [u for u in before if u not in g.users]
    event = {
        "type": "subteam_members_changed",
        "subteam_id": g.id,
        "team_id": TEAM,
        "date_previous_update": g.created,
        "date_update": g.updated,
        "added_users": added,
        "added_users_count": len(added),
        "removed_users": removed,
        "removed_users_count": len(removed),
    }
    call.w.emit(event)


def _tell(call: Call, g: Group) -> Json:
    g.updated, g.updated_by = call.w.now(), BOT_USER
    shown = render.group(g)
    call.w.emit({"type": "subteam_updated", "subteam": shown})
    call.w.on_change({"type": "state"}, None)
    return {"usergroup": shown}


def _group(call: Call) -> Group:
    _allowed(call)
    g = call.w.groups.get(call.args.need("usergroup"))
    if g is None:
        raise SlackError("subteam_not_found" if call.args.need("usergroup").startswith("S") else "no_such_subteam")
    return g


def _allowed(call: Call) -> None:
    if call.w.refuse_group_updates:
        raise SlackError("permission_denied")


def _free(call: Call, name: str, handle: str, own: Group | None = None) -> None:
    for g in call.w.groups.values():
        if g is not own and name and g.name == name:
            raise SlackError("name_already_exists")
        if g is not own and handle and g.handle == handle:
            raise SlackError("handle_already_exists")
