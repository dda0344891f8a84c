"""`/page test`: what reaches me when I am paged."""

from collections.abc import Awaitable, Callable

from bot.paging.trials import Trials
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

Verb = Callable[[Incoming], Awaitable[None]]


def verb(on: Listeners, trials: Trials, renderer: Renderer) -> Verb:
    async def test(incoming: Incoming) -> None:
        who = incoming.actor
        result = await trials.begin(who, who.person, incoming.source)
        await on.answer(incoming, renderer.message("paging/trial_begun", result=result))

    return test
