"""Jobs from Slack: why one is not running, and suspending or resuming it after a look at the plan."""

from collections.abc import Callable

from bot.actions.model import Stands, Taken, Verb
from bot.actions.service import Actions
from bot.diagnose.service import Diagnose
from bot.directory import access
from bot.directory.access import Right
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import ids, text
from bot.slack.render import Message, Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

USAGE = (
    ("why NAME", "why it is not running, or not well: one finding, with its evidence"),
    ("suspend NAME", "stops it and gives its GPUs back, after you have seen the plan"),
    ("resume NAME", "lets it run again, after you have seen the plan"),
)
_VERBS = {verb.value: verb for verb in Verb}


def register(
    on: Listeners, diagnose: Diagnose, actions: Actions, renderer: Renderer, directory: Callable[[], Directory]
) -> None:
    command_name = directory().commands["job"]

    async def command(incoming: Incoming) -> None:
        words = text.parse(incoming.text)
        cluster = words.options.get("cluster") or None
        if words.verb == "why":
            access.require(incoming.actor, Right.SEE_CLUSTER)
            why = await diagnose.why(cluster, _name(words, command_name), incoming.actor.scope)
            await on.answer(incoming, renderer.message("diagnose/why", why=why))
        elif words.verb in _VERBS:
            verb, name = _VERBS[words.verb], _name(words, command_name)
            plan = await actions.propose(incoming.actor, verb, name, incoming.source, cluster)
            await on.answer(incoming, renderer.message("actions/plan", plan=plan))
        else:
            await on.answer(incoming, _usage(renderer, command_name, words.verb))

    async def confirmed(incoming: Incoming) -> None:
        try:
            outcome = await actions.confirm(incoming.actor, incoming.value, incoming.source)
        except Stands:
            raise
        except UserError as error:
            refused = renderer.message("actions/refused", message=str(error), hint=error.hint)
            await on.answer(incoming, refused, replace=not isinstance(error, Taken))
            return
        done = renderer.message("actions/done", plan=outcome.plan, words=outcome.words)
        await on.answer(incoming, done, replace=True)

    async def cancelled(incoming: Incoming) -> None:
        plan = await actions.cancel(incoming.actor, incoming.value)
        await on.answer(incoming, renderer.message("actions/done", plan=plan, words=plan.outcome), replace=True)

    on.command(command_name, command)
    on.action(ids.JOB_CONFIRM, confirmed)
    on.action(ids.JOB_CANCEL, cancelled)


def _name(words: text.Command, command: str) -> str:
    if not words.words:
        raise UserError(
            "Which job?", hint=f"For example: `{command} {words.verb} reward-70b`, or `namespace/reward-70b`."
        )
    return words.words[0]


def _usage(renderer: Renderer, command: str, wrong: str) -> Message:
    meant = text.did_you_mean(wrong, ["why", *_VERBS]) if wrong else None
    return renderer.message(
        "common/usage", command=command, lines=USAGE, example=f"{command} why reward-70b", meant=meant
    )
