"""Handoffs from Slack: accepting one, and seeing the last one again."""

from collections.abc import Callable

from bot.directory.model import Directory
from bot.handoff.service import Handoffs
from bot.slack import ids
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners


def register(on: Listeners, handoffs: Handoffs, renderer: Renderer, directory: Callable[[], Directory]) -> None:
    command_name = directory().commands["handoff"]

    async def command(incoming: Incoming) -> None:
        latest = await handoffs.latest()
        await on.answer(
            incoming, renderer.message("handoff/latest", handoff=latest, channel=directory().handoff_channel)
        )

    async def accepted(incoming: Incoming) -> None:
        await handoffs.accept(incoming.actor, incoming.number)

    on.command(command_name, command)
    on.action(ids.HANDOFF_ACCEPT, accepted)
