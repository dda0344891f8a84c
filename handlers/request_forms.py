"""The forms with which a client asks: for support, and for a training run that is planned."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from bot.desk import model
from bot.desk.said import File
from bot.desk.service import Desk, Place
from bot.directory.model import Client, Directory, Role
from bot.errors import BotError, UserError
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming

MOST_JOBS = 100
"""Options that Slack takes in one select."""
DRAFT = 3_000
"""Characters that Slack takes in one input, and in what a form remembers."""


class Forms:
    def __init__(self, desk: Desk, slack: Gateway, renderer: Renderer, directory: Callable[[], Directory]) -> None:
        self._desk = desk
        self._slack = slack
        self._renderer = renderer
        self._directory = directory

    async def request(self, incoming: Incoming, place: Place, draft: str, files: Sequence[File] = ()) -> None:
        """Opens the form for `place`; without a channel (App Home) it asks for whom. `files` go along with it."""
        channels = [] if place.channel else await self._channels(incoming)
        if place.channel:
            self._of_a_client(place.channel)
        client = self._directory().client_of(place.channel)
        jobs = self._desk.jobs(client) if client else ()
        view = self._renderer.view(
            "desk/new",
            severities=model.SEVERITY_WORDS,
            draft=draft[:DRAFT],
            remembered=remembered(place, files),
            jobs=[[job.key, f"{job.namespace}/{job.name}"[-75:]] for job in jobs[:MOST_JOBS] if len(job.key) <= 75],
            channels=channels,
        )
        await self._slack.view_open(incoming.trigger, view)

    async def run(self, incoming: Incoming, channel: str) -> None:
        self._of_a_client(channel)
        start = self._desk.now() + timedelta(days=1)
        view = self._renderer.view(
            "desk/run", remembered=json.dumps({"channel": channel}), start=int(start.timestamp())
        )
        await self._slack.view_open(incoming.trigger, view)

    def _of_a_client(self, channel: str) -> None:
        if self._directory().client_of(channel) is None:
            command = self._directory().commands["request"]
            raise UserError(
                "Requests are opened in a client's channel, and this is not one.",
                hint=f"Go to the client's channel and type `{command}` there.",
            )

    async def theirs(self, incoming: Incoming) -> list[tuple[str, Client]]:
        """(channel, client) of which this person is in the channel: in their name they may ask. The team may in all."""
        known = [(channel, client) for client in self._directory().clients for channel in client.channels]
        if incoming.actor.role is not Role.CLIENT:
            return known
        there = await asyncio.gather(*(self._is_in(channel, incoming.actor.slack) for channel, _ in known))
        return [one for one, member in zip(known, there, strict=True) if member]

    async def _channels(self, incoming: Incoming) -> list[list[str]]:
        known = await self.theirs(incoming)
        if not known:
            raise UserError(
                "You are in no client's channel that I know of.", hint="Ask in your team's channel, or the engineers."
            )
        return [[channel, client.name] for channel, client in known[:100]]

    async def _is_in(self, channel: str, user: str) -> bool:
        """Not known is not in it: nobody asks in the name of a client by accident."""
        try:
            return user in await self._slack.members(channel)
        except BotError:
            return False


def remembered(place: Place, files: Sequence[File]) -> str:
    """What the form keeps until it is sent: as many of `files` as fit; their message stays in the thread anyway."""
    for many in range(len(files), -1, -1):
        kept = {"channel": place.channel, "thread_ts": place.thread_ts, "files": [asdict(f) for f in files[:many]]}
        made = json.dumps(kept)
        if len(made) <= DRAFT:
            return made
    raise AssertionError("a channel and a ts are short")


def files_of(remembered: Mapping[str, Any]) -> tuple[File, ...]:
    """Forms that were opened by an earlier version remember none."""
    return tuple(File(**kept) for kept in remembered.get("files", ()))
