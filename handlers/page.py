"""Pages from Slack: raising one by hand, answering one with its button."""

from collections.abc import Awaitable, Callable, Mapping

from bot import letters
from bot.directory.model import Directory
from bot.errors import UserError
from bot.paging import words as page_words
from bot.paging.messages import plain
from bot.paging.model import Alarm, Reason
from bot.paging.service import Paging
from bot.slack import ids
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.page_looks import Looks

Verb = Callable[[Incoming], Awaitable[None]]

USAGE = (
    ("what is wrong", "pages the engineer on duty in the region that leads now"),
    ("eu what is wrong", "pages the one of another region: its id comes first"),
    ("@vega what is wrong", "pages a person first, then the policy goes on"),
    ("@manager eu what is wrong", "pages a role first: @primary, @secondary or @manager, here or in a region"),
    ("list", "the pages that are not over; `list closed`: those that are"),
    ("heartbeats", "what must not fall silent: when each was heard last, which one is silent"),
    ("show P-12", "who was paged when, and what they did"),
    ("test", "sends a test to all your contact methods, and shows what arrived"),
    ("report [days]", "who was called how often, at night, at weekends; how fast pages were answered"),
)


def register(
    on: Listeners,
    paging: Paging,
    looks: Looks,
    renderer: Renderer,
    directory: Callable[[], Directory],
    verbs: Mapping[str, Verb],
) -> None:
    """`verbs` stand alone: with another word behind it, the first is a part of what is wrong."""
    command_name = directory().commands["page"]

    async def command(incoming: Incoming) -> None:
        """`/page [@PERSON or @ROLE] [REGION] WHAT IS WRONG`; without both the lead region is paged."""
        words = letters.harmless(incoming.text).strip()
        if not letters.says_something(words) or words.lower() == "help":
            await on.answer(
                incoming,
                renderer.message(
                    "common/usage",
                    command=command_name,
                    lines=USAGE,
                    example=f"{command_name} eu all ranks of llama-405b hang",
                ),
            )
            return
        if verb := verbs.get(words.lower().removesuffix(" me")):
            await verb(incoming)
            return
        if looked := await looks.look(incoming.actor, words.split()):
            await on.answer(incoming, looked)
            return
        wanted = page_words.read(directory(), words)
        body = plain(directory(), wanted.body)
        reason = Reason(_title(body), body, f"<@{incoming.actor.slack}> asked for help")
        alarm = Alarm(incoming.source, reason, wanted.region, asked=wanted.target)
        raised = await paging.raise_page(incoming.actor, alarm)
        await on.answer(incoming, renderer.message("paging/raised", raised=raised))

    on.command(command_name, command, first=True)
    _buttons(on, paging)


def _buttons(on: Listeners, paging: Paging) -> None:
    async def acknowledged(incoming: Incoming) -> None:
        await paging.acknowledge(incoming.actor, incoming.number)

    async def help_needed(incoming: Incoming) -> None:
        page, seen = _seen(incoming.value)
        await paging.need_help(incoming.actor, page, incoming.source, seen)

    async def not_me(incoming: Incoming) -> None:
        page, seen = _seen(incoming.value)
        await paging.pass_on(incoming.actor, page, incoming.source, seen)

    async def passed_to(incoming: Incoming) -> None:
        page, seen = _seen(str(incoming.action.get("block_id", "")).removeprefix("page:"))
        await paging.pass_on(incoming.actor, page, incoming.source, seen, str(incoming.action.get("selected_user", "")))

    async def resolved(incoming: Incoming) -> None:
        await paging.resolve(incoming.actor, _seen(incoming.value)[0])

    on.action(ids.PAGE_HELP, help_needed, first=True)
    on.action(ids.PAGE_NOT_ME, not_me, first=True)
    on.action(ids.PAGE_REASSIGN, passed_to, first=True)
    on.action(ids.PAGE_RESOLVE, resolved, first=True)
    on.action(ids.PAGE_ACKNOWLEDGE, acknowledged, first=True)


def _seen(value: str) -> tuple[int, int]:
    """A page's number and the version of it that was looked at: "12:1"."""
    page, _, version = value.partition(":")
    if not (page.isdecimal() and version.isdecimal()):
        raise UserError("This button is not one of Heliograph's.", hint="Look for a newer message.")
    return int(page), int(version)


def _title(body: str) -> str:
    """The first line of which anything is seen."""
    first = next(line.strip() for line in body.splitlines() if letters.says_something(line))
    return first if len(first) <= 80 else first[:79] + "…"
