"""The only way from the desk into a client's channel. Writes outbox rows, never sends.

What may pass is decided in `client_view`. Where the channel is no longer the client's, nothing is written: the card
says so, and the admins are told once. The outbox asks the same again, of everybody.
"""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.desk import client_view
from bot.desk.tables import Request
from bot.directory.model import Client, Directory
from bot.outbox.api import Destination, Outbox, Priority
from bot.slack.render import Message, Renderer


class Door:
    def __init__(self, outbox: Outbox, renderer: Renderer, directory: Callable[[], Directory]) -> None:
        self._outbox = outbox
        self._renderer = renderer
        self._directory = directory

    def shut(self, request: Request) -> str:
        """Why this request's client is told nothing; empty where it is."""
        return client_view.shut(self._directory(), request.client, request.channel)

    async def begin(self, tx: AsyncSession, request: Request, template: str) -> None:
        """The message in the client's channel under which all else goes: Heliograph's own, where nobody wrote one."""
        message = self._message(request, template, {})
        await self._post(tx, request, f"{key(request)}/root", Destination(channel=request.channel), message)

    async def post(self, tx: AsyncSession, request: Request, name: str, template: str, **values: object) -> None:
        """In the client's thread, under the key `name` of this request."""
        await self._post(
            tx, request, f"{key(request)}/{name}", thread(request), self._message(request, template, values)
        )

    async def update(self, tx: AsyncSession, request: Request, name: str, template: str, **values: object) -> None:
        if not self.shut(request):
            message = self._message(request, template, values)
            await self._outbox.update(tx, f"{key(request)}/{name}", message, for_client=request.client)

    async def remove(self, tx: AsyncSession, request: Request, name: str) -> None:
        if not self.shut(request):
            await self._outbox.remove(tx, f"{key(request)}/{name}")

    async def tell(self, tx: AsyncSession, client: Client, at: str, template: str, **values: object) -> None:
        """At the top of the client's first channel, under the outbox key `at`: what is about no single request."""
        client_view.sayable(values)
        message = self._renderer.message(template, **values)
        to = Destination(channel=client.channels[0])
        await self._outbox.post(tx, at, to, message, priority=Priority.DIGEST, for_client=client.id)

    async def _post(self, tx: AsyncSession, request: Request, at: str, to: Destination, message: Message) -> None:
        why = self.shut(request)
        if not why:
            await self._outbox.post(tx, at, to, message, for_client=request.client)
            return
        told = self._renderer.message(
            "desk/shut", id=request.id, client=request.client, channel=request.channel, why=why
        )
        await self._outbox.post(tx, f"{key(request)}/shut", Destination(channel=self._directory().admin_channel), told)

    def _message(self, request: Request, template: str, values: dict[str, object]) -> Message:
        client_view.sayable(values)
        region = self._directory().region_of(request.region)
        return self._renderer.message(template, request=client_view.of(request, region), **values)


def key(request: Request) -> str:
    return f"request/{request.id}"


def thread(request: Request) -> Destination:
    """In the client's thread: under their own message, or under the one Heliograph started."""
    if request.thread_ts:
        return Destination(channel=request.channel, thread_ts=request.thread_ts)
    return Destination(channel=request.channel, thread_of=f"{key(request)}/root")
