"""The other way to reach an app: signed HTTP requests to the URL in its manifest."""

import asyncio
import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.delivery import Ack, Envelope
from sandbox.slack.faults import Fault
from sandbox.slack.model import SIGNING_SECRET, Json


class HttpCarrier:
    """`request_url`, where there is one, is where everything goes, whatever URLs the manifest gives."""

    def __init__(self, request_url: str | None) -> None:
        self._request_url = request_url
        self._session: aiohttp.ClientSession | None = None

    async def send(self, envelope: Envelope, fault: Fault | None, seconds: float) -> Ack:
        url = self._request_url or envelope.url
        if not url:
            return Ack(False, error="dispatch_failed")
        body, content_type = _body(envelope)
        headers = sign(body) | {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if envelope.retry:
            headers |= {"X-Slack-Retry-Num": str(envelope.retry), "X-Slack-Retry-Reason": envelope.retry_reason}
        if fault is not None and fault.kind == "drop_socket":
            return Ack(False, error="operation_timeout")
        try:
            async with asyncio.timeout(seconds), self._http().post(url, data=body, headers=headers) as answer:
                return await _ack(answer)
        except TimeoutError:
            return Ack(False, error="operation_timeout")
        except aiohttp.ClientError:
            return Ack(False, error="dispatch_failed")

    async def verify(self, url: str) -> bool:
        """The `url_verification` handshake of the Events API."""
        challenge = hashlib.sha256(url.encode()).hexdigest()
        payload = {"type": "url_verification", "challenge": challenge, "token": "sandbox-verification-token"}
        body = json.dumps(payload).encode()
        headers = sign(body) | {"Content-Type": "application/json"}
        async with self._http().post(url, data=body, headers=headers) as answer:
            return challenge in await answer.text()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session


def sign(body: bytes, at: int | None = None, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """Slack's request signature, over real time: `v0=HMAC-SHA256(v0:timestamp:body)`."""
    timestamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={digest}"}


def _body(envelope: Envelope) -> tuple[bytes, str]:
    """Events are JSON, interactions JSON in a form field, commands a form."""
    form = "application/x-www-form-urlencoded"
    match envelope.kind:
        case "slash_commands":
            fields = {k: str(v).lower() if isinstance(v, bool) else v or "" for k, v in envelope.payload.items()}
            return urlencode(fields).encode(), form
        case "interactive":
            return urlencode({"payload": json.dumps(envelope.payload)}).encode(), form
        case _:
            return json.dumps(envelope.payload).encode(), "application/json"


async def _ack(answer: aiohttp.ClientResponse) -> Ack:
    text = await answer.text()
    if answer.status != 200:
        no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
        return Ack(False, {"no_retry": True} if no_retry else {}, "dispatch_failed")
    payload: Json = {}
    if text.strip():
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = {"text": text}
        payload = parsed if isinstance(parsed, dict) else {}
    return Ack(True, payload)
