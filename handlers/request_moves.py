"""A triage card's buttons, its “More”, and the forms that ask what comes with a verb."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.desk.lifecycle import Verb
from bot.desk.model import Wish
from bot.desk.moves import Moves
from bot.desk.service import Desk
from bot.desk.tables import Request
from bot.directory.model import Directory
from bot.errors import UserError
from bot.slack import ids
from bot.slack.gateway import Gateway
from bot.slack.render import Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners

AT_ONCE = {
    ids.REQUEST_ACKNOWLEDGE: Verb.ACKNOWLEDGE,
    ids.REQUEST_ASSIGN: Verb.ASSIGN,
    ids.REQUEST_REOPEN: Verb.REOPEN,
}
FORMS = (Verb.RESOLVE, Verb.WAIT, Verb.REASSIGN, Verb.HAND, Verb.ESCALATE, Verb.SNOOZE, Verb.MERGE)
TIMELINE = 90
"""Entries of a timeline that fit a modal; the newest count."""


def register(
    on: Listeners,
    moves: Moves,
    desk: Desk,
    slack: Gateway,
    renderer: Renderer,
    directory: Callable[[], Directory],
    others: Mapping[str, Callable[[Incoming, int], Awaitable[None]]],
) -> None:
    """`others` are choices of “More” that another module answers, by their word."""

    async def clicked(incoming: Incoming) -> None:
        request_id, seen = which(incoming.value)
        verb = AT_ONCE[incoming.action["action_id"]]
        await moves.move(incoming.actor, request_id, verb, incoming.source, seen=seen)

    async def resolve(incoming: Incoming) -> None:
        await ask(incoming, Verb.RESOLVE, *which(incoming.value))

    async def more(incoming: Incoming) -> None:
        """The choice says what: a form, the timeline, or waking what sleeps."""
        what, _, rest = incoming.value.partition(":")
        request_id, seen = which(rest)
        if what == "timeline":
            await timeline(incoming, request_id)
        elif what == "tell":
            request = await moves.look(incoming.actor, request_id)
            remembered = json.dumps({"request": request_id, "channel": incoming.channel})
            await slack.view_open(incoming.trigger, renderer.view("desk/tell", request=request, remembered=remembered))
        elif what in others:
            await others[what](incoming, request_id)
        elif what == Verb.WAKE:
            await moves.move(incoming.actor, request_id, Verb.WAKE, incoming.source, seen=seen)
        elif what in FORMS:
            await ask(incoming, Verb(what), request_id, seen)
        else:
            raise UserError("This choice is of an earlier version.", hint="Look for a newer message.")

    async def ask(incoming: Incoming, verb: Verb, request_id: int, seen: int | None) -> None:
        request = await moves.look(incoming.actor, request_id)
        remembered = json.dumps({"request": request_id, "seen": seen, "channel": incoming.channel})
        choices = await choices_of(incoming, verb, request)
        view = renderer.view(f"desk/form_{verb}", request=request, remembered=remembered, **choices)
        await slack.view_open(incoming.trigger, view)

    async def choices_of(incoming: Incoming, verb: Verb, request: Request) -> dict[str, object]:
        if verb is Verb.HAND:
            return {"regions": [[r.id, r.name] for r in directory().regions if r.id != request.region]}
        if verb is Verb.SNOOZE:
            return {"until": int((moves.now() + timedelta(hours=4)).timestamp())}
        if verb is Verb.MERGE:
            others = await desk.others_of(incoming.actor, request)
            if not others:
                raise UserError("This client has no other open request.", hint="Nothing was changed.")
            return {"others": [[str(o.id), f"R-{o.id} · {o.text}"[:74]] for o in others]}
        return {}

    async def timeline(incoming: Incoming, request_id: int) -> None:
        request, events = await moves.timeline(incoming.actor, request_id)
        left_out = max(0, len(events) - TIMELINE)
        view = renderer.view("desk/timeline", request=request, events=events[left_out:], left_out=left_out)
        await slack.view_open(incoming.trigger, view)

    def check(incoming: Incoming) -> dict[str, str]:
        """What can be seen at once to be wrong stands beside its field, and the form stays open."""
        verb = verb_of(incoming)
        try:
            moves.check(verb, wish(verb, incoming))
        except UserError as error:
            return {"until" if verb is Verb.SNOOZE else "reason": f"{error} {error.hint}"}
        return {}

    async def submitted(incoming: Incoming) -> None:
        remembered = json.loads(incoming.remembered)
        incoming.channel = remembered["channel"]
        verb = verb_of(incoming)
        await moves.move(
            incoming.actor,
            remembered["request"],
            verb,
            incoming.source,
            seen=remembered["seen"],
            wish=wish(verb, incoming),
        )

    for action_id in AT_ONCE:
        on.action(action_id, clicked)
    on.action(ids.REQUEST_RESOLVE, resolve)
    for action_id in (ids.REQUEST_MORE, ids.REQUEST_MORE_TELL, ids.REQUEST_MORE_PROMISE):
        on.action(action_id, more)
    for verb in FORMS:
        on.view(f"{ids.REQUEST_FORM}{verb}", submitted, check)


def which(value: str) -> tuple[int, int | None]:
    """ "12:7" → request 12 as it was at version 7. Cards of the first version carry the request alone."""
    request, _, version = value.partition(":")
    try:
        return int(request), int(version) if version else None
    except ValueError:
        raise UserError("This button is not one of Heliograph's.", hint="Look for a newer message.") from None


def verb_of(incoming: Incoming) -> Verb:
    return Verb(str(incoming.body["view"]["callback_id"]).removeprefix(ids.REQUEST_FORM))


def wish(verb: Verb, incoming: Incoming) -> Wish:
    """What was filled in. A field that the form does not have is empty."""

    def said(name: str) -> str:
        return incoming.field(name, name).strip()

    until, into = said("until"), said("into")
    for_job = bool(incoming.chosen("for_job", "for_job"))
    return Wish(
        person=said("person"),
        region=said("region"),
        until=datetime.fromtimestamp(int(until), UTC) if until and not for_job else None,
        for_job=for_job,
        into=int(into) if into else None,
        reason=said("reason"),
        cause=said("cause"),
        fix=said("fix"),
        to_client=said("to_client"),
    )
