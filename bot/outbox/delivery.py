"""One attempt at one row: what is called, in which order, and what the answer means.

Slack messages are seen at most once: where an earlier attempt may have arrived, the channel is searched for the row's
id first. A file goes in two steps: its bytes to Slack, where nobody sees them, and, once its Slack id is recorded, into
the channel; where that may have been done, the channel is searched for that id. Nothing can be searched for outside
Slack, and ephemeral answers cannot be read back: there a second copy is better than none, and an attempt whose outcome
is unknown is repeated.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.errors import BotError, Temporary
from bot.outbox import faults, incidents, telling
from bot.outbox.api import OwnerOf
from bot.outbox.queue import Waiting
from bot.outbox.tables import OutgoingFile, OutgoingMessage
from bot.outbox.waiting import Limited
from bot.slack.errors import SlackRefused
from bot.slack.gateway import Gateway, Posted
from bot.slack.render import Message

SKEW = timedelta(minutes=10)
"""How far Slack's clock may be ahead of ours when we look for a message from its first attempt on."""

REFUSALS = 3
"""So many times a contact method says that it will not take a message, in some seconds; then it is believed. A gateway
that is being started anew answers 404 for a moment."""

log = structlog.get_logger()

Written = Callable[[str, str], str]
"""(contact ref, text of a row) → the text as it leaves: with what may stand in no row."""


Tell = Callable[[str, str, str], Awaitable[None]]
"""(Apprise URL, title, body): see `Worker.tell`."""


def as_it_is(contact: str, text: str) -> str:
    return text


@dataclass(frozen=True)
class Sent:
    """What stands there now. `channel` and `ts` where it has a place."""

    version: int
    channel: str | None = None
    ts: str | None = None


@dataclass(frozen=True)
class Uploaded:
    """The bytes are at Slack under this id, and nobody sees them yet."""

    slack_id: str


class NotSent(Exception):
    """It is cancelled or too late, and no earlier attempt of it arrived."""


class Undeliverable(BotError):
    """Refused for good, by something that is not Slack."""


class Delivery:
    def __init__(
        self,
        slack: Gateway,
        contacts: Callable[[str], str | None],
        tell: Tell,
        owner_of: OwnerOf = lambda channel: None,
        written: Written = as_it_is,
    ) -> None:
        self._slack = slack
        self._contacts = contacts
        self._tell = tell
        self._owner_of = owner_of
        self._written = written

    async def send(self, row: OutgoingMessage, root: Posted | None, file: OutgoingFile | None) -> Sent | Uploaded:
        """Makes the world show `row.content`. Raises `Temporary`, `SlackRefused`, `Undeliverable` or `NotSent`."""
        if row.kind == "contact":
            return await self._notify(row)
        if row.kind == "reply":
            assert row.response_url is not None
            _not_if_withdrawn(row)
            await self._slack.respond(row.response_url, _message(row), replace=row.replace_original)
            return Sent(row.version)
        if row.kind == "reaction":
            return await self._react(row, root)
        if row.kind == "pin":
            return await self._pin(row, root)
        self._not_to_others(row, root)
        if row.kind == "file":
            return await self._share(row, root, file)
        if row.ts is not None:
            return await self._update(row)
        return await self._post(row, root)

    async def _place(self, row: OutgoingMessage, root: Posted | None) -> tuple[str, str | None]:
        if root is not None:
            return root.channel, root.ts
        if row.channel is not None:
            return row.channel, row.thread_ts
        assert row.user is not None
        return await self._slack.open_dm(row.user), row.thread_ts

    async def _share(self, row: OutgoingMessage, root: Posted | None, file: OutgoingFile | None) -> Sent | Uploaded:
        if file is None:
            raise Undeliverable("The file is not there any more.")
        if file.slack_id is None:
            _not_if_withdrawn(row)
            content = row.content
            return Uploaded(await self._slack.upload(content["name"], file.content, alt=content["alt"]))
        channel, thread = await self._place(row, root)
        if row.ambiguous and await self._look_for_file(row, file.slack_id, channel, thread):
            return Sent(row.version, channel)
        _not_if_withdrawn(row)
        faults.reach("outbox.before_send")
        try:
            await self._slack.share(file.slack_id, row.content["title"], channel, thread_ts=thread)
        except SlackRefused as error:
            if error.code != "file_already_completed":
                raise
        return Sent(row.version, channel)

    async def _look_for_file(self, row: OutgoingMessage, slack_id: str, channel: str, thread: str | None) -> bool:
        assert row.first_attempt_at is not None
        since = row.first_attempt_at - SKEW
        try:
            return await self._slack.file_find(channel, slack_id, thread_ts=thread, since=since)
        except SlackRefused as error:
            log.warning("cannot look for a file, sharing it again", key=row.key, reason=str(error))
            return False

    def _not_to_others(self, row: OutgoingMessage, root: Posted | None) -> None:
        """Between writing and sending the roster file may have changed: whose channel is it now?"""
        channel = row.posted_channel or (root.channel if root else row.channel)
        if row.for_client is None or channel is None:
            return
        owner = self._owner_of(channel) or ""
        if owner != row.for_client:
            was, now = row.for_client or "the team", owner or "no client"
            raise Undeliverable(f"It was written for {was}, and {channel} is of {now} now.")

    async def _react(self, row: OutgoingMessage, root: Posted | None) -> Sent:
        assert row.channel is not None
        name = row.content["name"] if root is not None or row.thread_of is None else row.content["refused"]
        await self._slack.add_reaction(Posted(row.channel, row.content["ts"]), name)
        return Sent(row.version)

    async def _pin(self, row: OutgoingMessage, root: Posted | None) -> Sent:
        if root is None:
            raise Undeliverable("What was to be pinned was not posted.")
        await self._slack.pin(root)
        return Sent(row.version)

    async def _post(self, row: OutgoingMessage, root: Posted | None) -> Sent:
        channel, thread = await self._place(row, root)
        if row.ephemeral_to:
            _not_if_withdrawn(row)
            await self._slack.ephemeral(channel, row.ephemeral_to, _message(row), thread_ts=thread)
            return Sent(row.version)
        if row.ambiguous and (found := await self._look(row, channel, thread)):
            return found
        _not_if_withdrawn(row)
        faults.reach("outbox.before_send")
        posted = await self._slack.post(channel, _message(row), thread_ts=thread, metadata=_payload(row))
        return Sent(row.version, posted.channel, posted.ts)

    async def _look(self, row: OutgoingMessage, channel: str, thread: str | None) -> Sent | None:
        assert row.first_attempt_at is not None
        since = row.first_attempt_at - SKEW
        try:
            found = await self._slack.history_find(channel, row.id, thread_ts=thread, since=since)
        except SlackRefused as error:
            log.warning("cannot look for a message, sending it again", key=row.key, reason=str(error))
            return None
        return Sent(found.version, channel, found.ts) if found else None

    async def _update(self, row: OutgoingMessage) -> Sent:
        assert row.posted_channel is not None
        assert row.ts is not None
        faults.reach("outbox.before_update")
        place = Posted(row.posted_channel, row.ts)
        if row.content.get("gone"):
            await self._slack.delete(place)
            return Sent(row.version, row.posted_channel, row.ts)
        await self._slack.update(place, _message(row), metadata=_payload(row))
        return Sent(row.version, row.posted_channel, row.ts)

    async def _notify(self, row: OutgoingMessage) -> Sent:
        assert row.contact_ref is not None
        url = self._contacts(row.contact_ref)
        if url is None:
            raise Undeliverable(f"The roster has no contact {row.contact_ref} with an address.")
        _not_if_withdrawn(row)
        faults.reach("outbox.before_send")
        body = self._written(row.contact_ref, row.content["body"])
        if incidents.keeps(url):
            await incidents.send(url, row.key, row.content, body, telling.SECONDS)
            return Sent(row.version)
        try:
            await self._tell(url, row.content["title"], body)
        except telling.Unknown:
            raise Undeliverable(f"The address of {row.contact_ref} is none that Apprise knows.") from None
        except telling.Limited as error:
            raise Limited(row.contact_ref, error.seconds) from None
        except telling.NotTaken as error:
            why = f"It did not take the message{f': {error}' if str(error) else ''}."
            raise (Undeliverable(why) if error.refused and row.attempts >= REFUSALS else Temporary(why)) from None
        except telling.Failed as error:
            raise Temporary(f"The contact method failed: {error}.") from None
        except telling.Ended:
            raise Temporary("The process that sends it ended.") from None
        except TimeoutError:
            raise Temporary("The contact method did not answer in time.") from None
        return Sent(row.version)


_ON_MESSAGES = {"reaction": "reactions.add", "pin": "pins.add"}


def methods(row: Waiting) -> tuple[str, ...]:
    """Slack's methods that an attempt at `row` needs: while one of them is limited, the row waits."""
    if row.kind in _ON_MESSAGES:
        return (_ON_MESSAGES[row.kind],)
    if row.kind not in ("slack", "file"):
        return ()
    if row.ts is not None:
        return ("chat.delete",) if row.gone else ("chat.update",)
    if row.ephemeral_to:
        return ("chat.postEphemeral",)
    look = ("conversations.history", "conversations.replies") if row.ambiguous else ()
    opened = ("conversations.open",) if row.channel is None else ()
    if row.kind == "file":
        return ("files.getUploadURLExternal", "files.completeUploadExternal", *look, *opened)
    return ("chat.postMessage", *look, *opened)


def _message(row: OutgoingMessage) -> Message:
    return Message.from_row(row.content)


def _payload(row: OutgoingMessage) -> dict[str, str | int]:
    return {"id": row.id, "key": row.key, "version": row.version}


def _not_if_withdrawn(row: OutgoingMessage) -> None:
    if row.withdrawn:
        raise NotSent("Cancelled, or too late to be of use.")
