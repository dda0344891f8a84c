"""`/api/<method>`: reads the call, refuses what Slack refuses before it looks at the arguments, runs it, notes it."""

import asyncio
from typing import Any

from aiohttp import web

from sandbox.slack import absent, arguments
from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import METHOD_KINDS, Fault
from sandbox.slack.methods import chat, conversations, files, misc, usergroups, users, views
from sandbox.slack.model import APP_TOKEN, BOT_TOKEN, Json
from sandbox.slack.rates import RateLimits
from sandbox.slack.registry import METHODS, Call, Context, Method

_ = (chat, conversations, files, misc, usergroups, users, views)
"""Imported because importing them registers their methods."""


class WebApi:
    def __init__(self, context: Context, rates: RateLimits) -> None:
        self._context, self._rates = context, rates

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        entry = self._context.traffic.add("api", name, {})
        fault = self._context.faults.take(METHOD_KINDS, name)
        no_charset = request.content_type == "application/json" and request.charset is None
        try:
            args = await arguments.read(request)
            entry["request"] = self._context.traffic.mask(args.values)
            if fault is not None and fault.kind != "applied_then_timeout":
                return self._faulty(fault, entry)
            if wait := self._limited(name, args):
                return self._too_many(wait, entry)
            body = self._run(name, args)
            status = 200
        except SlackError as error:
            body = absent.fill(error.body(), absent.REFUSAL, absent.REFUSALS.get(name, {}))
            status = error.status
        if no_charset:
            _warn(body)
        entry["response"], entry["status"] = self._context.traffic.mask(body), status
        if fault is not None:
            await self._hang_up(request, fault, entry)
        return web.json_response(body, status=status, headers=self._headers(name))

    def _run(self, name: str, args: Arguments) -> Json:
        found = METHODS.get(name)
        if found is None:
            raise SlackError("unknown_method", req_method=name)
        self._authorise(found, args)
        return {"ok": True, **found.handler(Call(self._context, args))}

    def _authorise(self, found: Method, args: Arguments) -> None:
        if found.open:
            return
        if not args.token:
            raise SlackError("not_authed")
        if args.token not in (BOT_TOKEN, APP_TOKEN):
            raise SlackError("invalid_auth")
        if (args.token == APP_TOKEN) != found.app_token:
            raise SlackError("not_allowed_token_type")
        provided = self._context.w.app.scopes
        if found.scopes and not set(found.scopes) & set(provided):
            raise SlackError("missing_scope", needed=",".join(found.scopes), provided=",".join(provided))

    def _limited(self, name: str, args: Arguments) -> int:
        tier = METHODS[name].tier if name in METHODS else 3
        return self._rates.check(name, tier, args.text("channel"))

    def _faulty(self, fault: Fault, entry: Json) -> web.Response:
        if fault.kind == "rate_limited":
            return self._too_many(fault.retry_after, entry)
        entry["response"], entry["status"] = "Internal Server Error", 500
        return web.Response(status=500, text="Internal Server Error")

    def _too_many(self, wait: int, entry: Json) -> web.Response:
        body = {"ok": False, "error": "ratelimited"}
        entry["response"], entry["status"] = body, 429
        return web.json_response(body, status=429, headers={"Retry-After": str(wait)})

    async def _hang_up(self, request: web.Request, fault: Fault, entry: Json) -> None:
        """The call was applied; its answer never arrives. After `delay` seconds the connection is cut."""
        entry["status"] = 0
        await asyncio.sleep(fault.delay)
        if request.transport is not None:
            request.transport.abort()

    def _headers(self, name: str) -> dict[str, Any]:
        headers = {"X-OAuth-Scopes": ",".join(self._context.w.app.scopes)}
        if name in METHODS and METHODS[name].scopes:
            headers["X-Accepted-OAuth-Scopes"] = ",".join(METHODS[name].scopes)
        return headers


def _warn(body: Json) -> None:
    """JSON without a charset works, and Slack says that it should have one."""
    metadata = body.setdefault("response_metadata", {})
    metadata.setdefault("messages", [])
    metadata["warnings"] = [*metadata.get("warnings", []), "missing_charset"]
    body["warning"] = body.get("warning") or "missing_charset"
