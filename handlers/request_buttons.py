"""Asking without words, for those who have no commands too: an emoji, the pinned buttons, the form for a training run.

And the answers to what was only suggested: that it is the same request, that it is worse.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime

from bot.desk import intake
from bot.desk.conversation import Conversation
from bot.desk.lifecycle import Verb
from bot.desk.model import About, Wish
from bot.desk.moves import Moves
from bot.desk.service import Desk, Place
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import ids
from bot.slack.gateway import Gateway
from handlers import conversation as talk
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.request import written
from handlers.request_forms import Forms

OLD = "This button is of an earlier version."


def register(
    on: Listeners,
    desk: Desk,
    moves: Moves,
    talks: Conversation,
    forms: Forms,
    slack: Gateway,
    directory: Callable[[], Directory],
) -> None:
    async def reacted(incoming: Incoming) -> None:
        """The team's emoji on a message asks about that message; its author is the one who asks."""
        event = incoming.body["event"]
        item = event.get("item") or {}
        if event.get("reaction") != directory().request_emoji or item.get("type") != "message":
            return
        if directory().client_of(incoming.channel) is None:
            return
        message = await slack.message(incoming.channel, item["ts"])
        if message is None or message.get("bot_id"):
            return
        thread = str(message.get("thread_ts") or message["ts"])
        if await talks.is_about_a_request(incoming.channel, thread):
            return
        about = About(files=tuple(talk.file(f) for f in message.get("files") or []))
        place = Place(incoming.channel, thread, str(message["ts"]))
        source = f"reaction/{incoming.channel}/{message['ts']}"
        words = written(str(message.get("text") or "")) or "(a message without words)"
        who = await on.actor_of(str(message.get("user") or incoming.actor.slack), incoming.channel)
        await desk.open(who, place, words, "", source, about)

    async def help_wanted(incoming: Incoming) -> None:
        await forms.request(incoming, Place(incoming.channel), "")

    async def from_home(incoming: Incoming) -> None:
        await forms.request(incoming, Place(""), "")

    async def run_planned(incoming: Incoming) -> None:
        await forms.run(incoming, incoming.channel)

    def check(incoming: Incoming) -> dict[str, str]:
        return intake.run(fields(incoming), start(incoming), desk.now())[1]

    async def run_submitted(incoming: Incoming) -> None:
        incoming.channel = json.loads(incoming.remembered)["channel"]
        run, _ = intake.run(fields(incoming), start(incoming), desk.now())
        if run is None:
            raise UserError("Its start has passed while the form was open.", hint="Plan it again.")
        about = About(kind="training_run", details=run.details())
        who = await on.actor_of(incoming.actor.slack, incoming.channel)
        await desk.open(who, Place(incoming.channel), run.what, "sev4", incoming.source, about)

    async def same(incoming: Incoming) -> None:
        request, _, into = parts(incoming)
        await moves.move(incoming.actor, request, Verb.MERGE, incoming.source, wish=Wish(into=int(into)))

    async def worse(incoming: Incoming) -> None:
        request, _, level = parts(incoming)
        await desk.severity(incoming.actor, request, level, incoming.source)

    on.event("reaction_added", reacted)
    on.action(ids.REQUEST_HELP, help_wanted)
    on.action(ids.HOME_NEW_REQUEST, from_home)
    on.action(ids.REQUEST_RUN, run_planned)
    on.view(ids.REQUEST_RUN, run_submitted, check)
    on.action(ids.REQUEST_JOIN, same)
    on.action(ids.REQUEST_SEVERITY, worse)


def fields(incoming: Incoming) -> dict[str, str]:
    return {name: written(incoming.field(name, name)) for name in ("what", *intake.RUN_FIELDS)}


def start(incoming: Incoming) -> datetime | None:
    seconds = incoming.field("start", "start")
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None


def parts(incoming: Incoming) -> tuple[int, int, str]:
    """ "12:0:sev1" → the request, the version it was offered with, what was offered."""
    try:
        request, version, offered = incoming.value.split(":")
        return int(request), int(version), offered
    except ValueError:
        raise UserError(OLD, hint="Look for a newer message.") from None
