"""What the desk says, to whom: the client's thread and the triage card. Writes outbox rows, never sends.

To the client everything goes through the `Door`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import clocks, lifecycle, model, promises, threads
from bot.desk.door import Door, key
from bot.desk.lifecycle import State
from bot.desk.tables import Promise, Request, ResponseClock
from bot.directory.model import Client, Directory, Region
from bot.outbox.api import Attachment, Destination, Outbox, Priority
from bot.paging.model import Alarm, Reason
from bot.roster.model import Holder
from bot.slack import links
from bot.slack.render import Message, Renderer


class Messages:
    """`home` is the workspace's address, for links to messages; empty while it is not known."""

    def __init__(
        self,
        outbox: Outbox,
        renderer: Renderer,
        directory: Callable[[], Directory],
        home: Callable[[], str] = lambda: "",
    ) -> None:
        self.door = Door(outbox, renderer, directory)
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory
        self._home = home

    def wake(self) -> None:
        self._outbox.wake()

    async def opened(
        self,
        tx: AsyncSession,
        request: Request,
        routed: model.Routing,
        running: Sequence[ResponseClock],
        now: datetime,
    ) -> None:
        """`running` are the clocks that the card shows: of what has just been made the database need not be asked."""
        if not request.thread_ts:
            await self.door.begin(tx, request, "desk/root")
        following = self._region(routed.next_region).name if routed.next_region else None
        await self.door.post(
            tx,
            request,
            "reply",
            "desk/reply",
            until=routed.until,
            next_region=following,
            starts=routed.starts,
            meanwhile=routed.copied.slack if routed.copied and routed.starts else "",
            now=now,
        )
        await self._post_card(tx, request, self._drawn(request, running, None, "", now))
        if routed.copied is not None:
            await self.copied(tx, request, routed, routed.copied)
        await self._whole_text(tx, request)

    async def _whole_text(self, tx: AsyncSession, request: Request) -> None:
        """What is too long to show goes under the card as a file: nothing that a client wrote is lost."""
        if len(request.text) > model.SHOWN:
            title = f"The whole text of R-{request.id}"
            file = Attachment(f"R-{request.id}.txt", title, title, request.text.encode())
            await self._outbox.attach(tx, f"{key(request)}/text", Destination(thread_of=card_key(request)), file)

    async def copied(self, tx: AsyncSession, request: Request, routed: model.Routing, to: Holder) -> None:
        """Shortly before the lead passes: the outgoing region knows what went past it, and may be asked meanwhile."""
        client = self._directory().client(request.client)
        copy = self._renderer.message(
            "desk/copied",
            request=request,
            client=client.name if client else request.client,
            severity_words=model.SEVERITY_WORDS[model.Severity(request.severity)],
            region=self._region(request.region),
            to=to.slack,
            starts=routed.starts,
        )
        channel = Destination(channel=self._region(to.region).channel)
        await self._outbox.post(tx, f"{key(request)}/copy/{request.version}", channel, copy)

    async def help(self, tx: AsyncSession, client: Client, channel: str, source: str) -> None:
        made = self._renderer.message("desk/help", emoji=self._directory().request_emoji)
        at = f"help/{channel}/{source}"
        await self._outbox.post(tx, at, Destination(channel=channel), made, for_client=client.id)
        await self._outbox.pin(tx, f"{at}/pin", channel, at)

    async def offer(
        self, tx: AsyncSession, request: Request, graver: model.Severity | None, twin: Request | None
    ) -> None:
        """In the client's thread: what it may be, for them to say. Nothing happens unless they do."""
        await self.door.post(
            tx,
            request,
            "offer",
            "desk/offer",
            graver=graver.value if graver else "",
            graver_words=model.SEVERITY_WORDS[graver] if graver else "",
            twin=twin.id if twin else 0,
            twin_text=twin.text if twin else "",
            twin_since=twin.created_at if twin else None,
        )

    async def severity(self, tx: AsyncSession, request: Request, by: str, now: datetime) -> None:
        await self.redrawn(tx, request, now)
        await self.door.post(tx, request, f"severity/{int(now.timestamp())}", "desk/severity", by=by)

    async def moved(
        self,
        tx: AsyncSession,
        request: Request,
        verb: lifecycle.Verb,
        by: str,
        wish: model.Wish,
        now: datetime,
        *,
        quiet: bool = False,
    ) -> None:
        """The card, and where the client is to know, its thread: with the words that were written for it.

        `quiet`: the client has just read it from the person themselves.
        """
        await self.redrawn(tx, request, now)
        if verb in lifecycle.TOLD and not quiet:
            words = wish.to_client
            name = f"told/{request.version}"
            await self.door.post(tx, request, name, "desk/moved", verb=verb.value, by=by, words=words)
        if verb in lifecycle.OUTCOMES:
            await self._outcome(tx, request, verb, by, wish.to_client)

    async def _outcome(self, tx: AsyncSession, request: Request, verb: lifecycle.Verb, by: str, words: str) -> None:
        """For those who wrote in a thread that was merged into this one, there: they are of the same client."""
        assert request.id is not None
        for part in await threads.parts(tx, request):
            if part.client == request.client:
                name, at = f"outcome/{request.id}.{request.version}", f"{request.id}:{request.version}"
                values = {"whole": request.id, "at": at, "owner": request.owner, "by": by, "words": words}
                await self.door.post(tx, part, name, "desk/outcome", verb=verb.value, **values)

    async def redrawn(self, tx: AsyncSession, request: Request, now: datetime) -> None:
        """The card as it is now."""
        await self._outbox.update(tx, card_key(request), await self._card_message(tx, request, now))

    async def handed_over(self, tx: AsyncSession, request: Request, before: str, now: datetime) -> None:
        if before != request.region:
            await self.changed_region(tx, request, before, now)
        else:
            await self.redrawn(tx, request, now)
        await self.door.post(tx, request, f"over/{int(now.timestamp())}", "desk/handed_over", now=now)

    async def inherited(self, tx: AsyncSession, request: Request) -> None:
        """Who has it now keeps what was promised with it: said under the card, to them."""
        assert request.id is not None
        promise = await promises.next_of(tx, request.id)
        if promise is not None:
            made = self._renderer.message("desk/promise_inherited", request=request, promise=promise)
            at = f"{key(request)}/inherits/{request.version}"
            await self._outbox.post(tx, at, Destination(thread_of=card_key(request)), made)

    async def changed_region(self, tx: AsyncSession, request: Request, before: str, now: datetime) -> None:
        """The card moves: a new one in the new region's channel, and the old one says where it went."""
        old = card_key(request, request.card - 1)
        moved = self._renderer.message("desk/card_moved", request=request, region=self._region(request.region))
        await self._outbox.update(tx, old, moved)
        await self._card(tx, request, now)

    def alarm(self, request: Request, source: str, reason: Reason, by: str, *, further: bool = False) -> Alarm:
        """A page about `request`, for the region that has it."""
        return Alarm(
            source,
            reason,
            request.region,
            by,
            request.id,
            severity=request.severity,
            client=request.client,
            further=further,
        )

    def page_reason(self, request: Request, weekend: bool) -> Reason:
        """Why this request pages: shown in the page, so that nobody woken has to guess."""
        client = self._directory().client(request.client)
        name = client.name if client else request.client
        because = "a weekend request" if weekend else "sev1: training is down"
        return Reason(f"{request.severity} from {name}: R-{request.id}", request.text, because)

    async def _card(self, tx: AsyncSession, request: Request, now: datetime) -> None:
        await self._post_card(tx, request, await self._card_message(tx, request, now))

    async def _post_card(self, tx: AsyncSession, request: Request, card: Message) -> None:
        to = Destination(channel=self._region(request.region).channel)
        priority = Priority.PAGE if request.severity == model.Severity.SEV1 else Priority.NOTICE
        await self._outbox.post(tx, card_key(request), to, card, priority=priority)

    async def _card_message(self, tx: AsyncSession, request: Request, now: datetime) -> Message:
        assert request.id is not None
        before = await self._outbox.located(tx, card_key(request, request.card - 1)) if request.card else None
        link = links.message(self._home(), *before) if before else ""
        running, promise = await clocks.running(tx, request.id), await promises.next_of(tx, request.id)
        return self._drawn(request, running, promise, link, now)

    def _drawn(
        self,
        request: Request,
        running: Sequence[ResponseClock],
        promise: Promise | None,
        before: str,
        now: datetime,
    ) -> Message:
        """`before` links to its card in another region's channel."""
        client = self._directory().client(request.client)
        return self._renderer.message(
            "desk/card",
            request=request,
            client=client.name if client else request.client,
            severity_words=model.SEVERITY_WORDS[model.Severity(request.severity)],
            region=self._region(request.region),
            verbs=lifecycle.choices(State(request.state), snoozed=request.snoozed),
            shut=self.door.shut(request),
            clocks=running,
            promise=promise,
            before=before,
            now=now,
        )

    def _region(self, id: str) -> Region:
        return self._directory().region_of(id)


def card_key(request: Request, number: int | None = None) -> str:
    """The request's card; with `number` an earlier one, in another region's channel."""
    return f"{key(request)}/card/{request.card if number is None else number}"
