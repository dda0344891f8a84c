"""What people write in threads, and what an engineer tells the client from the card. Parses; `Conversation` decides."""

import json
from typing import Any

from bot import letters
from bot.desk.channels import Channels
from bot.desk.conversation import Conversation
from bot.desk.said import File, Said
from bot.slack import ids, text
from handlers.incoming import Body, Incoming
from handlers.listeners import Listeners


def register(on: Listeners, conversation: Conversation, channels: Channels) -> None:
    async def heard(incoming: Incoming) -> None:
        said = words(incoming.body["event"])
        if said is not None:
            await conversation.hear(incoming.actor, said)

    async def told(incoming: Incoming) -> None:
        remembered = json.loads(incoming.remembered)
        incoming.channel = remembered["channel"]
        written = incoming.field("to_client", "to_client")
        await conversation.reply(incoming.actor, remembered["request"], written, incoming.source)

    def check(incoming: Incoming) -> dict[str, str]:
        return {} if incoming.field("to_client", "to_client").strip() else {"to_client": "There are no words in it."}

    async def renumbered(incoming: Incoming) -> None:
        event = incoming.body["event"]
        await channels.changed(event["old_channel_id"], event["new_channel_id"])

    on.event("message", heard)
    on.event("channel_id_changed", renumbered)
    on.view(ids.REQUEST_TELL, told, check)


def words(event: Body) -> Said | None:
    """What a message event says. None for what nobody wrote: joins, topics, tombstones, apps."""
    subtype = event.get("subtype")
    if subtype == "message_deleted":
        return _deleted(event, str(event["deleted_ts"]), event.get("previous_message") or {})
    if subtype == "message_changed":
        message = event.get("message") or {}
        if message.get("subtype") == "tombstone":
            return _deleted(event, str(message["ts"]), event.get("previous_message") or message)
        stamp = str((message.get("edited") or {}).get("ts") or event.get("event_ts") or event["ts"])
        return _said(event, message, stamp)
    return _said(event, event, "")


def _said(event: Body, message: Body, stamp: str) -> Said:
    return Said(
        channel=str(event["channel"]),
        ts=str(message["ts"]),
        thread_ts=str(message.get("thread_ts") or message["ts"]),
        text=letters.harmless(text.plain(str(message.get("text") or ""))),
        files=tuple(file(f) for f in message.get("files") or []),
        stamp=stamp,
        edited=bool(message.get("edited")),
    )


def _deleted(event: Body, ts: str, before: Body) -> Said:
    thread = str(before.get("thread_ts") or ts)
    return Said(str(event["channel"]), ts, thread, stamp=str(event.get("event_ts") or event["ts"]), deleted=True)


def file(said: dict[str, Any]) -> File:
    """Name, size and a link that Slack opens for those who may see it. What Slack keeps to itself is not guessed."""
    if said.get("mode") in ("tombstone", "hidden_by_limit") or said.get("file_access") in (
        "access_denied",
        "not_found",
    ):
        return File("a file that cannot be opened any more")
    name = str(said.get("title") or said.get("name") or "a file")
    size = said.get("size")
    return File(
        text.plain(name)[:150] or "a file", size if isinstance(size, int) else None, str(said.get("permalink") or "")
    )
