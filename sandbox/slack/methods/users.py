"""`users.*`, `dnd.*`, `team.*`, `bots.*`: who people are."""

from sandbox.slack import absent, pages, render
from sandbox.slack.errors import SlackError
from sandbox.slack.model import APP, BOT, BOT_USER, TEAM, Json
from sandbox.slack.registry import Call, method


@method("users.info", "users:read", tier=4)
def info(call: Call) -> Json:
    return {"user": _user(call, call.w.person(call.args.need("user")).id)}


@method("users.list", "users:read", tier=2)
def list_users(call: Call) -> Json:
    """External people are left out, deactivated ones are not."""
    own = [p for p in call.w.people.values() if p.team == TEAM]
    found, cursor = pages.page(own, call.args, 1000, 1000)
    members = [_user(call, p.id) for p in found]
    return {"members": members, "cache_ts": call.w.now(), "offset": None, "response_metadata": {"next_cursor": cursor}}


@method("users.lookupByEmail", "users:read.email")
def by_email(call: Call) -> Json:
    email = call.args.need("email").lower()
    found = next((p for p in call.w.people.values() if p.email == email and p.team == TEAM and not p.bot), None)
    if found is None or found.deleted:
        raise SlackError("users_not_found")
    return {"user": _user(call, found.id)}


@method("users.getPresence", "users:read")
def presence(call: Call) -> Json:
    """Of itself an app learns more than of others."""
    person = call.w.person(call.args.text("user", BOT_USER))
    if person.id != BOT_USER:
        return {"presence": person.presence}
    return {
        "presence": person.presence,
        "online": True,
        "auto_away": False,
        "manual_away": False,
        "connection_count": 1,
        "last_activity": call.w.now(),
    }


def _user(call: Call, user: str) -> Json:
    made = render.user(call.w, call.w.person(user))
    made.pop("presence")
    if "users:read.email" not in call.w.app.scopes:
        made["profile"].pop("email", None)
    if not call.args.flag("include_locale"):
        made.pop("locale")
    return made


@method("dnd.info", "dnd:read")
def dnd(call: Call) -> Json:
    """Of others Slack says when, and not whether it is a snooze: those fields are of one's own account alone.

    Source: docs.slack.dev/reference/methods/dnd.info, "Snooze properties".
    """
    person = call.w.person(call.args.text("user", BOT_USER))
    own = {"snooze_enabled": False} if person.id == BOT_USER else {}
    return {**render.do_not_disturb(call.w, person), **own}


@method("team.info", "team:read")
def team(call: Call) -> Json:
    found = call.w.teams.get(call.args.text("team", TEAM))
    if found is None:
        raise SlackError("team_not_found")
    icon = {f"image_{n}": f"{call.w.url}/page/icon.svg" for n in (34, 44, 68, 88, 102, 132, 230)}
    return {
        "team": {
            "id": found.id,
            "name": found.name,
            "domain": found.domain,
            "url": f"{call.w.url}/",
            "email_domain": f"{found.domain}.example",
            "icon": icon | {"image_default": True, "image_original": f"{call.w.url}/page/icon.svg"},
            "avatar_base_url": f"{call.w.url}/page/",
            "is_verified": False,
            "discoverable": "closed",
            "lob_sales_home_enabled": False,
            "is_sfdc_auto_slack": False,
            "locale": "en-US",
            **absent.WORKSPACE,
        }
    }


@method("bots.info", "users:read")
def bot(call: Call) -> Json:
    if call.args.text("bot", BOT) != BOT:
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": BOT,
            "deleted": False,
            "name": call.w.app.name,
            "updated": call.w.created,
            "app_id": APP,
            "user_id": BOT_USER,
            "icons": render.icons(call.w, 36, 48, 72),
        }
    }
