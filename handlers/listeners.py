"""The door: everything Slack sends passes here before a listener sees it.

Written to the inbox before it is acknowledged; worked once; who did it is known (`Actor`); what goes wrong is
answered in a plain sentence, with a reference id that stands in the log too. Listeners take one `Incoming`, and are
registered with `Listeners.command`, `.action`, `.view`, `.event` or `.shortcut`.
"""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.directory import access
from bot.directory.access import Actor
from bot.directory.model import Directory, Role
from bot.errors import BotError, NoDatabase, UserError
from bot.inbox.service import Inbox
from bot.inbox.tables import Incoming as Row
from bot.outbox import faults
from bot.outbox.api import Destination, Outbox
from bot.rush import Rush
from bot.slack.render import Message, Renderer
from bot.store import ids
from bot.store.database import Database
from handlers.incoming import (
    Body,
    Incoming,
    channel_of,
    is_message,
    key_of,
    kind_of,
    person_of,
    said_in_a_thread,
)
from handlers.turns import Turns

Name = str | re.Pattern[str]
Listener = Callable[[Incoming], Awaitable[None]]
Check = Callable[[Incoming], dict[str, str] | Awaitable[dict[str, str]]]
"""Looks at a submitted modal: {block_id: what is wrong with it}; empty when it can be worked. May raise `UserError`.

Slack waits for it for three seconds: it reads, and does nothing slow.
"""
Groups = Callable[[], Awaitable[dict[Role, frozenset[str]]]]

AGAIN = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds until what was acknowledged is worked again when the database does not answer: it may be starting anew. After
the last one the next start of a process takes it up. Every service does once what comes twice with one source."""

log = structlog.get_logger()


class Listeners:
    def __init__(
        self,
        app: AsyncApp,
        db: Database,
        inbox: Inbox,
        outbox: Outbox,
        renderer: Renderer,
        directory: Callable[[], Directory],
        groups: Groups,
        rush: Rush,
    ) -> None:
        self._app = app
        self._db = db
        self._inbox = inbox
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory
        self._groups = groups
        self._working: set[asyncio.Task[None]] = set()
        self._rush = rush
        self._turns = Turns(rush)
        self._home: Listener | None = None
        app.use(_Door(self._receive))

    def command(self, name: Name, listener: Listener, *, first: bool = False) -> None:
        """`first`: it goes before all others that wait to be worked, as what is about a page does."""

        async def bolt(ack: Any, body: Body, context: Any) -> None:
            await ack()
            self._begin(body, context, listener, first=first)

        self._app.command(name)(bolt)

    def action(self, action_id: Name, listener: Listener, *, first: bool = False) -> None:
        async def worked(incoming: Incoming) -> None:
            try:
                await listener(incoming)
            finally:
                if incoming.at_home and self._home is not None:
                    await self._home(incoming)

        async def bolt(ack: Any, body: Body, context: Any) -> None:
            await ack()
            self._begin(body, context, worked, first=first)

        self._app.action(action_id)(bolt)

    def home(self, listener: Listener) -> None:
        """What draws App Home anew, after whatever was clicked in it."""
        self._home = listener

    def shortcut(self, callback_id: Name, listener: Listener) -> None:
        async def bolt(ack: Any, body: Body, context: Any) -> None:
            await ack()
            self._begin(body, context, listener)

        self._app.shortcut(callback_id)(bolt)

    def event(self, type: Name, listener: Listener) -> None:
        async def bolt(body: Body, context: Any) -> None:
            self._begin(body, context, listener)

        self._app.event(type)(bolt)

    def view(self, callback_id: Name, listener: Listener, check: Check | None = None) -> None:
        """A submitted modal. What `check` finds is shown on its field, and the modal stays open."""

        async def bolt(ack: Any, body: Body, context: Any) -> None:
            incoming = await self._incoming(body)
            wrong = await self._wrong(check, incoming) if check and context.get("fresh") else {}
            if wrong:
                await ack(response_action="errors", errors=wrong)
                await self._inbox.done(incoming.source)
                return
            await ack()
            self._begin(body, context, listener)

        self._app.view(callback_id)(bolt)

    async def answer(self, incoming: Incoming, message: Message, *, replace: bool = False) -> None:
        """Answers who asked, and nobody else: by the envelope's `response_url`, or as an ephemeral message."""
        incoming.answers += 1
        key = f"answer/{incoming.source}/{incoming.answers}"
        async with self._db.write() as tx:
            if incoming.response_url:
                await self._outbox.answer(tx, key, incoming.response_url, message, replace=replace)
            elif incoming.channel:
                to = Destination(channel=incoming.channel, thread_ts=incoming.thread_ts)
                client = self._directory().client_of(incoming.channel)
                await self._outbox.post(
                    tx, key, to, message, ephemeral_to=incoming.actor.slack, for_client=client.id if client else ""
                )
            else:
                await self._outbox.post(tx, key, Destination(user=incoming.actor.slack), message)
        self._outbox.wake()

    async def actor_of(self, user: str, channel: str) -> Actor:
        """Somebody as they are in `channel`: who a form from elsewhere is about, or who wrote a message."""
        return access.actor(self._directory(), user, channel, await self._groups())

    async def replay(self) -> int:
        """Works what an earlier process acknowledged and did not finish. → how many."""
        return await self._again(await self._inbox.unfinished())

    async def take_up(self) -> None:
        """Works what another replica, which has died since, acknowledged and did not finish."""
        if number := await self._again(await self._inbox.orphans()):
            log.warning("took up what a replica that died had acknowledged", envelopes=number)

    async def _again(self, left: list[Row]) -> int:
        for row in left:
            request = AsyncBoltRequest(body=row.body, mode="socket_mode", context={"replayed": True})
            await self._app.async_dispatch(request)
        return len(left)

    async def drain(self, seconds: float) -> None:
        """Waits for the listeners that are still at work, at most `seconds` of real time."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    async def _receive(self, request: AsyncBoltRequest) -> None:
        """Before anything is acknowledged: is it written down, and is it new? People's talk is neither."""
        body, context = request.body, request.context
        if is_message(body) and not said_in_a_thread(body):
            context["fresh"] = False
            return
        self._rush.came()
        context["fresh"] = bool(context.get("replayed")) or await self._inbox.receive(key_of(body), kind_of(body), body)

    def _begin(self, body: Body, context: Any, listener: Listener, *, first: bool = False) -> None:
        """In a task of its own: Bolt would have one too, and look for its acknowledgement every 10 ms."""
        if not context.get("fresh"):
            return
        task = asyncio.create_task(self._work(body, listener, first=first), name=f"listener {key_of(body)}")
        self._working.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("listener was given up", task=task.get_name(), exc_info=error)

    async def _work(self, body: Body, listener: Listener, *, first: bool) -> None:
        async with self._turns(first=first):
            for wait in (*AGAIN, None):
                try:
                    await self._worked(body, listener)
                    return
                except NoDatabase:
                    if wait is None:
                        raise
                    log.warning("listener waits for the database", source=key_of(body), seconds=wait)
                    await asyncio.sleep(wait)

    async def _worked(self, body: Body, listener: Listener) -> None:
        incoming = await self._incoming(body)
        faults.reach("listener.begun")
        try:
            await listener(incoming)
        except NoDatabase:
            raise
        except UserError as error:
            await self._refuse(incoming, error)
        except Exception as error:
            await self._fail(incoming, error)
            return
        await self._inbox.done(incoming.source, forget=is_message(body))

    async def _wrong(self, check: Check, incoming: Incoming) -> dict[str, str]:
        try:
            found = check(incoming)
            return await found if inspect.isawaitable(found) else found
        except UserError as error:
            inputs = [b["block_id"] for b in incoming.body["view"].get("blocks", []) if b.get("type") == "input"]
            field = error.field if error.field in inputs else inputs[0]
            return {field: self._unmarked(self._renderer.named(f"{error} {error.hint}".strip()))}

    def _unmarked(self, words: str) -> str:
        """Below a field Slack reads no markup: people by their names, commands without backticks."""

        def name(mention: re.Match[str]) -> str:
            person = self._directory().person_by_slack(mention[1])
            return person.name if person else "That person"

        return re.sub(r"<@(\w+)>", name, words).replace("`", "").replace("*", "")

    async def _incoming(self, body: Body) -> Incoming:
        channel = channel_of(body)
        who = access.actor(self._directory(), person_of(body), channel, await self._groups())
        return Incoming(key_of(body), who, body, channel)

    async def _refuse(self, incoming: Incoming, error: UserError) -> None:
        await self.answer(incoming, self._renderer.message("common/refused", message=str(error), hint=error.hint))

    async def _fail(self, incoming: Incoming, error: Exception) -> None:
        """Nothing that a person did is left without an answer; the reference leads to the log line."""
        reference = ids.reference(incoming.source)
        log.error("listener failed", reference=reference, source=incoming.source, exc_info=error)
        await self._inbox.failed(incoming.source, f"{reference}: {type(error).__name__}: {error}")
        known = str(error) if isinstance(error, BotError) else ""
        message = self._renderer.message("common/error", message=known, hint="", reference=reference)
        await self.answer(incoming, message)


class _Door(AsyncMiddleware):
    """A class where a function would do: for a function Bolt gathers two dozen arguments at each envelope."""

    def __init__(self, receive: Callable[[AsyncBoltRequest], Awaitable[None]]) -> None:
        self._receive = receive

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse | None:
        await self._receive(req)
        return await next()
