"""`/request list`, `show`, `search`, `similar`, `export`. What is asked is parsed here; services know whose rows."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.desk import listing, words
from bot.desk.export import Exports, Form, Wanted
from bot.desk.knowledge import Knowledge
from bot.desk.listing import Asked, Page, Which
from bot.desk.lists import Lists
from bot.directory.model import Directory, Role
from bot.errors import UserError
from bot.slack import ids
from bot.slack.render import Message, Renderer
from handlers.incoming import Incoming
from handlers.listeners import Listeners
from handlers.request_verbs import Verb, is_number

ENDED = ("closed", "resolved", "ended")
_WHICH = {which.value: which for which in Which}
_FORMS = {form.value: form for form in Form}


def register(
    on: Listeners,
    lists: Lists,
    knowledge: Knowledge,
    exports: Exports,
    renderer: Renderer,
    directory: Callable[[], Directory],
) -> dict[str, Verb]:
    """→ the words of the command; `handlers.request` has the command."""

    async def listed(incoming: Incoming, rest: str) -> None:
        who = incoming.actor
        asked = asked_of(rest, Which.CLIENT if who.client or who.role is Role.CLIENT else Which.MINE)
        await on.answer(incoming, message_of(incoming, asked, await lists.page(who, asked)))

    async def searched(incoming: Incoming, rest: str) -> None:
        await on.answer(incoming, found_of(incoming, rest, await lists.search(incoming.actor, rest)))

    async def turned(incoming: Incoming) -> None:
        """Another page in the place of the one that is shown. Whose rows are in it is asked anew."""
        remembered = json.loads(incoming.value)
        number = int(remembered["page"])
        if "search" in remembered:
            page = await lists.search(incoming.actor, remembered["search"], number)
            message = found_of(incoming, remembered["search"], page)
        else:
            asked = Asked(Which(remembered["which"]), remembered["of"], remembered["ended"])
            message = message_of(incoming, asked, await lists.page(incoming.actor, asked, number))
        await on.answer(incoming, message, replace=True)

    async def shown(incoming: Incoming, rest: str) -> None:
        found = await lists.show(incoming.actor, listing.known_id(rest))
        await on.answer(incoming, renderer.message("desk/show", shown=found, inside=inside(incoming)))

    async def similar(incoming: Incoming, rest: str) -> None:
        asked = listing.known_id(rest) if is_number(rest) else rest
        found = await knowledge.similar(incoming.actor, asked)
        await on.answer(incoming, renderer.message("desk/similar", found=found, inside=inside(incoming)))

    async def exported(incoming: Incoming, rest: str) -> None:
        sent = await exports.send(incoming.actor, wanted(rest), incoming.source)
        await on.answer(incoming, renderer.message("desk/exported", sent=sent))

    def message_of(incoming: Incoming, asked: Asked, page: Page) -> Message:
        remembered = {"which": asked.which.value, "of": asked.of, "ended": asked.ended}
        title = heading(incoming, asked)
        return listed_message(incoming, page, title, remembered)

    def found_of(incoming: Incoming, typed: str, page: Page) -> Message:
        sought = " ".join(words.search(typed).words)
        return listed_message(incoming, page, f"Requests with “{sought}”", {"search": sought})

    def listed_message(incoming: Incoming, page: Page, title: str, remembered: Mapping[str, object]) -> Message:
        before, after = (json.dumps({**remembered, "page": page.number + step}) for step in (-1, 1))
        values = {"page": page, "title": title, "before": before, "after": after, "inside": inside(incoming)}
        return renderer.message("desk/list", **values, command=directory().commands["request"])

    def heading(incoming: Incoming, asked: Asked) -> str:
        kind = "Resolved and closed requests" if asked.ended else "Open requests"
        if asked.which is Which.MINE:
            return f"Your {kind[0].lower()}{kind[1:]}"
        client = incoming.actor.client
        of = client.name if client else asked.of
        return f"{kind} of {of}" if of else kind if asked.which is Which.ALL else f"{kind} of your {asked.which}"

    on.action(ids.REQUEST_PAGE_BACK, turned)
    on.action(ids.REQUEST_PAGE_ON, turned)
    return {
        "list": Verb(listed, is_list, (("list [mine|region|client|all] [closed]", "the open requests, or the ended"),)),
        "show": Verb(shown, is_number, (("show R-12", "one request: who has it, what was said, links"),)),
        "search": Verb(searched, bool, (("search WORDS", "requests with these words"),)),
        "similar": Verb(similar, bool, (("similar R-12 or WORDS", "resolved ones like it, and what helped"),)),
        "export": Verb(
            exported,
            lambda rest: is_export(rest, directory()),
            (("export [csv|json] [CLIENT] [FROM] [TO]", "a file by direct message (leads)"),),
        ),
    }


def inside(incoming: Incoming) -> bool:
    """In a client's channel, and for a client, without what is the team's own."""
    return incoming.actor.role is not Role.CLIENT and incoming.actor.client is None


def is_list(rest: str) -> bool:
    """ "mine", "client aurora", "closed" after `list`; "of nodes is empty" is the rest of a sentence."""
    said = rest.lower().split()
    return len(said) <= 4 and all(word in (*_WHICH, *ENDED, "open") for word in said[:1])


def asked_of(rest: str, unless: Which) -> Asked:
    """ "client aurora closed" → what it asks for; `unless` it says something."""
    said = rest.split()
    ended = any(word.lower() in ENDED for word in said)
    said = [word for word in said if word.lower() not in (*ENDED, "open")]
    which = _WHICH.get(said[0].lower(), unless) if said else unless
    return Asked(which, " ".join(said[1:]), ended)


def is_export(rest: str, directory: Directory) -> bool:
    """ "csv aurora", "2026-11-01" or nothing after `export`; "of checkpoints fails" is the rest of a sentence."""
    first = (rest.lower().split() or ["csv"])[0]
    return first in (*_FORMS, "client") or _day(first) is not None or any(c.id == first for c in directory.clients)


def wanted(rest: str) -> Wanted:
    """`csv aurora 2026-11-01 2026-12-01`; a day is its midnight in UTC, the second is not in it."""
    said = [word for word in rest.split() if word.lower() not in ("from", "to", "client")]
    form = next((_FORMS[word.lower()] for word in said if word.lower() in _FORMS), Form.CSV)
    days = [day for word in said if (day := _day(word)) is not None]
    names = [word for word in said if word.lower() not in _FORMS and _day(word) is None]
    start, end = (*days, None, None)[:2]
    if start and end and end <= start:
        raise UserError("The second day comes after the first.", hint="For example: `export 2026-11-01 2026-12-01`")
    if len(days) > 2:
        raise UserError("An export is from a day to another.", hint="For example: `export 2026-11-01 2026-12-01`")
    return Wanted(form, " ".join(names), start, end)


def _day(word: str) -> datetime | None:
    try:
        at = datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if timedelta(0) < at - datetime(2000, 1, 1, tzinfo=UTC) < timedelta(days=36_525) else None
