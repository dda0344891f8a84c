"""The forms of `/oncall`: override, swap, time off. Opened here; what is wrong is said on the field it is in."""

from dataclasses import dataclass

from bot.directory.model import Person
from bot.roster import plans, spell, swaps, time_off
from bot.roster.changes import Changes
from bot.roster.stints import Stint
from bot.slack import ids
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from schedules.rota.model import Gap, OverrideKind


@dataclass(frozen=True)
class Forms:
    changes: Changes
    slack: Gateway
    renderer: Renderer

    async def override(self, incoming: Incoming, gap: Gap | None = None) -> None:
        form = await self.changes.overrides.form(incoming.actor, gap)
        await self._open(incoming, "oncall/override_form", form=form)

    async def swap(self, incoming: Incoming) -> None:
        offers = await self.changes.swaps.offers(incoming.actor)
        person = swaps.member(incoming.actor)
        mine = [(swaps.key(stint), _option(stint, person)) for stint in offers.mine]
        others = [
            (other, [(f"{other.id}|", "takes it, for nothing"), *_theirs(other, stints, person)])
            for other, stints in offers.others
        ]
        await self._open(incoming, "oncall/swap_form", mine=mine, others=others)

    async def off(self, incoming: Incoming) -> None:
        colleagues = await self.changes.time_off.colleagues(incoming.actor)
        await self._open(incoming, "oncall/off_form", colleagues=[(p.id, p.name) for p in colleagues])

    async def _open(self, incoming: Incoming, template: str, **values: object) -> None:
        await self.slack.view_open(incoming.trigger, self.renderer.view(template, **values))


def register(on: Listeners, changes: Changes) -> None:
    async def check_override(incoming: Incoming) -> dict[str, str]:
        await changes.overrides.check(incoming.actor, override_of(incoming))
        return {}

    async def override(incoming: Incoming) -> None:
        await changes.overrides.make(incoming.actor, override_of(incoming), incoming.form)

    async def check_swap(incoming: Incoming) -> dict[str, str]:
        await changes.swaps.check(incoming.actor, swap_of(incoming))
        return {}

    async def swap(incoming: Incoming) -> None:
        await changes.swaps.ask(incoming.actor, swap_of(incoming), incoming.form)

    async def check_off(incoming: Incoming) -> dict[str, str]:
        await changes.time_off.check(incoming.actor, off_of(incoming))
        return {}

    async def off(incoming: Incoming) -> None:
        await changes.time_off.take(incoming.actor, off_of(incoming), incoming.form)

    on.view(ids.ONCALL_OVERRIDE, override, check_override)
    on.view(ids.ONCALL_SWAP, swap, check_swap)
    on.view(ids.ONCALL_OFF, off, check_off)


def override_of(incoming: Incoming) -> plans.Wanted:
    region, _, role = incoming.field("where", "where").partition("|")
    return plans.Wanted(
        slack=incoming.field("who", "who"),
        start=incoming.when("start"),
        end=incoming.when("end"),
        kind=OverrideKind(incoming.field("kind", "kind")),
        region=region,
        role=role,
        reason=incoming.field("reason", "reason"),
    )


def swap_of(incoming: Incoming) -> swaps.Wanted:
    taker, _, theirs = incoming.field("theirs", "theirs").partition("|")
    return swaps.Wanted(incoming.field("mine", "mine"), taker, theirs, incoming.field("reason", "reason"))


def off_of(incoming: Incoming) -> time_off.Wanted:
    return time_off.Wanted(incoming.when("start"), incoming.when("end"), incoming.field("cover", "cover"))


def _theirs(other: Person, stints: tuple[Stint, ...], reader: Person) -> list[tuple[str, str]]:
    return [(f"{other.id}|{swaps.key(stint)}", f"for {_option(stint, reader)}") for stint in stints]


def _option(stint: Stint, reader: Person) -> str:
    """In the reader's own zone."""
    return f"{spell.stint(stint, reader.zone)} · {stint.role}"
