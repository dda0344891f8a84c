"""Client requests from Slack, asked for with words: the command (inline or as a form), a mention, the message shortcut.

What needs no words (an emoji, a button) is in `request_buttons`. Everything ends in one call of the desk.
"""

import json
from collections.abc import Callable

from bot import letters
from bot.desk import intake, model
from bot.desk.conversation import Conversation
from bot.desk.model import About
from bot.desk.said import File
from bot.desk.service import Desk, Place
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import ids, text
from bot.slack.render import Renderer
from handlers import conversation as talk
from handlers import request_verbs
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.request_forms import Forms, files_of
from handlers.request_verbs import Verbs

USAGE = (
    ("", "opens a form"),
    ("what is wrong", "opens a request at once"),
    ("sev1 what is wrong", "the same, with how bad it is: sev1 (training is down) to sev4 (a question)"),
    ("plan", "tells the team about a training run that is planned"),
    ("pin", "posts and pins the buttons for those who have no commands (leads)"),
)
VERBS = ("help", "plan", "pin")


def register(
    on: Listeners,
    desk: Desk,
    talks: Conversation,
    forms: Forms,
    renderer: Renderer,
    directory: Callable[[], Directory],
    verbs: Verbs,
) -> None:
    command_name = directory().commands["request"]

    async def command(incoming: Incoming) -> None:
        """Alone it opens the form; with words after it, the request is opened at once."""
        words = written(incoming.text)
        verb = words.lower()
        if not words:
            await forms.request(incoming, Place(incoming.channel), "")
        elif verb == "plan":
            await forms.run(incoming, incoming.channel)
        elif verb == "pin":
            await desk.pin(incoming.actor, incoming.channel, incoming.source)
        elif found := request_verbs.chosen(verbs, words):
            await found[0].run(incoming, found[1])
        elif verb == "help" or (meant := intake.mistyped(words, (*VERBS, *verbs))):
            await usage(incoming, "" if verb == "help" else meant)
        else:
            await at_once(incoming, words)

    async def at_once(incoming: Incoming, words: str) -> None:
        if word := intake.severity_word(words):
            model.severity_of(word)
        request = await desk.open(incoming.actor, Place(incoming.channel), words, "", incoming.source)
        await on.answer(incoming, renderer.message("desk/opened", request=request))

    async def usage(incoming: Incoming, meant: str | None) -> None:
        example = f"{command_name} sev2 loss went to NaN on llama-70b-midtrain"
        lines = (*USAGE, *(line for verb in verbs.values() for line in verb.usage))
        message = renderer.message("common/usage", command=command_name, lines=lines, example=example, meant=meant)
        await on.answer(incoming, message)

    def check(incoming: Incoming) -> dict[str, str]:
        try:
            model.asked(incoming.field("text", "text"), incoming.field("severity", "severity"))
        except UserError as error:
            return {"text": str(error)}
        return {}

    async def submitted(incoming: Incoming) -> None:
        remembered = json.loads(incoming.remembered)
        channel = remembered["channel"] or incoming.field("channel", "channel")
        incoming.channel = channel
        place = Place(channel, remembered["thread_ts"])
        who = await on.actor_of(incoming.actor.slack, channel)
        words, severity = written(incoming.field("text", "text")), incoming.field("severity", "severity")
        await desk.open(who, place, words, severity, incoming.source, about(incoming, files_of(remembered)))

    async def mentioned(incoming: Incoming) -> None:
        """A mention is a request, answered in its thread; in the thread of one it is a word about that one."""
        event = incoming.body["event"]
        if await talks.is_about_a_request(incoming.channel, str(event.get("thread_ts") or "")):
            return
        words = letters.harmless(text.without_mentions(incoming.text))
        if word := intake.severity_word(words):
            model.severity_of(word)
        place = Place(incoming.channel, event.get("thread_ts") or event["ts"], event["ts"])
        files = tuple(talk.file(f) for f in event.get("files") or [])
        await desk.open(incoming.actor, place, words, "", incoming.source, About(files=files))

    async def from_message(incoming: Incoming) -> None:
        """“Ask for support” on any message: the form starts with that message's words, and keeps its files."""
        message = incoming.body["message"]
        thread = message.get("thread_ts") or message["ts"]
        if await talks.is_about_a_request(incoming.channel, thread):
            raise UserError("This thread is a request already.", hint="Write on in it.")
        files = [talk.file(f) for f in message.get("files") or []]
        await forms.request(incoming, Place(incoming.channel, thread), written(message.get("text", "")), files)

    on.command(command_name, command)
    on.event("app_mention", mentioned)
    on.shortcut(ids.REQUEST_FROM_MESSAGE, from_message)
    on.view(ids.REQUEST_NEW, submitted, check)


def written(typed: str) -> str:
    """What somebody wrote, as people read it: no entities, no direction or control characters."""
    return letters.harmless(text.plain(typed)).strip()


def about(incoming: Incoming, files: tuple[File, ...]) -> About:
    """What the form asks beside the words; `files` are those of the message that it began with."""
    cluster, namespace, job = (*incoming.field("job", "job").split("/"), "", "", "")[:3]
    attached = tuple(talk.file(f) for f in incoming.files("files", "files"))
    return About(cluster, namespace, job, files=(*files, *attached))
