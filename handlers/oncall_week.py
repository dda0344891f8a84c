"""`/oncall week [region] [next]`: the words and the picture go where they may be seen; who asked elsewhere is told."""

from collections.abc import Awaitable, Callable

from bot.roster.weeks import Asked, Weeks
from bot.slack import text
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

USAGE = (
    ("week", "this week and the next: who, where nobody, who carries the weekends; `week next` the two after"),
    ("week REGION", "the same for one region"),
)


Answer = Callable[[Incoming, text.Command], Awaitable[None]]


def register(on: Listeners, weeks: Weeks, renderer: Renderer) -> Answer:
    """→ what `/oncall week` does; `handlers.oncall` has the command."""

    async def answer(incoming: Incoming, words: text.Command) -> None:
        channel = await weeks.show(incoming.actor, asked(words), incoming.source)
        if channel is None and not incoming.channel.startswith("D"):
            await on.answer(incoming, renderer.message("oncall/week_sent"))

    return answer


def asked(words: text.Command) -> Asked:
    """`week`, `week eu`, `week next`, `week "united states" next`."""
    later = any(word.lower() == "next" for word in words.words)
    region = " ".join(word for word in words.words if word.lower() != "next")
    return Asked(region, later)
