"""`conversations.*`: channels, their histories, direct messages."""

from collections.abc import Sequence

from sandbox.slack import pages, render
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.model import BOT_USER, Channel, Json, Message
from sandbox.slack.registry import Call, method

_KINDS = {"public_channel": "channel", "private_channel": "private", "im": "im", "mpim": "mpim"}
_READ = {"channel": "channels:read", "private": "groups:read", "im": "im:read"}
_HISTORY = {"channel": "channels:history", "private": "groups:history", "im": "im:history"}


@method("conversations.list", "channels:read", "groups:read", "im:read", "mpim:read", tier=2)
def list_channels(call: Call) -> Json:
    return _listed(call, list(call.w.channels.values()))


@method("users.conversations", "channels:read", "groups:read", "im:read", "mpim:read")
def of_user(call: Call) -> Json:
    user = call.args.text("user", BOT_USER)
    call.w.person(user)
    return _listed(call, [c for c in call.w.channels.values() if user in c.members])


def _listed(call: Call, channels: Sequence[Channel]) -> Json:
    wanted = call.args.names("types") or ["public_channel"]
    if unknown := [t for t in wanted if t not in _KINDS]:
        words = f"[ERROR] invalid types: {', '.join(unknown)}"
        raise SlackError("invalid_types", messages=[words], arg="types", callstack="")
    kinds = {_KINDS[t] for t in wanted}
    for kind in kinds & _READ.keys():
        _need_scope(call, _READ[kind])
    shown = [c for c in channels if c.kind in kinds and call.w.sees(BOT_USER, c)]
    if call.args.flag("exclude_archived"):
        shown = [c for c in shown if not c.archived]
    found, cursor = pages.page(shown, call.args, 100, 999)
    return {
        "channels": [render.channel(call.w, c) for c in found],
        "response_metadata": {"next_cursor": cursor},
    }


@method("conversations.info", "channels:read", "groups:read", "im:read", "mpim:read")
def info(call: Call) -> Json:
    c = call.channel()
    _need_scope(call, _READ[c.kind])
    made = render.channel(call.w, c)
    if not call.args.flag("include_num_members"):
        made.pop("num_members", None)
    if not call.args.flag("include_locale"):
        made.pop("locale", None)
    return {"channel": made}


@method("conversations.members", "channels:read", "groups:read", "im:read", "mpim:read", tier=4)
def members(call: Call) -> Json:
    c = call.channel()
    found, cursor = pages.page(c.members, call.args, 100, 999)
    return {"members": found, "response_metadata": {"next_cursor": cursor}}


@method("conversations.join", "channels:join")
def join(call: Call) -> Json:
    c = call.channel()
    if c.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if c.archived:
        raise SlackError("is_archived")
    if BOT_USER in c.members:
        return {
            "channel": render.channel(call.w, c),
            "warning": "already_in_channel",
            "response_metadata": {"warnings": ["already_in_channel"]},
        }
    call.w.join(c, BOT_USER)
    return {"channel": render.channel(call.w, c)}


@method("conversations.open", "im:write", "mpim:write")
def open_dm(call: Call) -> Json:
    """By person, or by the id of a direct message that exists."""
    w = call.w
    if call.args.text("channel"):
        c = call.channel()
        if c.kind != "im":
            raise SlackError("method_not_supported_for_channel_type")
        return {"no_op": True, "already_open": True, "channel": _opened(call, c)}
    users = call.args.names("users")
    if not users:
        raise SlackError("users_list_not_supplied")
    if len(users) > 1:
        raise SlackError("missing_scope", needed="mpim:write", provided=",".join(w.app.scopes))
    person = w.person(users[0])
    if person.deleted:
        raise SlackError("user_disabled")
    if person.bot:
        raise SlackError("cannot_dm_bot")
    if not w.may_message(person):
        raise SlackError("user_not_visible")
    c, there = w.dm(BOT_USER, person.id)
    already = {"no_op": True, "already_open": True} if there else {}
    return {**already, "channel": _opened(call, c)}


def _opened(call: Call, c: Channel) -> Json:
    if not call.args.flag("return_im"):
        return {"id": c.id}
    last = next(reversed(c.messages.values()), None)
    return render.channel(call.w, c) | {"latest": render.message(call.w, last) if last else None}


@method("conversations.history", "channels:history", "groups:history", "im:history", "mpim:history")
def history(call: Call) -> Json:
    """Newest first, without replies, except those sent to the channel too."""
    c = _readable(call)
    shown = [m for m in c.messages.values() if not m.is_reply or m.subtype == "thread_broadcast"]
    shown = _between(call.args, sorted(shown, key=lambda m: m.ts, reverse=True))
    found, cursor = pages.page(shown, call.args, 100, 999)
    made: Json = {"messages": [_message(call, m) for m in found], "has_more": bool(cursor), "pin_count": len(c.pins)}
    if "latest" in call.args:
        made["latest"] = call.args.text("latest")
    if "oldest" in call.args:
        made["oldest"] = call.args.text("oldest")
    made |= {"channel_actions_ts": None, "channel_actions_count": 0}
    return made | {"response_metadata": {"next_cursor": cursor}}


@method("conversations.replies", "channels:history", "groups:history", "im:history", "mpim:history")
def replies(call: Call) -> Json:
    """Oldest first; the first message of the thread leads every page."""
    c = _readable(call)
    asked = c.messages.get(call.args.need("ts"))
    if asked is None:
        raise SlackError("thread_not_found")
    root = c.messages.get(asked.thread_ts, asked)
    thread = _between(call.args, sorted(call.w.thread(c, root.ts), key=lambda m: m.ts))
    found, cursor = pages.page(thread, call.args, 1000, 1000)
    made: Json = {"messages": [_message(call, m) for m in (root, *found)], "has_more": bool(cursor)}
    return made | {"response_metadata": {"next_cursor": cursor}}


def _readable(call: Call) -> Channel:
    c = call.channel()
    _need_scope(call, _HISTORY[c.kind])
    if BOT_USER not in c.members:
        raise SlackError("not_in_channel")
    return c


def _message(call: Call, m: Message) -> Json:
    made = render.message(call.w, m, metadata=call.args.flag("include_all_metadata"))
    if m.subtype == "thread_broadcast" and m.thread_ts in call.w.channels[m.channel].messages:
        made["root"] = render.root(call.w, call.w.channels[m.channel].messages[m.thread_ts])
    return made


def _between(args: Arguments, messages: list[Message]) -> list[Message]:
    """`oldest` and `latest` leave out their own instant unless `inclusive`."""
    inclusive = args.flag("inclusive")
    oldest, latest = _instant(args, "oldest", 0.0), _instant(args, "latest", float("inf"))

    def inside(m: Message) -> bool:
        at = float(m.ts)
        return oldest <= at <= latest if inclusive else oldest < at < latest

    return [m for m in messages if inside(m)]


def _instant(args: Arguments, name: str, default: float) -> float:
    text = args.text(name)
    try:
        return float(text) if text else default
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _need_scope(call: Call, scope: str) -> None:
    provided = call.w.app.scopes
    if scope not in provided:
        raise SlackError("missing_scope", needed=scope, provided=",".join(provided))
