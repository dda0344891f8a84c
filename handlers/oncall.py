"""`/oncall`: who is on call now, my shifts, why somebody is on, where nobody is, and the doors to what changes it."""

from collections.abc import Awaitable, Callable, Mapping

from bot.calendars.service import Calendars
from bot.directory.model import Directory, Role
from bot.errors import UserError
from bot.roster.changes import Changes
from bot.roster.outlook import Question
from bot.roster.service import Roster
from bot.slack import text
from bot.slack.render import Message, Renderer
from handlers import oncall_calendar, oncall_override, oncall_week
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.oncall_forms import Forms

USAGE = (
    ("", "who is on duty now in each region, who leads, when the lead passes"),
    ("me", "my shifts of the next 4 weeks, and what hangs on them: swap, time off, cancel"),
    ("why [@person or region] [role] [at sat 9:00]", "which rules, swaps and overrides put them there"),
    ("gaps [weeks]", "where nobody is on duty, with a button to cover it"),
    ("swap", "a form: one of my shifts for one of a colleague's, or for nothing"),
    ("off", "a form: time off; says which shifts it opens, and asks for cover"),
    ("override", "a form: somebody comes, goes or takes a place, now or later"),
    (
        "override @person 4h [role]",
        "puts somebody on duty from now on, instead of who has the role; also `until 18:00`",
    ),
    *oncall_calendar.USAGE,
    *oncall_week.USAGE,
)
Answer = Callable[[Incoming, text.Command], Awaitable[None]]
"""What answers one word after the command."""


def register(
    on: Listeners,
    roster: Roster,
    changes: Changes,
    forms: Forms,
    renderer: Renderer,
    directory: Callable[[], Directory],
    calendars: Calendars,
    others: Mapping[str, Answer],
) -> None:
    """`others` are the words that stand in modules of their own."""
    command_name = directory().commands["oncall"]

    async def now(incoming: Incoming, words: text.Command) -> None:
        """In a client's channel, and for a client, without what is the team's own."""
        inside = incoming.actor.role is not Role.CLIENT and incoming.actor.client is None
        message = renderer.message("oncall/now", overview=await roster.overview(), inside=inside)
        await on.answer(incoming, message)

    async def me(incoming: Incoming, words: text.Command) -> None:
        ahead = await changes.outlook.me(incoming.actor)
        link = await calendars.link_for(ahead.person)
        await on.answer(incoming, renderer.message("oncall/me", ahead=ahead, calendar=link.url))

    async def why(incoming: Incoming, words: text.Command) -> None:
        answer = await changes.outlook.why(incoming.actor, question(words, directory()))
        await on.answer(incoming, renderer.message("oncall/why", answer=answer))

    async def gaps(incoming: Incoming, words: text.Command) -> None:
        weeks = weeks_of(words)
        found = await changes.outlook.gaps(incoming.actor, weeks)
        await on.answer(incoming, renderer.message("oncall/gaps", gaps=found, weeks=weeks))

    async def override(incoming: Incoming, words: text.Command) -> None:
        if not words.words:
            await forms.override(incoming)
            return
        asked = oncall_override.read(words)
        wanted = changes.overrides.from_now(incoming.actor, asked.slack, asked.lasts or asked.until, asked.role)
        made = await changes.overrides.make(incoming.actor, wanted, incoming.source)
        await on.answer(incoming, renderer.message("oncall/overridden", made=made, to=""))

    async def swap(incoming: Incoming, words: text.Command) -> None:
        await forms.swap(incoming)

    async def off(incoming: Incoming, words: text.Command) -> None:
        await forms.off(incoming)

    async def help(incoming: Incoming, words: text.Command) -> None:
        await on.answer(incoming, usage(renderer, command_name, words.verb))

    verbs: dict[str, Answer] = {
        "": now, "now": now, "me": me, "why": why, "gaps": gaps, "override": override, "swap": swap, "off": off,
        **others,
    }  # fmt: skip

    async def command(incoming: Incoming) -> None:
        words = text.parse(incoming.text)
        await verbs.get(words.verb, help)(incoming, words)

    on.command(command_name, command)


def question(words: text.Command, directory: Directory) -> Question:
    """`why @capella`, `why eu secondary at sat 9:00`. Raises `UserError` on a word that means nothing here."""
    said = [word for word in words.words if word.lower() != "is"]
    at = next((place for place, word in enumerate(said) if word.lower() in ("at", "on")), len(said))
    slack = region = role = ""
    for word in said[:at]:
        found = next((r.id for r in directory.regions if word.lower() in (r.id, r.name.lower())), "")
        if user := text.user(word):
            slack = user
        elif word.lower() in oncall_override.ROLES:
            role = word.lower()
        elif found:
            region = found
        else:
            meant = text.did_you_mean(word, [*oncall_override.ROLES, *(r.id for r in directory.regions)])
            hint = f"Did you mean `{meant}`?" if meant else "For example: `why @capella` or `why eu secondary at 18:30`"
            raise UserError(f"“{word}” is no person, region or role.", hint=hint)
    return Question(slack, region, role, " ".join(said[at + 1 :]))


def weeks_of(words: text.Command) -> int:
    """`gaps 8` → 8; without a number 4. Raises `UserError` on anything else."""
    if not words.words:
        return 4
    if not words.words[0].isdecimal() or len(words.words[0]) > 3:
        raise UserError("Gaps are looked for some weeks ahead.", hint="For example: `gaps 8`")
    return int(words.words[0])


def usage(renderer: Renderer, command: str, wrong: str) -> Message:
    verbs = ["now", "me", "why", "gaps", "swap", "off", "override", "calendar", "week", "help"]
    meant = text.did_you_mean(wrong, verbs) if wrong != "help" else None
    example = f"{command} override @rigel 4h"
    return renderer.message("common/usage", command=command, lines=USAGE, example=example, meant=meant)
