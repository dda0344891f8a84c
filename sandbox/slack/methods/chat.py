"""`chat.*`: what the bot says, changes and takes back."""

from typing import Any

from sandbox.slack import events, posting, render
from sandbox.slack.errors import SlackError
from sandbox.slack.model import BOT_USER, Channel, Json, Message
from sandbox.slack.posting import Content
from sandbox.slack.registry import Call, method
from sandbox.slack.workspace import Workspace


@method("chat.postMessage", "chat:write", tier=4)
def post_message(call: Call) -> Json:
    args = call.args
    c = destination(call)
    posting.may_post(call.w, c)
    _customised(call)
    made = _content(call)
    thread_ts = posting.check_thread(c, args.text("thread_ts"))
    more: dict[str, Any] = {"thread_ts": thread_ts}
    if thread_ts and args.flag("reply_broadcast"):
        more["subtype"] = "thread_broadcast"
    if args.text("username"):
        more |= {"username": args.text("username"), "subtype": more.get("subtype", "bot_message")}
    more["icon"] = args.text("icon_emoji")
    message = posting.post(call.w, c, made, **more)
    shown = render.message(call.w, message)
    if message.subtype == "thread_broadcast":
        shown["root"] = render.root(call.w, c.messages[thread_ts])
    return {"channel": c.id, "ts": message.ts, "message": shown}


@method("chat.postEphemeral", "chat:write", tier=4)
def post_ephemeral(call: Call) -> Json:
    c = destination(call)
    posting.may_post(call.w, c)
    user = call.args.need("user")
    if user not in c.members or call.w.person(user).deleted:
        raise SlackError("user_not_in_channel")
    thread_ts = posting.check_thread(c, call.args.text("thread_ts"))
    made = _content(call)
    return {"message_ts": posting.whisper(call.w, c, made, user, thread_ts).ts}


@method("chat.update", "chat:write")
def update(call: Call) -> Json:
    """Fields that are absent stay as they are; an empty list takes blocks away."""
    w, args = call.w, call.args
    c = call.channel()
    m = w.message(c, args.need("ts"))
    if m.user != BOT_USER:
        raise SlackError("cant_update_message")
    if len(args.text("text")) > posting.UPDATE_TEXT:
        raise SlackError("msg_too_long")
    if "text" not in args and "blocks" not in args and "attachments" not in args and "metadata" not in args:
        raise SlackError("no_text")
    made = _content(call, need=False)
    _refuse_nothing(args.text("text"), made, m, "blocks" in args)
    before = render.message(w, m)
    _apply(m, made, call)
    m.edited = {"user": BOT_USER, "ts": w.next_ts(c)}
    w.changed(c)
    events.changed(w, m, before)
    return {"channel": c.id, "ts": m.ts, "text": m.text, "message": render.message(w, m)}


def _refuse_nothing(text: str, made: Content, m: Message, blocks_given: bool) -> None:
    if not (text or made.blocks or made.attachments) and (blocks_given or not m.blocks) and not m.text:
        raise SlackError("no_text")


def _apply(m: Message, made: Content, call: Call) -> None:
    if "text" in call.args:
        m.text = made.text
    if "blocks" in call.args:
        m.blocks, m.state = made.blocks, {}
    if "attachments" in call.args:
        m.attachments = made.attachments
    if "metadata" in call.args:
        m.metadata = made.metadata


@method("chat.delete", "chat:write")
def delete(call: Call) -> Json:
    c = call.channel()
    m = call.w.message(c, call.args.need("ts"))
    if m.user != BOT_USER:
        raise SlackError("cant_delete_message")
    remove(call.w, c, m)
    return {"channel": c.id, "ts": m.ts}


def remove(w: Workspace, c: Channel, m: Message) -> None:
    """A first message with replies leaves a tombstone, so that its thread stays."""
    before = render.message(w, m)
    if w.thread(c, m.ts):
        m.subtype, m.text = "tombstone", "This message was deleted."
        m.blocks, m.attachments, m.files, m.reactions, m.metadata = [], [], [], {}, None
    else:
        del c.messages[m.ts]
    w.changed(c)
    events.deleted(w, m, before)


@method("chat.getPermalink", tier=4)
def permalink(call: Call) -> Json:
    c = call.channel()
    m = c.messages.get(call.args.need("message_ts"))
    if m is None:
        raise SlackError("message_not_found")
    return {"channel": c.id, "permalink": link(call.w, m)}


def link(w: Workspace, m: Message) -> str:
    """As Slack's, on the sandbox's own address, so that a click in the page leads somewhere."""
    thread = f"?thread_ts={m.thread_ts}&cid={m.channel}" if m.is_reply else ""
    return f"{w.url}/archives/{m.channel}/p{m.ts.replace('.', '')}{thread}"


def destination(call: Call) -> Channel:
    """A channel by id or name, or a person, who gets a direct message."""
    w, wanted = call.w, call.args.need("channel")
    if wanted[:1] in "UW" and wanted in w.people:
        if w.people[wanted].deleted or not w.may_message(w.people[wanted]):
            raise SlackError("channel_not_found")
        return w.dm(BOT_USER, wanted)[0]
    by_name = next((c for c in w.channels.values() if c.kind != "im" and wanted.lstrip("#") == c.name), None)
    return w.channel(by_name.id if by_name else wanted)


def _customised(call: Call) -> None:
    customised = any(n in call.args for n in ("username", "icon_emoji", "icon_url"))
    if customised and "chat:write.customize" not in call.w.app.scopes:
        provided = ",".join(call.w.app.scopes)
        raise SlackError("missing_scope", needed="chat:write.customize", provided=provided)


def _content(call: Call, *, need: bool = True) -> Content:
    args = call.args
    return posting.content(
        args.text("text"),
        args.json("blocks", "invalid_blocks_format"),
        args.json("attachments", "invalid_attachments"),
        args.json("metadata", "invalid_metadata_format"),
        need=need,
    )
