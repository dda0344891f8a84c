"""The client's thread and the team's are one conversation: what is said in either, and what it changes.

Everything in the client's thread is shown to the team. What the team writes among itself stays there, unless an
engineer says that it is for the client: with a form, or with the prefix. Nothing else is kept of what they write.

Slack delivers twice, late, and an edit before the message it edits. Each message is one row, by its channel and ts;
what is older than what the row knows changes nothing, and only the first word of a message moves its request.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from bot.clock import Clock
from bot.desk import lifecycle, promise_words, rows, said, thanks, threads
from bot.desk.lifecycle import State, Verb
from bot.desk.mirror import Mirror
from bot.desk.moves import Move, Moves
from bot.desk.said import Said, Side
from bot.desk.tables import Request, RequestMessage
from bot.desk.thanks import Tone
from bot.desk.threads import Thread
from bot.directory import access
from bot.directory.access import Actor, Right
from bot.directory.model import Directory, Role
from bot.errors import UserError
from bot.outbox.api import Outbox
from bot.store import rows as stored
from bot.store.database import Database

LOOKS, BETWEEN = 120, 0.25
"""So often, and so many seconds of real time apart, is looked for a thread whose first message is on its way."""


class Conversation:
    def __init__(
        self,
        db: Database,
        clock: Clock,
        directory: Callable[[], Directory],
        outbox: Outbox,
        moves: Moves,
        mirror: Mirror,
    ) -> None:
        self._db = db
        self._clock = clock
        self._directory = directory
        self._outbox = outbox
        self._moves = moves
        self._mirror = mirror

    async def hear(self, who: Actor, words: Said) -> None:
        """Something was said, edited or deleted in a thread. Nothing happens where that is no request's.

        Raises `UserError` on what an engineer wants to tell the client and cannot.
        """
        if not await self.is_about_a_request(words.channel, words.thread_ts):
            return
        async with self._db.write() as tx:
            thread = await threads.find(tx, self._outbox, words.channel, words.thread_ts)
            if thread is not None and thread.clients:
                await self._by_the_client(tx, who, thread, words)
            elif thread is not None and who.role is not Role.CLIENT:
                await self._by_the_team(tx, who, thread, words)
        self._outbox.wake()

    async def is_about_a_request(self, channel: str, thread_ts: str) -> bool:
        """Whether the thread is a request's: what is said there belongs to it.

        People see a message a moment before its place is written down, and longer where Slack's answer was lost. So
        for a thread that is not known, what is on its way to the channel is waited for.
        """
        if not thread_ts:
            return False
        waited_for: set[str] | None = None
        for _ in range(LOOKS):
            async with self._db.read() as tx:
                if await threads.find(tx, self._outbox, channel, thread_ts) is not None:
                    return True
                going = await self._outbox.on_its_way(tx, channel)
            waited_for = going if waited_for is None else waited_for & going
            if not waited_for:
                return False
            await asyncio.sleep(BETWEEN)
        return False

    async def reply(self, who: Actor, request_id: int, text: str, source: str) -> None:
        """Tells the client, as `who`; the team reads it too. A repeated `source` is one message."""
        access.require(who, Right.HANDLE_REQUEST)
        words = Said(channel="", ts=source, thread_ts="", text=_sendable(text))
        async with self._db.write() as tx:
            row, new = await self._row(tx, Thread(request_id, clients=False), words, Side.REPLY, who)
            if new:
                request = await rows.locked(tx, row.request)
                await self._send(tx, who, request, row, first=True)
                await self._mirror.to_team(tx, request, row)
        self._outbox.wake()

    async def _by_the_client(self, tx: AsyncSession, who: Actor, thread: Thread, words: Said) -> None:
        """In the client's thread; by an engineer too, whose words the client has read there.

        Where the roster file has given the channel to another client meanwhile, nobody is heard for the first.
        """
        owner = self._directory().client_of(words.channel)
        if owner is not None and owner.id != (await rows.locked(tx, thread.request)).client:
            return
        side = Side.CLIENT if who.role is Role.CLIENT else Side.TEAM
        row, new = await self._row(tx, thread, words, side, who)
        if not new and not _is_news(row, words):
            return
        _write(row, words)
        request = await rows.locked(tx, row.request)
        if row.mirrored or not words.deleted or words.begins:
            await self._mirror.to_team(tx, request, row, words.thread_ts)
        if not new or words.deleted or words.begins:
            return
        if side is Side.TEAM:
            await self._answered(tx, who, request, row)
        else:
            await self._heard_from(tx, who, request, row)

    async def _by_the_team(self, tx: AsyncSession, who: Actor, thread: Thread, words: Said) -> None:
        """In the team's thread. An edit may take the prefix away, or put it there."""
        text = None if words.deleted else said.to_client(words.text, self._directory().reply_prefix)
        there = await _there(tx, words)
        if text is None:
            await self._internal(tx, who, thread, words, there)
            return
        if words.files and there is None:
            raise UserError(
                "Nothing was sent: files do not go along.", hint="Attach them in the client's thread, as yourself."
            )
        row, new = await self._row(tx, thread, words, Side.REPLY, who)
        if not new and words.stamp <= row.stamp:
            return
        row.text, row.stamp, row.edited = _sendable(text), words.stamp, row.copies > 0 and not row.deleted
        await self._send(tx, who, await rows.locked(tx, row.request), row, first=row.copies == 0)

    async def _internal(
        self, tx: AsyncSession, who: Actor, thread: Thread, words: Said, there: RequestMessage | None
    ) -> None:
        """What was for the client is no longer. Of an edit nothing is kept but that it was: the post may come later."""
        if there is None and words.stamp:
            await self._row(tx, thread, replace(words, text="", files=(), deleted=True), Side.REPLY, who)
        elif there is not None and not there.deleted and words.stamp > there.stamp:
            there.stamp = words.stamp
            await self._mirror.take_back(tx, await rows.locked(tx, there.request), there)

    async def _send(self, tx: AsyncSession, who: Actor, request: Request, row: RequestMessage, *, first: bool) -> None:
        if why := self._mirror.shut(request):
            raise UserError(f"Nothing was sent. {why}", hint="Reach the client in another way.")
        await self._mirror.to_client(tx, request, row)
        if first:
            await self._answered(tx, who, request, row)

    async def _answered(self, tx: AsyncSession, who: Actor, request: Request, row: RequestMessage) -> None:
        """The client has heard from `who`. What sounds like a promise is asked about, under the card."""
        now = self._clock.now()
        await self._moves.answered(tx, request, who.slack, now)
        person = self._directory().person_by_slack(who.slack)
        due = promise_words.heard(row.text, now, person.zone) if person else None
        if due is not None and State(request.state) in lifecycle.OPEN:
            await self._mirror.ask_whether_it_is_a_promise(tx, request, row, due)

    async def _heard_from(self, tx: AsyncSession, who: Actor, request: Request, row: RequestMessage) -> None:
        now, tone = self._clock.now(), thanks.tone(row.text)
        await rows.note(tx, request, now, who.slack, "wrote")
        verb = _follows(request, tone)
        if verb is not None:
            await self._moves.carry_out(tx, request, Move(verb, who.slack, now))
        elif State(request.state) not in lifecycle.OPEN and tone is Tone.UNSURE:
            await self._mirror.ask_whether_it_is_back(tx, request)

    async def _row(
        self, tx: AsyncSession, thread: Thread, words: Said, side: Side, who: Actor
    ) -> tuple[RequestMessage, bool]:
        """→ the message's row, locked, and whether it was not known before."""
        there = await _there(tx, words)
        if there is not None:
            return there, False
        request = await threads.settled(tx, await rows.locked(tx, thread.request))
        new = await stored.insert_new(tx, _new(request, words, side, who, self._clock.now()))
        row = await _there(tx, words)
        assert row is not None
        return row, new


def _follows(request: Request, tone: Tone) -> Verb | None:
    """What the client's word does to the request. Thanks do nothing."""
    state = State(request.state)
    if tone is Tone.THANKS:
        return None
    if state is State.WAITING:
        return Verb.REPLY
    if state in lifecycle.OPEN:
        return Verb.WAKE if request.snoozed else None
    return Verb.REOPEN if tone is Tone.BACK else None


def _new(request: Request, words: Said, side: Side, who: Actor, now: datetime) -> RequestMessage:
    assert request.id is not None
    row = RequestMessage(
        request=request.id, channel=words.channel, ts=words.ts, side=side.value, by=who.slack, text=words.text, at=now
    )
    _write(row, words)
    return row


def _write(row: RequestMessage, words: Said) -> None:
    """What was deleted is not kept."""
    row.text, row.files = ("", []) if words.deleted else (words.text, [f.to_row() for f in words.files])
    row.stamp, row.edited, row.deleted = words.stamp, words.edited, words.deleted


def _is_news(row: RequestMessage, words: Said) -> bool:
    """Slack also tells of a change when it has unfurled a link: then the words are the same."""
    if row.deleted or words.stamp <= row.stamp:
        return False
    return words.deleted or (words.text, [f.to_row() for f in words.files]) != (row.text, row.files)


def _sendable(text: str) -> str:
    if not text.strip():
        raise UserError("Nothing was sent: there are no words in it.", hint="Write what the client is to read.")
    if len(text) > said.MOST:
        raise UserError(
            f"Nothing was sent: that is {len(text):,} characters long, and {said.MOST:,} are the most.",
            hint="Say it shorter, or attach it as a file in the client's thread.",
        )
    return text.strip()


async def _there(tx: AsyncSession, words: Said) -> RequestMessage | None:
    query = select(RequestMessage).where(
        col(RequestMessage.channel) == words.channel, col(RequestMessage.ts) == words.ts
    )
    return (await tx.scalars(query.with_for_update())).first()
