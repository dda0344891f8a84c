"""Who is on call, from Slack: now in each region, and putting somebody else on duty for a while."""

import re
from collections.abc import Callable
from datetime import timedelta

from bot.directory.model import Directory
from bot.errors import UserError
from bot.roster.service import Override, Roster
from bot.slack import text
from bot.slack.render import Message, Renderer
from handlers import oncall_calendar, oncall_week
from handlers.incoming import Incoming
from handlers.listeners import Listeners

USAGE = (
    ("", "who is on duty now in each region, who leads, when the lead passes"),
    ("override @person 4h", "puts somebody on duty instead of the primary of their region"),
    ("override @person 4h secondary", "the same for another role"),
    *oncall_calendar.USAGE,
    *oncall_week.USAGE,
)
_LENGTH = re.compile(r"(\d{1,4})(m|min|h|d)")
_UNITS = {"m": timedelta(minutes=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LONGEST = timedelta(days=14)
ROLES = ("primary", "secondary", "weekend", "manager")


def register(
    on: Listeners,
    roster: Roster,
    renderer: Renderer,
    directory: Callable[[], Directory],
    calendar: oncall_calendar.Answer,
    week: oncall_week.Answer,
) -> None:
    command_name = directory().commands["oncall"]

    async def command(incoming: Incoming) -> None:
        words = text.parse(incoming.text)
        if words.verb in ("", "now"):
            overview = await roster.overview()
            await on.answer(incoming, renderer.message("oncall/now", overview=overview))
        elif words.verb == "override":
            row = await roster.override(incoming.actor, override(words), incoming.source)
            await on.answer(incoming, renderer.message("oncall/overridden", row=row, by=incoming.actor.slack))
        elif words.verb == "calendar":
            await calendar(incoming, words)
        elif words.verb == "week":
            await week(incoming, words)
        else:
            await on.answer(incoming, usage(renderer, command_name, words.verb))

    on.command(command_name, command)


def override(words: text.Command) -> Override:
    """`override <@U…> 4h [role]`. Raises `UserError` with an example."""
    person = next((id for word in words.words if (id := text.user(word))), None)
    length = next((m for word in words.words if (m := _LENGTH.fullmatch(word.lower()))), None)
    if person is None or length is None:
        raise UserError(
            "An override needs a person and how long.",
            hint="For example: `/oncall override @rigel 4h` or `… 30m secondary`",
        )
    lasts = int(length[1]) * _UNITS[length[2]]
    if not timedelta(0) < lasts <= LONGEST:
        raise UserError("An override lasts from a minute to 14 days.", hint="For longer, edit the roster file.")
    role = next((word.lower() for word in words.words if word.lower() in ROLES), "primary")
    return Override(person, lasts, role)


def usage(renderer: Renderer, command: str, wrong: str) -> Message:
    meant = text.did_you_mean(wrong, ["now", "override", "calendar", "week", "help"])
    example = f"{command} override @rigel 4h"
    return renderer.message("common/usage", command=command, lines=USAGE, example=example, meant=meant)
