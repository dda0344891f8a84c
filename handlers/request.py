"""Client requests from Slack: the command (inline or modal), a mention, the message shortcut."""

import json
from collections.abc import Callable

from bot.desk import model
from bot.desk.service import Desk, Place
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import ids, text
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

USAGE = (
    ("", "opens a form"),
    ("what is wrong", "opens a request at once"),
    ("sev1 what is wrong", "the same, with how bad it is: sev1 (training is down) to sev4 (a question)"),
)


def register(on: Listeners, desk: Desk, slack: Gateway, renderer: Renderer, directory: Callable[[], Directory]) -> None:
    command_name = directory().commands["request"]

    async def command(incoming: Incoming) -> None:
        """`/request` alone opens the modal; with words after it, the request is opened at once."""
        words = incoming.text.strip()
        if words.lower() == "help":
            example = f"{command_name} sev2 loss went to NaN on llama-70b"
            await on.answer(
                incoming, renderer.message("common/usage", command=command_name, lines=USAGE, example=example)
            )
        elif words:
            request = await desk.open(incoming.actor, Place(incoming.channel), words, "", incoming.source)
            await on.answer(incoming, renderer.message("desk/opened", request=request))
        else:
            await open_modal(incoming, Place(incoming.channel), "")

    async def open_modal(incoming: Incoming, place: Place, draft: str) -> None:
        if directory().client_of(place.channel) is None:
            raise UserError(
                "Requests are opened in a client's channel, and this is not one.",
                hint=f"Go to the client's channel and type `{command_name}` there.",
            )
        remembered = json.dumps({"channel": place.channel, "thread_ts": place.thread_ts})
        view = renderer.view(
            "desk/new", severities=model.SEVERITY_WORDS, draft=model.shorten(draft), remembered=remembered
        )
        await slack.view_open(incoming.trigger, view)

    def check(incoming: Incoming) -> dict[str, str]:
        try:
            model.asked(incoming.field("text", "text"), incoming.field("severity", "severity"))
        except UserError as error:
            return {"text": str(error)}
        return {}

    async def submitted(incoming: Incoming) -> None:
        remembered = json.loads(incoming.remembered)
        incoming.channel = remembered["channel"]
        place = Place(remembered["channel"], remembered["thread_ts"])
        words, severity = incoming.field("text", "text"), incoming.field("severity", "severity")
        await desk.open(incoming.actor, place, words, severity, incoming.source)

    async def mentioned(incoming: Incoming) -> None:
        """A mention is a request, answered in its thread. It is all that a Slack Connect person can type."""
        event = incoming.body["event"]
        words = text.without_mentions(incoming.text)
        place = Place(incoming.channel, event.get("thread_ts") or event["ts"], event["ts"])
        await desk.open(incoming.actor, place, words, "", incoming.source)

    async def from_message(incoming: Incoming) -> None:
        """“Ask for support” on any message: the modal starts with that message's words."""
        message = incoming.body["message"]
        place = Place(incoming.channel, message.get("thread_ts") or message["ts"])
        await open_modal(incoming, place, text.plain(message.get("text", "")))

    on.command(command_name, command)
    on.event("app_mention", mentioned)
    on.shortcut(ids.REQUEST_FROM_MESSAGE, from_message)
    on.view(ids.REQUEST_NEW, submitted, check)
