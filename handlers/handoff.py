"""Handoffs from Slack: accepting one, and seeing the last one again."""

from collections.abc import Callable

from bot.directory.model import Directory
from bot.handoff.service import Elsewhere, Handoffs
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
        outcome = await handoffs.accept(incoming.actor, incoming.number)
        if isinstance(outcome, Elsewhere):
            await on.answer(incoming, renderer.message("handoff/elsewhere", asked=outcome))

    async def taken_over(incoming: Incoming) -> None:
        await handoffs.accept(incoming.actor, incoming.number, taking_over=True)
        done = renderer.message("handoff/taken_over", channel=directory().handoff_channel)
        await on.answer(incoming, done, replace=True)

    on.command(command_name, command)
    on.action(ids.HANDOFF_ACCEPT, accepted)
    on.action(ids.HANDOFF_TAKE_OVER, taken_over)
