"""The buttons of `/oncall` and of the messages that changes of the rota send: parse, one service call, render."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.errors import UserError
from bot.roster.changes import Changes
from bot.roster.model import SwapVerb
from bot.slack import ids
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.oncall_forms import Forms
from schedules.rota.model import Gap, Role

SWAPS = {
    ids.ONCALL_SWAP_ACCEPT: SwapVerb.ACCEPT,
    ids.ONCALL_SWAP_DECLINE: SwapVerb.DECLINE,
    ids.ONCALL_SWAP_WITHDRAW: SwapVerb.WITHDRAW,
    ids.ONCALL_SWAP_APPROVE: SwapVerb.APPROVE,
    ids.ONCALL_SWAP_REFUSE: SwapVerb.REFUSE,
}


def register(on: Listeners, changes: Changes, forms: Forms, renderer: Renderer) -> None:
    async def again(incoming: Incoming) -> None:
        """`/oncall me` stands where its button was clicked; elsewhere the message itself is brought up to date."""
        if incoming.ephemeral:
            ahead = await changes.outlook.me(incoming.actor)
            await on.answer(incoming, renderer.message("oncall/me", ahead=ahead), replace=True)

    async def override_cancelled(incoming: Incoming) -> None:
        await changes.overrides.cancel(incoming.actor, incoming.number)
        await again(incoming)

    async def swap_moved(incoming: Incoming) -> None:
        verb = SWAPS[incoming.action["action_id"]]
        await changes.swaps.move(incoming.actor, incoming.number, verb, incoming.source)
        await again(incoming)

    async def off_asked(incoming: Incoming) -> None:
        await changes.time_off.ask_for_cover(incoming.actor, incoming.number)
        await again(incoming)

    async def off_cancelled(incoming: Incoming) -> None:
        await changes.time_off.cancel(incoming.actor, incoming.number)
        await again(incoming)

    async def cover_taken(incoming: Incoming) -> None:
        await changes.time_off.take_over(incoming.actor, incoming.number, incoming.source)

    async def gap_covered(incoming: Incoming) -> None:
        await forms.override(incoming, gap_of(incoming.value))

    clicks: dict[str, Callable[[Incoming], Awaitable[None]]] = {
        ids.ONCALL_OVERRIDE_CANCEL: override_cancelled,
        ids.ONCALL_OFF_ASK: off_asked,
        ids.ONCALL_OFF_CANCEL: off_cancelled,
        ids.ONCALL_COVER_TAKE: cover_taken,
        ids.ONCALL_COVER_GAP: gap_covered,
        ids.ONCALL_SWAP_NEW: forms.swap,
        ids.ONCALL_OFF_NEW: forms.off,
        **dict.fromkeys(SWAPS, swap_moved),
    }
    for action_id, listener in clicks.items():
        on.action(action_id, listener)


def gap_of(value: str) -> Gap:
    """`eu|primary|1796112000|1796148000`, as the list of gaps writes it. Raises `UserError` on anything else."""
    try:
        region, role, start, end = value.split("|")
        return Gap(region, Role(role), datetime.fromtimestamp(int(start), UTC), datetime.fromtimestamp(int(end), UTC))
    except (ValueError, OverflowError, OSError):
        raise UserError("This button is not one of Heliograph's.", hint="Look for a newer message.") from None
