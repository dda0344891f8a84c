"""`POST /hooks/alertmanager`: Alertmanager's webhook, version 4.

Who does not know the secret changes nothing and reads nothing. What comes with the right secret and cannot be read is
refused with what is wrong, and somebody is paged, since Alertmanager drops what is refused with 4xx. One alert that
cannot be read keeps none of the others back. What fails here is 503, and Alertmanager comes again.
"""

import hmac
import secrets
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from bot import clock
from bot.alerts.model import Alert
from bot.alerts.service import Alerts
from bot.errors import Temporary
from bot.store import ids
from bot.web.guesses import Guesses

PATH = "/hooks/alertmanager"
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
LONGEST = 1024 * 1024
"""Bytes of a notification: some thousand alerts."""

log = structlog.get_logger()


class Told(BaseModel):
    """One alert, as Alertmanager's documentation has it; what else it says is not needed."""

    status: str = Field(pattern="^(firing|resolved)$")
    labels: dict[str, str]
    annotations: dict[str, str] = {}
    startsAt: AwareDatetime
    generatorURL: str = ""
    fingerprint: str = Field(pattern=r"^[\w.\-]{1,64}$")

    def alert(self) -> Alert:
        firing = self.status == "firing"
        began = _known_year(self.startsAt)
        return Alert(self.fingerprint, firing, began, self.labels, self.annotations, self.generatorURL)


class Notification(BaseModel):
    version: str = Field(pattern="^4$")
    alerts: list[Any] = Field(max_length=10_000)
    truncatedAlerts: int = Field(default=0, ge=0)

    def read(self) -> tuple[list[Alert], list[ErrorDetails]]:
        """→ what can be read, and what is wrong with the rest."""
        read: list[Alert] = []
        wrong: list[ErrorDetails] = []
        for number, one in enumerate(self.alerts):
            try:
                read.append(Told.model_validate(one).alert())
            except ValidationError as error:
                wrong += [{**e, "loc": ("alerts", number, *e["loc"])} for e in _errors(error)]
        return read, wrong


@dataclass
class Alertmanager:
    """`alerts` is None until there is a database; an empty `secret` switches it off."""

    secret: str = ""
    alerts: Alerts | None = None

    def __post_init__(self) -> None:
        self._guesses = Guesses(clock.monotonic)

    async def receive(self, request: web.Request) -> web.Response:
        if not self.secret:
            return _refused(request, 404, "Alertmanager is not connected: set HELIOGRAPH_ALERTMANAGER_SECRET.")
        if not _knows(request.headers.get("Authorization", ""), self.secret):
            return self._wrong_secret(request)
        if self.alerts is None:
            return web.json_response({"error": "Heliograph is starting."}, status=503, headers={"Retry-After": "5"})
        try:
            return await self._taken(request, self.alerts)
        except Temporary as error:
            log.warning("alerts put off", error=str(error))
            return web.json_response({"error": str(error)}, status=503, headers={"Retry-After": "5"})

    async def _taken(self, request: web.Request, alerts: Alerts) -> web.Response:
        body = await _body(request)
        if body is None:
            said = f"The body is longer than {LONGEST} bytes; set max_alerts in the receiver's webhook_config."
            return await self._unreadable(request, alerts, 413, said)
        try:
            told = Notification.model_validate_json(body)
        except ValidationError as error:
            return await self._unreadable(request, alerts, 400, _problems(_errors(error)))
        read, wrong = told.read()
        if wrong and not read:
            return await self._unreadable(request, alerts, 400, _problems(wrong))
        pages = await alerts.receive(read, told.truncatedAlerts)
        log.info("alerts taken", alerts=len(read), pages=pages)
        answer: dict[str, Any] = {"alerts": len(read), "pages": [f"P-{page}" for page in pages]}
        if wrong:
            said, reference = _problems(wrong), _reference()
            log.warning("alerts left out", reference=reference, alerts=len(told.alerts) - len(read), why=said)
            await alerts.unreadable(said, reference)
            answer |= {"left_out": len(told.alerts) - len(read), "error": said, "reference": reference}
        return web.json_response(answer)

    async def _unreadable(self, request: web.Request, alerts: Alerts, status: int, said: str) -> web.Response:
        reference = _reference()
        await alerts.unreadable(said, reference)
        return _refused(request, status, said, reference)

    def _wrong_secret(self, request: web.Request) -> web.Response:
        wait = self._guesses.wrong(request.remote or "")
        if wait:
            said = "Too many wrong secrets came from here."
            return _refused(request, 429, said, headers={"Retry-After": str(wait)})
        said = "The secret is wrong: send HELIOGRAPH_ALERTMANAGER_SECRET as bearer token or as password."
        return _refused(request, 401, said, headers={"WWW-Authenticate": 'Bearer realm="heliograph"'})


def _known_year(at: datetime) -> datetime:
    """Go's zero time, and what a broken clock says, are not to keep a page back: no database has the year 10000."""
    return min(max(at.replace(tzinfo=UTC), EARLIEST), LATEST) if at.year in (1, 9999) else at.astimezone(UTC)


def _knows(header: str, secret: str) -> bool:
    """As bearer token, or as password of whatever user; compared in constant time."""
    kind, _, given = header.partition(" ")
    if kind.lower() == "basic":
        try:
            given = b64decode(given, validate=True).decode().partition(":")[2]
        except (NotBase64, UnicodeDecodeError):
            given = ""
    elif kind.lower() != "bearer":
        given = ""
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), secret.encode())


async def _body(request: web.Request) -> bytes | None:
    """None where it is too long; of such a one no more than `LONGEST` is kept."""
    if (request.content_length or 0) > LONGEST:
        return None
    taken = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        taken += chunk
        if len(taken) > LONGEST:
            return None
    return bytes(taken)


def _errors(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_input=False, include_url=False)


def _problems(found: list[ErrorDetails]) -> str:
    """What is wrong where, without what was given: the first three."""
    said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in found[:3])
    more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
    return f"This is no notification of Alertmanager's webhook, version 4: {said}{more}."


def _reference() -> str:
    return ids.reference(secrets.token_hex(8))


def _refused(
    request: web.Request, status: int, said: str, reference: str = "", headers: dict[str, str] | None = None
) -> web.Response:
    reference = reference or _reference()
    log.warning("alerts refused", reference=reference, status=status, why=said, address=request.remote)
    return web.json_response({"error": said, "reference": reference}, status=status, headers=headers)
