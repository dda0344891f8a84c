"""What the desk says, to whom: the client's thread and the triage card. Writes outbox rows, never sends.

`_client_view` is the only way a request's facts reach a client's channel: it names what a client may read. Handler
names, times and the client's own words; no internal note, no other client, no cluster's inside.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import lifecycle, model
from bot.desk.lifecycle import State
from bot.desk.tables import Request
from bot.directory.model import Directory, Region
from bot.outbox.api import Destination, Outbox, Priority
from bot.paging.service import Reason
from bot.slack.render import Message, Renderer


@dataclass(frozen=True)
class ClientView:
    """All that a client's channel may show of a request."""

    id: int
    requester: str
    text: str
    severity: str
    severity_words: str
    owner: str
    region_name: str
    region_zone: str
    merged_into: int | None
    version: int


class Messages:
    def __init__(self, outbox: Outbox, renderer: Renderer, directory: Callable[[], Directory]) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory

    def wake(self) -> None:
        self._outbox.wake()

    async def opened(self, tx: AsyncSession, request: Request, routed: model.Routing, now: datetime) -> None:
        view = self._client_view(request)
        if not request.thread_ts:
            root = self._renderer.message("desk/root", request=view)
            await self._outbox.post(tx, f"{_key(request)}/root", Destination(channel=request.channel), root)
        following = self._region(routed.next_region) if routed.next_region else None
        reply = self._renderer.message(
            "desk/reply",
            request=view,
            until=routed.until,
            next_region=following.name if following else None,
            now=now,
        )
        await self._outbox.post(tx, f"{_key(request)}/reply", _thread(request), reply)
        await self._card(tx, request, now)

    async def moved(
        self, tx: AsyncSession, request: Request, verb: lifecycle.Verb, by: str, wish: model.Wish, now: datetime
    ) -> None:
        """The card, and where the client is to know, its thread: with the words that were written for it."""
        await self._outbox.update(tx, _card_key(request), self._card_message(request, now))
        if verb in lifecycle.TOLD:
            told = self._renderer.message(
                "desk/moved", request=self._client_view(request), verb=verb.value, by=by, words=wish.to_client
            )
            await self._outbox.post(tx, f"{_key(request)}/told/{request.version}", _thread(request), told)

    async def handed_over(self, tx: AsyncSession, request: Request, before: str, now: datetime) -> None:
        if before != request.region:
            await self.changed_region(tx, request, before, now)
        else:
            await self._outbox.update(tx, _card_key(request), self._card_message(request, now))
        told = self._renderer.message("desk/handed_over", request=self._client_view(request), now=now)
        await self._outbox.post(tx, f"{_key(request)}/over/{int(now.timestamp())}", _thread(request), told)

    async def changed_region(self, tx: AsyncSession, request: Request, before: str, now: datetime) -> None:
        """The card moves: a new one in the new region's channel, and the old one says where it went."""
        old = f"{_key(request)}/card/{request.card - 1}"
        moved = self._renderer.message("desk/card_moved", request=request, region=self._region(request.region))
        await self._outbox.update(tx, old, moved)
        await self._card(tx, request, now)

    def page_reason(self, request: Request, weekend: bool) -> Reason:
        """Why this request pages: shown in the page, so that nobody woken has to guess."""
        client = self._directory().client(request.client)
        name = client.name if client else request.client
        because = "a weekend request" if weekend else "sev1: training is down"
        return Reason(f"{request.severity} from {name}: R-{request.id}", request.text, because)

    async def _card(self, tx: AsyncSession, request: Request, now: datetime) -> None:
        to = Destination(channel=self._region(request.region).channel)
        priority = Priority.PAGE if request.severity == model.Severity.SEV1 else Priority.NOTICE
        await self._outbox.post(tx, _card_key(request), to, self._card_message(request, now), priority=priority)

    def _card_message(self, request: Request, now: datetime) -> Message:
        client = self._directory().client(request.client)
        return self._renderer.message(
            "desk/card",
            request=request,
            client=client.name if client else request.client,
            severity_words=model.SEVERITY_WORDS[model.Severity(request.severity)],
            region=self._region(request.region),
            verbs=lifecycle.choices(State(request.state), snoozed=request.snoozed),
            now=now,
        )

    def _client_view(self, request: Request) -> ClientView:
        region = self._region(request.region)
        assert request.id is not None
        return ClientView(
            id=request.id,
            requester=request.requester,
            text=request.text,
            severity=request.severity,
            severity_words=model.SEVERITY_WORDS[model.Severity(request.severity)],
            owner=request.owner,
            region_name=region.name,
            region_zone=region.zone,
            merged_into=request.merged_into,
            version=request.version,
        )

    def _region(self, id: str) -> Region:
        region = self._directory().region(id)
        if region is None:
            raise LookupError(f"the roster has no region {id} any more")
        return region


def _key(request: Request) -> str:
    return f"request/{request.id}"


def _card_key(request: Request) -> str:
    return f"{_key(request)}/card/{request.card}"


def _thread(request: Request) -> Destination:
    """In the client's thread: under their own message, or under the one Heliograph started."""
    if request.thread_ts:
        return Destination(channel=request.channel, thread_ts=request.thread_ts)
    return Destination(channel=request.channel, thread_of=f"{_key(request)}/root")
