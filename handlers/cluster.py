"""Clusters from Slack: what is broken, and what is free."""

from collections.abc import Callable

from bot.diagnose.service import Diagnose
from bot.directory import access
from bot.directory.access import Right
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import text
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

USAGE = (
    ("health", "nodes, GPUs, what waits and what is broken, worst first"),
    ("health NAME", "the same for one of several clusters"),
)


def register(on: Listeners, diagnose: Diagnose, renderer: Renderer, directory: Callable[[], Directory]) -> None:
    command_name = directory().commands["cluster"]

    async def command(incoming: Incoming) -> None:
        words = text.parse(incoming.text)
        if words.verb != "health":
            meant = text.did_you_mean(words.verb, ["health"]) if words.verb else None
            example = f"{command_name} health"
            usage = renderer.message("common/usage", command=command_name, lines=USAGE, example=example, meant=meant)
            await on.answer(incoming, usage)
            return
        access.require(incoming.actor, Right.SEE_CLUSTER)
        if words.words[1:]:
            hint = f"For example: `{command_name} health`, or `{command_name} health {words.words[0]}`."
            raise UserError(f"“{words.words[1]}” is one word too many.", hint=hint)
        named = words.words[0] if words.words else words.options.get("cluster")
        health = diagnose.health(named, incoming.actor.scope)
        await on.answer(incoming, renderer.message("diagnose/health", health=health))

    on.command(command_name, command)
