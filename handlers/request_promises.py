"""Promising an update: from the card, or by confirming what was said in a thread. Parses; `Deadlines` decides."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.desk.deadlines import Deadlines
from bot.desk.moves import Moves
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import ids
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

SUGGESTED = timedelta(hours=1)
"""From now, to the next quarter of an hour: what stands in the form at first."""
QUARTER = 900


def register(
    on: Listeners,
    deadlines: Deadlines,
    moves: Moves,
    slack: Gateway,
    renderer: Renderer,
    directory: Callable[[], Directory],
) -> Callable[[Incoming, int], Awaitable[None]]:
    """→ what opens the form about a request, for whatever offers it."""

    async def ask(incoming: Incoming, request_id: int) -> None:
        request = await moves.look(incoming.actor, request_id)
        due = -(-int((moves.now() + SUGGESTED).timestamp()) // QUARTER) * QUARTER
        view = renderer.view(
            "desk/form_promise",
            request=request,
            remembered=json.dumps({"request": request_id, "channel": incoming.channel}),
            due=due,
            promise=await deadlines.next_promise(request_id),
            remind=directory().promises.remind,
        )
        await slack.view_open(incoming.trigger, view)

    def check(incoming: Incoming) -> dict[str, str]:
        try:
            deadlines.check(incoming.when("due"))
        except UserError as error:
            return {"due": f"{error} {error.hint}"}
        return {}

    async def submitted(incoming: Incoming) -> None:
        remembered = json.loads(incoming.remembered)
        incoming.channel = remembered["channel"]
        words = incoming.field("to_client", "to_client")
        await deadlines.promise(incoming.actor, remembered["request"], incoming.when("due"), words, incoming.form)

    async def meant(incoming: Incoming) -> None:
        request, message, at = numbers(incoming.value, 3)
        await deadlines.confirm(incoming.actor, request, message, datetime.fromtimestamp(at, UTC))

    async def not_meant(incoming: Incoming) -> None:
        request, message = numbers(incoming.value, 2)
        await deadlines.confirm(incoming.actor, request, message, None)

    async def kept(incoming: Incoming) -> None:
        await deadlines.done(incoming.actor, incoming.number)

    on.view(ids.REQUEST_PROMISE, submitted, check)
    on.action(ids.REQUEST_PROMISE_YES, meant)
    on.action(ids.REQUEST_PROMISE_NO, not_meant)
    on.action(ids.REQUEST_PROMISE_KEPT, kept)
    return ask


def numbers(value: str, many: int) -> list[int]:
    """ "12:7:1764000000" → what a button is about. Raises `UserError` on anything else."""
    parts = value.split(":")
    if len(parts) != many or not all(part.isdigit() for part in parts):
        raise UserError("This button is not one of Heliograph's.", hint="Look for a newer message.")
    return [int(part) for part in parts]
