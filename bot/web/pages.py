"""Pages answered from a phone: the link of an SMS, a mail or a push message.

GET and HEAD change nothing, since whoever shows a preview of a message, and every mail gateway, opens its links. POST
acts, once; then the browser is sent back to look, so that a reload acts no more. What is wrong with a link is said on a
page, with what to do instead and a reference that stands in the log.
"""

import secrets
from dataclasses import dataclass

import structlog
from aiohttp import web

from bot import clock
from bot.errors import Temporary
from bot.paging.by_link import ByLink, Shown, Standing, Verb
from bot.store import ids
from bot.web import html
from bot.web.guesses import Guesses

LONGEST_FORM = 1024
"""Bytes: one short field."""
STATUS = {
    Standing.OPEN: 200,
    Standing.ANSWERED: 200,
    Standing.HELPED: 200,
    Standing.PASSED: 200,
    Standing.USED: 410,
    Standing.EXPIRED: 410,
    Standing.UNKNOWN: 404,
    Standing.FORBIDDEN: 403,
}
"""Of a look. An act that did nothing is 409 where a look would be 200."""

log = structlog.get_logger()


@dataclass
class Pages:
    """`by_link` is None until there is a database; until then people are told to come again."""

    by_link: ByLink | None = None

    def __post_init__(self) -> None:
        self._guesses = Guesses(clock.monotonic)

    async def look(self, request: web.Request) -> web.Response:
        """GET and HEAD."""
        if self.by_link is None:
            return _later()
        try:
            shown = await self.by_link.look(request.match_info["token"])
        except Temporary:
            return _later()
        return self._answer(request, shown, STATUS[shown.standing])

    async def act(self, request: web.Request) -> web.Response:
        if self.by_link is None:
            return _later()
        verb = await _verb(request)
        if verb is None:
            return _broken_form()
        token = request.match_info["token"]
        try:
            shown, did = await self.by_link.act(token, verb)
        except Temporary:
            return _later()
        if did:
            assert shown.page is not None
            assert shown.person is not None
            log.info("page answered by link", page=shown.page.id, person=shown.person.id, did=verb.value)
            return web.Response(status=303, headers=html.HEADERS | {"Location": token})
        status = STATUS[shown.standing]
        return self._answer(request, shown, 409 if status == 200 else status)

    def _answer(self, request: web.Request, shown: Shown, status: int) -> web.Response:
        if status == 200:
            return html.page("page", shown=shown, verbs=Verb, reference="")
        reference = _reference()
        wait = self._guesses.wrong(request.remote or "") if shown.standing is Standing.UNKNOWN else 0
        log.warning(
            "link refused",
            reference=reference,
            standing=shown.standing.value,
            page=shown.page.id if shown.page else None,
            person=shown.person.id if shown.person else None,
            method=request.method,
            address=request.remote,
            limited=bool(wait),
        )
        headers = {"Retry-After": str(wait)} if wait else None
        shown_status = 429 if wait else status
        return html.page(
            "page", status=shown_status, headers=headers, shown=shown, verbs=Verb, reference=reference, wait=wait
        )


async def _verb(request: web.Request) -> Verb | None:
    """None for a form that is none of ours; nothing of it is read beyond `LONGEST_FORM`."""
    if request.content_length is None or request.content_length > LONGEST_FORM:
        return None
    form = await request.post()
    try:
        return Verb(str(form.get("do", "")))
    except ValueError:
        return None


def _reference() -> str:
    return ids.reference(secrets.token_hex(8))


def _later() -> web.Response:
    return html.page("notice", status=503, headers={"Retry-After": "5"}, title="Not ready yet", said=(
        "Heliograph is starting, or its database does not answer. Nothing was changed.",
        "Try again in a few seconds. If it stays so, acknowledge in Slack, or call whoever else is on duty.",
    ))  # fmt: skip


def _broken_form() -> web.Response:
    reference = _reference()
    log.warning("form refused", reference=reference)
    return html.page("notice", status=400, title="That was no button of this page", said=(
        "Nothing was changed.", "Open the link of the message again and use its buttons.", f"Reference: {reference}",
    ))  # fmt: skip
