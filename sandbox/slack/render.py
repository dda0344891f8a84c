"""How Slack writes people, channels, groups and messages on the wire: every key a real answer has."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.slack import absent, richtext
from sandbox.slack.model import APP, BOT, BOT_USER, TEAM, Channel, Group, Json, Message, Person
from sandbox.slack.render_file import file
from sandbox.slack.workspace import Workspace

SIZES = (24, 32, 48, 72, 192, 512, 1024)
ZONE_LABELS = {"UTC": "Coordinated Universal Time"}


def icons(w: Workspace, *sizes: int) -> Json:
    return {f"image_{size}": f"{w.url}/page/icon.svg" for size in sizes}


def do_not_disturb(w: Workspace, person: Person) -> Json:
    """Now or ahead; who has none has a second of 1970, as Slack gives it."""
    on = person.dnd_until > w.now()
    times = {
        "next_dnd_start_ts": int(person.dnd_from) if on else 1,
        "next_dnd_end_ts": int(person.dnd_until) if on else 1,
    }
    return {"dnd_enabled": on, **times}


def user(w: Workspace, person: Person) -> Json:
    """As `users.info` gives it. External people are strangers: no email, no roles."""
    offset = datetime.fromtimestamp(w.clock.unix(), ZoneInfo(person.tz)).utcoffset()
    stranger = person.team != TEAM
    made: Json = {
        "id": person.id,
        "team_id": person.team,
        "name": person.name,
        "deleted": person.deleted,
        "color": "9f69e7",
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": ZONE_LABELS.get(person.tz, person.tz.split("/")[-1].replace("_", " ")),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile(w, person),
        "is_admin": person.admin,
        "is_owner": person.admin,
        "is_primary_owner": person.admin,
        "is_restricted": person.guest,
        "is_ultra_restricted": person.guest,
        "is_bot": person.bot,
        "is_app_user": False,
        "is_stranger": stranger,
        "is_invited_user": False,
        "is_connector_bot": False,
        "is_workflow_bot": False,
        "updated": w.created,
        "is_email_confirmed": not person.bot,
        "has_2fa": False,
        "who_can_share_contact_card": "EVERYONE",
        "locale": "en-US",
        "presence": person.presence,
        "teams": [person.team],
    }
    return absent.fill(made, absent.USER)


def profile(w: Workspace, person: Person) -> Json:
    first, _, last = person.real_name.partition(" ")
    made: Json = {
        "title": person.title,
        "phone": "",
        "skype": "",
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "first_name": first,
        "last_name": last,
        "fields": {},
        "status_text": "",
        "status_text_canonical": "",
        "status_emoji": "",
        "status_emoji_url": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": richtext.block_id(person.id),
        "is_custom_image": False,
        "image_original": f"{w.url}/page/icon.svg",
        **icons(w, *SIZES),
        "team": person.team,
        "pronouns": "",
        "huddle_state": "default_unset",
        "huddle_state_expiration_ts": 0,
        "start_date": "",
        "always_active": person.bot,
    }
    if person.bot:
        made |= {"api_app_id": APP, "bot_id": BOT}
    elif person.team == TEAM:
        made["email"] = person.email
    if person.guest:
        made |= {"guest_invited_by": "U0SOL", "guest_channels": "", "guest_expiration_ts": 0}
    return absent.fill(made, absent.PROFILE)


def short_profile(w: Workspace, person: Person) -> Json:
    """The `user_profile` that messages of external people carry."""
    return {
        "avatar_hash": richtext.block_id(person.id),
        "image_72": f"{w.url}/page/icon.svg",
        "first_name": person.real_name,
        "real_name": person.real_name,
        "display_name": person.name,
        "team": person.team,
        "name": person.name,
        "is_restricted": person.guest,
        "is_ultra_restricted": person.guest,
    }


def bot_profile(w: Workspace) -> Json:
    return {
        "id": BOT,
        "deleted": False,
        "name": w.app.name,
        "updated": w.created,
        "app_id": APP,
        "user_id": BOT_USER,
        "icons": icons(w, 36, 48, 72),
        "team_id": TEAM,
    }


def channel(w: Workspace, c: Channel) -> Json:
    """As `conversations.info` gives it to the bot."""
    if c.kind == "im":
        return _im(w, c)
    properties = {"tabs": [], "tabz": [], "is_dormant": False, "has_slack_connect_invite_created": c.shared}
    made: Json = {
        "id": c.id,
        "name": c.name,
        "name_normalized": c.name,
        "is_channel": c.kind == "channel",
        "is_group": c.kind == "private",
        "is_im": False,
        "is_mpim": False,
        "is_private": c.kind == "private",
        "created": c.created,
        "is_archived": c.archived,
        "is_general": c.general,
        "unlinked": 0,
        "is_shared": c.shared,
        "is_org_shared": False,
        "is_ext_shared": c.shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "context_team_id": TEAM,
        "updated": c.created * 1000,
        "parent_conversation": None,
        "creator": c.creator or "U0SOL",
        "shared_team_ids": list(c.teams),
        "internal_team_ids": [TEAM] if c.shared else [],
        "connected_team_ids": c.teams[1:],
        "connected_limited_team_ids": [],
        "conversation_host_id": TEAM,
        "is_member": BOT_USER in c.members,
        "last_read": c.read.get(BOT_USER, "0000000000.000000"),
        "topic": _words(c.topic, c),
        "purpose": _words(c.purpose, c),
        "previous_names": [],
        "locale": "en-US",
        "num_members": len(c.members),
        "properties": absent.fill(properties, absent.CHANNEL_PROPERTIES),
    }
    return absent.fill(made, absent.CHANNEL)


def _im(w: Workspace, c: Channel) -> Json:
    other = next((u for u in c.members if u != BOT_USER), BOT_USER)
    return {
        "id": c.id,
        "created": c.created,
        "is_archived": c.archived,
        "is_im": True,
        "is_org_shared": False,
        "context_team_id": TEAM,
        "updated": c.created * 1000,
        "user": other,
        "last_read": c.read.get(BOT_USER, "0000000000.000000"),
        "latest": None,
        "unread_count": 0,
        "unread_count_display": 0,
        "is_open": True,
        "is_user_deleted": w.people[other].deleted,
        "priority": 0,
    }


def _words(value: str, c: Channel) -> Json:
    return {"value": value, "creator": (c.creator or "U0SOL") if value else "", "last_set": c.created if value else 0}


def group(g: Group, *, users: bool = True) -> Json:
    made: Json = {
        "id": g.id,
        "team_id": TEAM,
        "is_usergroup": True,
        "is_subteam": True,
        "name": g.name,
        "description": g.description,
        "handle": g.handle,
        "is_external": False,
        "date_create": g.created,
        "date_update": g.updated or g.created,
        "date_delete": g.deleted,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": g.created_by,
        "updated_by": g.updated_by,
        "deleted_by": g.deleted_by or None,
        "prefs": {"channels": list(g.channels), "groups": []},
        "user_count": len(g.users),
        "channel_count": len(g.channels),
        "is_section": False,
        "is_idp_group": False,
        "is_visible": True,
        "is_editing_restricted": False,
        "is_membership_locked": False,
        "is_org_level": False,
    }
    return made | ({"users": list(g.users)} if users else {})


def message(w: Workspace, m: Message, *, metadata: bool = True) -> Json:
    """As histories and events carry it; what does not apply to it is left out, as Slack does."""
    person = w.people[m.user]
    c = w.channels[m.channel]
    made: Json = {"type": "message", "user": m.user, "text": m.text, "ts": m.ts, "team": person.team}
    optional: dict[str, Any] = {
        "subtype": m.subtype,
        "client_msg_id": m.client_msg_id,
        "username": m.username,
        "attachments": m.attachments,
        "files": [file(w, w.files[f]) for f in m.files],
        "edited": m.edited,
        "pinned_to": [m.channel] if m.ts in c.pins else [],
        "reactions": reactions(m),
        "thread_ts": m.thread_ts,
    }
    made |= {k: v for k, v in optional.items() if v}
    made["blocks"] = m.blocks or [richtext.block(m.text, m.ts)]
    if m.by_bot:
        made |= {"bot_id": BOT, "app_id": APP, "bot_profile": bot_profile(w)}
    if m.metadata and metadata:
        made["metadata"] = m.metadata
    if m.icon:
        made["icons"] = {"emoji": m.icon, **icons(w, 36, 48, 64, 72)}
    if m.files:
        made["x_files"] = list(m.files)
    if c.shared or w.external(m.user):
        made |= {"user_team": person.team, "source_team": person.team, "user_profile": short_profile(w, person)}
    return absent.fill(made | _thread(w, c, m), absent.MESSAGE)


def root(w: Workspace, m: Message) -> Json:
    """The first message of a thread, inside a reply that was sent to the channel too."""
    return absent.fill(message(w, m, metadata=False), absent.ROOT)


def reactions(m: Message) -> list[Json]:
    return [{"name": n, "users": list(u), "count": len(u)} for n, u in m.reactions.items()]


def _thread(w: Workspace, c: Channel, m: Message) -> Json:
    if not m.thread_ts:
        return {}
    if m.is_reply:
        parent = c.messages.get(m.thread_ts)
        return {"parent_user_id": parent.user if parent else m.user}
    replies = w.thread(c, m.ts)
    who = list(dict.fromkeys(r.user for r in replies))
    return {
        "reply_count": len(replies),
        "reply_users_count": len(who),
        "reply_users": who,
        "latest_reply": replies[-1].ts if replies else m.ts,
        "is_locked": False,
        "subscribed": BOT_USER in who or m.user == BOT_USER,
        "last_read": c.read.get(BOT_USER, m.ts),
    }
