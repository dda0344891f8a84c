"""Everything that leaves Heliograph is written here, in the transaction of the fact that it tells.

A message has a key. Writing the same key again writes nothing; `update` changes what stands there, and the newest
wins. Nothing here talks to the network: `bot.outbox.sender` does, and what it promises is written there.

A client's channel takes only what was written for that client (`for_client`), and what is for a client goes nowhere
else. It is asked when a message is written, and again when it is sent.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

import sqlalchemy as sql
from sqlalchemy import Select, delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.clock import Clock
from bot.errors import BotError
from bot.outbox.tables import OutgoingFile, OutgoingMessage
from bot.slack.render import Message
from bot.store import ids, rows
from bot.store.database import Database

REPLY_LIFE = timedelta(minutes=30)
"""Slack takes answers to a `response_url` for so long, and five of them."""

KEPT = timedelta(days=90)
"""For so long a message can be changed after it was sent. A request that is open for longer is another problem."""


class Priority(IntEnum):
    """Pages before notices before digests, in each channel and over all."""

    PAGE = 0
    NOTICE = 1
    DIGEST = 2


_WRITTEN = "outbox"
"""What a transaction remembers of the messages it has written: key → channel and person."""

GONE: dict[str, Any] = {"gone": True}
"""The content of a message that was taken back."""


@dataclass(frozen=True)
class Destination:
    """A channel, or a person's DM; at the top, in the thread of a `ts`, or in the thread of another message's key.

    With `thread_of` alone it goes where that message goes.
    """

    channel: str | None = None
    user: str | None = None
    thread_ts: str | None = None
    thread_of: str | None = None


@dataclass(frozen=True)
class Attachment:
    """A file. `alt` is what is read to those who do not see it: all that it says, in words."""

    name: str
    title: str
    alt: str
    content: bytes


OwnerOf = Callable[[str], str | None]
"""Channel → the id of the client whose channel it is; None for one of the team's own."""


class Misdirected(BotError):
    """A defect: something was written for a channel that it must not go to. Nothing was written."""


class Outbox:
    def __init__(self, db: Database, clock: Clock, owner_of: OwnerOf = lambda channel: None) -> None:
        self._db = db
        self._clock = clock
        self._owner_of = owner_of
        self._wakers: list[Callable[[], None]] = []

    def on_wake(self, waker: Callable[[], None]) -> None:
        """`waker` is called when there may be something to send; the sender registers itself."""
        self._wakers.append(waker)

    def wake(self) -> None:
        """Call it after the commit: what was written goes out now, not at the sender's next look."""
        for waker in self._wakers:
            waker()

    async def post(
        self,
        tx: AsyncSession,
        key: str,
        to: Destination,
        message: Message,
        *,
        priority: Priority = Priority.NOTICE,
        due: datetime | None = None,
        ephemeral_to: str | None = None,
        expires: datetime | None = None,
        for_client: str = "",
    ) -> None:
        """A Slack message, from `due` (default: now) on, and not after `expires`. The same key twice is one message.

        In the thread of a message that Slack refused for good, it goes to the top of the channel instead. Raises
        `LookupError` where `to.thread_of` is not a key, `Misdirected` where the channel is not that of `for_client`.
        """
        to = await self._placed(tx, to, for_client)
        await self._add(
            tx,
            key,
            kind="slack",
            lane=to.channel or f"dm/{to.user}",
            priority=priority,
            channel=to.channel,
            user=to.user,
            thread_ts=to.thread_ts,
            thread_of=to.thread_of,
            ephemeral_to=ephemeral_to,
            for_client=for_client,
            content=message.to_row(),
            due_at=due,
            expires_at=expires,
        )

    async def attach(
        self,
        tx: AsyncSession,
        key: str,
        to: Destination,
        file: Attachment,
        *,
        priority: Priority = Priority.NOTICE,
        expires: datetime | None = None,
        for_client: str = "",
    ) -> None:
        """A file, after what was written for the same place before it. The same key twice is one visible file.

        It cannot be updated. Raises `LookupError` where `to.thread_of` is not a key, `Misdirected` like `post`.
        """
        to = await self._placed(tx, to, for_client)
        written = await self._add(
            tx,
            key,
            kind="file",
            lane=to.channel or f"dm/{to.user}",
            priority=priority,
            channel=to.channel,
            user=to.user,
            thread_ts=to.thread_ts,
            thread_of=to.thread_of,
            for_client=for_client,
            content={"name": file.name, "title": file.title, "alt": file.alt},
            expires_at=expires,
        )
        if written is not None:
            tx.add(OutgoingFile(outbox_id=written, content=file.content))

    async def update(self, tx: AsyncSession, key: str, message: Message, *, for_client: str = "") -> None:
        """What stands, or will stand, under `key` becomes `message`. Waits for the post; the newest wins.

        A cancelled message stays cancelled. Raises `LookupError` on an unknown key, `Misdirected` where it was written
        for somebody else.
        """
        row = await self._locked(tx, key)
        if row.for_client not in (None, for_client):
            raise Misdirected(f"{key} is for “{row.for_client}”, its update for “{for_client}”.")
        _becomes(row, message.to_row())

    async def remove(self, tx: AsyncSession, key: str) -> None:
        """Takes back what stands under `key`: never sent, or deleted. Raises `LookupError` on an unknown key."""
        row = await self._locked(tx, key)
        if row.state == "pending" and row.ts is None and not row.ambiguous:
            row.state, row.done_at = "cancelled", self._clock.now()
            return
        row.withdrawn = row.ts is None
        _becomes(row, GONE)

    async def react(self, tx: AsyncSession, key: str, channel: str, ts: str, name: str, *, after: str = "") -> None:
        """The emoji `name` on somebody's message; with `after`, once the message of that key has gone out.

        If that one is refused for good it is a warning sign instead: nobody shall wait for it for ever.
        """
        content = {"ts": ts, "name": name, "refused": "warning"}
        lane = f"{channel}/reactions"
        priority = Priority.NOTICE
        await self._add(
            tx,
            key,
            kind="reaction",
            lane=lane,
            priority=priority,
            channel=channel,
            thread_of=after or None,
            content=content,
        )

    async def pin(self, tx: AsyncSession, key: str, channel: str, after: str) -> None:
        """Pins the message of the key `after`, once it has gone out."""
        await self._add(
            tx,
            key,
            kind="pin",
            lane=f"{channel}/reactions",
            priority=Priority.DIGEST,
            channel=channel,
            thread_of=after,
            content={},
        )

    async def notify(
        self,
        tx: AsyncSession,
        key: str,
        contact_ref: str,
        title: str,
        body: str,
        *,
        priority: Priority = Priority.PAGE,
        due: datetime | None = None,
        expires: datetime | None = None,
        event: dict[str, str] | None = None,
    ) -> None:
        """Reaches a person outside Slack. `contact_ref` ("vega/sms") becomes a URL when it is sent, and never a row.

        It goes from `due` (default: now) on, and not after `expires`.
        `event`: what `pagerduty` is to do with an incident of before.
        """
        content = {"title": title, "body": body, **(event or {})}
        lane = f"contact/{contact_ref}"
        await self._add(
            tx,
            key,
            kind="contact",
            lane=lane,
            priority=priority,
            contact_ref=contact_ref,
            content=content,
            due_at=due,
            expires_at=expires,
        )

    async def answer(
        self, tx: AsyncSession, key: str, response_url: str, message: Message, *, replace: bool = False
    ) -> None:
        """An answer that only who asked sees; with `replace`, in the place of the message that was clicked."""
        await self._add(
            tx,
            key,
            kind="reply",
            lane="reply/" + hashlib.blake2b(response_url.encode(), digest_size=8).hexdigest(),
            priority=Priority.NOTICE,
            response_url=response_url,
            replace_original=replace,
            content=message.to_row(),
            expires_at=self._clock.now() + REPLY_LIFE,
        )

    async def cancel(self, tx: AsyncSession, key_prefix: str) -> int:
        """What has not been sent yet, under any key that starts so, is not sent. → how many.

        What is on its way may still arrive; if it does not, it is not tried again. What failed is not sent again.
        What ends an incident elsewhere is no message: it goes out all the same.
        """
        starts = col(OutgoingMessage.key).startswith(key_prefix, autoescape=True)
        waiting = col(OutgoingMessage.state).in_(("pending", "failed"))
        message = col(OutgoingMessage.content)["action"].as_string().is_(None)
        unsent = (starts, message, col(OutgoingMessage.sent_version) == 0, col(OutgoingMessage.ts).is_(None))
        changed: Any = await tx.execute(
            update(OutgoingMessage)
            .where(*unsent, waiting, col(OutgoingMessage.ambiguous).is_(False))
            .values(state="cancelled", response_url=None, done_at=self._clock.now())
        )
        on_its_way = (col(OutgoingMessage.state) == "leased") | col(OutgoingMessage.ambiguous)
        await tx.execute(update(OutgoingMessage).where(*unsent, on_its_way).values(withdrawn=True))
        return int(changed.rowcount)

    async def hasten(self, tx: AsyncSession, key_prefix: str) -> int:
        """What reaches people outside Slack, waits for its time and has a key that starts so, goes now. → how many."""
        starts, now = col(OutgoingMessage.key).startswith(key_prefix, autoescape=True), self._clock.now()
        waits = (col(OutgoingMessage.state) == "pending", col(OutgoingMessage.due_at) > now)
        later = (starts, col(OutgoingMessage.kind) == "contact", *waits)
        changed: Any = await tx.execute(update(OutgoingMessage).where(*later).values(due_at=now))
        return int(changed.rowcount)

    async def send_again(self, tx: AsyncSession, id: str) -> OutgoingMessage | None:
        """What was refused for good is tried anew, as if for the first time. None where that row is not failed now."""
        found = select(OutgoingMessage).where(col(OutgoingMessage.id) == id, col(OutgoingMessage.state) == "failed")
        row = (await tx.scalars(found.with_for_update())).first()
        if row is not None:
            row.state, row.attempts, row.last_error, row.done_at = "pending", 0, "", None
            row.due_at = self._clock.now()
        return row

    async def key_at(self, tx: AsyncSession, channel: str, ts: str) -> str | None:
        """The key of our message that stands there."""
        where = (col(OutgoingMessage.posted_channel) == channel, col(OutgoingMessage.ts) == ts)
        return (await tx.scalars(select(OutgoingMessage.key).where(*where))).first()

    async def on_its_way(self, tx: AsyncSession, channel: str) -> set[str]:
        """Keys of messages that may be seen in the channel already, and whose place is not recorded yet."""
        begun = (col(OutgoingMessage.state) == "leased") | (col(OutgoingMessage.first_attempt_at).is_not(None))
        unsettled = (col(OutgoingMessage.ts).is_(None), col(OutgoingMessage.state).in_(("leased", "pending")), begun)
        where = (col(OutgoingMessage.channel) == channel, col(OutgoingMessage.kind) == "slack", *unsettled)
        return set((await tx.scalars(select(OutgoingMessage.key).where(*where))).all())

    async def renamed(self, tx: AsyncSession, old: str, new: str) -> None:
        """Slack gave a channel another id, as happens when it becomes shared: what stands there is still found."""
        for column in ("channel", "posted_channel"):
            was = getattr(OutgoingMessage, column) == old
            await tx.execute(update(OutgoingMessage).where(was).values({column: new}))
        for end in ("", "/updates", "/reactions"):
            was = col(OutgoingMessage.lane) == old + end
            await tx.execute(update(OutgoingMessage).where(was).values(lane=new + end))

    async def located(self, tx: AsyncSession, key: str) -> tuple[str, str] | None:
        """(channel, ts) once it is posted."""
        row = (await tx.scalars(_by_key(key))).first()
        if row is None or row.posted_channel is None or row.ts is None:
            return None
        return row.posted_channel, row.ts

    async def exists(self, tx: AsyncSession, key: str) -> bool:
        """Whether a message was written under `key`, and is not forgotten."""
        return (await tx.scalars(select(OutgoingMessage.id).where(col(OutgoingMessage.key) == key))).first() is not None

    async def prune(self, now: datetime) -> int:
        """Forgets what came to its end `KEPT` ago; until then it can be updated. → how many."""
        async with self._db.write() as tx:
            gone: Any = await tx.execute(delete(OutgoingMessage).where(col(OutgoingMessage.done_at) < now - KEPT))
            await tx.execute(delete(OutgoingFile).where(col(OutgoingFile.outbox_id).not_in(_carrying())))
            return int(gone.rowcount)

    async def _placed(self, tx: AsyncSession, to: Destination, for_client: str = "") -> Destination:
        if to.thread_of is not None:
            to = Destination(*await self._place(tx, to.thread_of), to.thread_ts, to.thread_of)
        if (to.channel is None) == (to.user is None):
            raise ValueError("a message goes to a channel or to a person")
        owner = (self._owner_of(to.channel) if to.channel else None) or ""
        if owner != for_client:
            raise Misdirected(f"{to.channel or to.user} is of “{owner}”, and this is for “{for_client}”.")
        return to

    async def _place(self, tx: AsyncSession, key: str) -> tuple[str | None, str | None]:
        """Where the message of that key goes: a channel or a person. Nobody asks for what was written a moment ago."""
        written: dict[str, tuple[str | None, str | None]] = tx.info.setdefault(_WRITTEN, {})
        if key not in written:
            root = (await tx.scalars(_by_key(key))).first()
            if root is None:
                raise LookupError(f"the outbox has no message {key!r} to answer under")
            written[key] = root.channel, root.user
        return written[key]

    async def _add(self, tx: AsyncSession, key: str, *, due_at: datetime | None = None, **fields: Any) -> str | None:
        """→ the new row's id; None where the key is there already."""
        now = self._clock.now()
        row = OutgoingMessage(id=ids.sortable(now), key=key, created_at=now, due_at=due_at or now, **fields)
        if not await rows.insert_new(tx, row):
            return None
        tx.info.setdefault(_WRITTEN, {})[key] = row.channel, row.user
        return row.id

    async def _locked(self, tx: AsyncSession, key: str) -> OutgoingMessage:
        row = (await tx.scalars(_by_key(key).with_for_update().execution_options(populate_existing=True))).first()
        if row is None:
            raise LookupError(f"the outbox has no message {key!r}")
        return row


def _carrying() -> Select[str]:
    """Ids of rows whose file may still have to be sent."""
    unsent = col(OutgoingMessage.state).in_(("pending", "leased"))
    return sql.select(col(OutgoingMessage.id)).where(col(OutgoingMessage.kind) == "file", unsent)


def _by_key(key: str) -> SelectOfScalar[OutgoingMessage]:
    return select(OutgoingMessage).where(col(OutgoingMessage.key) == key)


def _becomes(row: OutgoingMessage, content: dict[str, Any]) -> None:
    row.content = content
    row.version += 1
    if row.state in ("done", "failed") and not row.ephemeral_to:
        row.state, row.attempts, row.done_at = "pending", 0, None
