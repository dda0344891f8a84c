"""What a listener is handed: who asked, where, what, and a way to answer. Parsed from Slack's payload once.

Every payload has a key that Slack keeps the same when it delivers again: `source`. Services take it, so that the
same command or click is one effect however often it comes.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot import letters
from bot.directory.access import Actor
from bot.errors import UserError

Body = dict[str, Any]


def key_of(body: Body) -> str:
    """What is unique about an envelope: the event's id, else the trigger's, else the view's id and hash."""
    if event_id := body.get("event_id"):
        return f"event/{event_id}"
    if trigger := body.get("trigger_id"):
        return f"trigger/{trigger}"
    view = body.get("view") or {}
    return f"view/{view.get('id')}/{view.get('hash')}/{body.get('type')}"


def kind_of(body: Body) -> str:
    """ "command", or Slack's own word: block_actions, view_submission, event_callback, …"""
    return "command" if "command" in body else str(body.get("type", "unknown"))


def person_of(body: Body) -> str:
    """The Slack id of who did it; empty for what nobody did (a channel was renamed)."""
    if "command" in body:
        return str(body["user_id"])
    if user := body.get("user"):
        return str(user["id"])
    event = body.get("event") or {}
    edited = event.get("previous_message") or event.get("message") or {}
    user = event.get("user") or edited.get("user") or ""
    return str(user["id"] if isinstance(user, dict) else user)


def channel_of(body: Body) -> str:
    """The channel in which it was done; empty in App Home and for a modal that remembers none."""
    if "command" in body:
        return str(body["channel_id"])
    event = body.get("event") or {}
    place = body.get("channel") or event.get("channel") or (event.get("item") or {}).get("channel") or ""
    return str(place["id"] if isinstance(place, dict) else place)


def said_in_a_thread(body: Body) -> bool:
    """Whether an event may matter to a conversation: a person's words in a thread, or a change of a message.

    What is said elsewhere in a channel is nothing to Heliograph, and is not written down. Only the first message of a
    thread is changed without being in one.
    """
    event = body.get("event") or {}
    message = event.get("previous_message") or event.get("message") or event
    if message.get("bot_id") or not message.get("user"):
        return False
    if event.get("subtype") in ("message_changed", "message_deleted"):
        return True
    return bool(event.get("thread_ts")) and event.get("subtype") in (
        None,
        "file_share",
        "thread_broadcast",
        "me_message",
    )


def is_message(body: Body) -> bool:
    return (body.get("event") or {}).get("type") == "message"


@dataclass
class Incoming:
    """One thing that somebody did. `text` is a command's or a message's; `action` the element that was clicked."""

    source: str
    actor: Actor
    body: Body
    channel: str
    answers: int = field(default=0)

    @property
    def text(self) -> str:
        return str(self.body.get("text") or (self.body.get("event") or {}).get("text") or "")

    @property
    def action(self) -> Body:
        actions = self.body.get("actions") or [{}]
        first: Body = actions[0]
        return first

    @property
    def value(self) -> str:
        """What a button carries. Raises `UserError` where a message is too old to carry anything."""
        value = self.action.get("value") or (self.action.get("selected_option") or {}).get("value")
        if value is None:
            raise UserError("This button carries nothing any more.", hint="Look for a newer message.")
        return str(value)

    @property
    def number(self) -> int:
        """The id that a button carries."""
        try:
            return int(self.value)
        except ValueError:
            raise UserError("This button is not one of Heliograph's.", hint="Look for a newer message.") from None

    @property
    def trigger(self) -> str:
        return str(self.body.get("trigger_id", ""))

    @property
    def response_url(self) -> str:
        if url := self.body.get("response_url"):
            return str(url)
        urls = self.body.get("response_urls") or [{}]
        return str(urls[0].get("response_url", ""))

    @property
    def thread_ts(self) -> str | None:
        """The thread in which a message was written."""
        return (self.body.get("event") or {}).get("thread_ts") if is_message(self.body) else None

    def field(self, block: str, element: str) -> str:
        """What was typed or chosen in a modal; empty where nothing was."""
        state = ((self.body.get("view") or {}).get("state") or {}).get("values") or {}
        found = (state.get(block) or {}).get(element) or {}
        chosen = (found.get("selected_option") or {}).get("value")
        plain = (found.get(key) for key in ("value", "selected_user", "selected_date_time", "selected_conversation"))
        return letters.harmless(str(next((value for value in (chosen, *plain) if value), "")))

    def chosen(self, block: str, element: str) -> list[str]:
        """The values of the boxes that are ticked, or of the options that are chosen, in a modal."""
        state = ((self.body.get("view") or {}).get("state") or {}).get("values") or {}
        found = (state.get(block) or {}).get(element) or {}
        return [str(option["value"]) for option in found.get("selected_options") or []]

    def when(self, block: str) -> datetime:
        """The instant that was chosen in a modal. Raises `UserError` where none was."""
        state = ((self.body.get("view") or {}).get("state") or {}).get("values") or {}
        chosen = ((state.get(block) or {}).get(block) or {}).get("selected_date_time")
        if not isinstance(chosen, int):
            raise UserError("Choose a date and a time.", field=block)
        return datetime.fromtimestamp(chosen, UTC)

    @property
    def form(self) -> str:
        """A key for one form, however often it is sent: two clicks on its button are one effect."""
        return f"view/{(self.body.get('view') or {}).get('id', self.source)}"

    @property
    def at_home(self) -> bool:
        """Whether it was clicked in App Home."""
        return (self.body.get("view") or {}).get("type") == "home"

    @property
    def ephemeral(self) -> bool:
        """Whether what was clicked is for the clicker's eyes only, so that an answer may take its place."""
        return bool((self.body.get("container") or {}).get("is_ephemeral"))

    def files(self, block: str, element: str) -> list[Body]:
        """Slack's files that were attached in a modal."""
        state = ((self.body.get("view") or {}).get("state") or {}).get("values") or {}
        return list(((state.get(block) or {}).get(element) or {}).get("files") or [])

    @property
    def remembered(self) -> str:
        """A modal's `private_metadata`."""
        return str((self.body.get("view") or {}).get("private_metadata", ""))
