"""`/control/…`: act as any person, see what they see, turn the sandbox's knobs. docs/sandbox.md is the contract."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from sandbox.slack.acts import Acts
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.interactions import Interactions
from sandbox.slack.knobs import Knobs
from sandbox.slack.model import Json
from sandbox.slack.people_rules import acting
from sandbox.slack.registry import Context
from sandbox.slack.seen import Seen, next_saturday
from sandbox.slack.stream import Streams

Action = Callable[[Json], Awaitable[Json]]
BEFORE_HANDOFF = timedelta(minutes=1)


class Control:
    def __init__(
        self, context: Context, interactions: Interactions, seen: Seen, streams: Streams, knobs: Knobs
    ) -> None:
        self._context, self._w = context, context.w
        self._interactions, self._seen, self._streams, self._knobs = interactions, seen, streams, knobs
        self._acts = Acts(context.w)

    def routes(self) -> list[web.RouteDef]:
        posts = {
            "post": self._post,
            "edit": self._edit,
            "delete": self._delete,
            "command": self._command,
            "click": self._click,
            "submit": self._submit,
            "close": self._close,
            "suggest": self._suggest,
            "react": self._react,
            "shortcut": self._shortcut,
            "home": self._home,
            "read": self._read,
            "join": self._join,
            "leave": self._leave,
            "invite": self._invite,
            "clock": self._clock,
            "boundaries": self._boundaries,
            **self._knobs.posts(),
        }
        gets = {
            "state": self._state,
            "messages": self._messages,
            "views": self._views,
            "home": self._published,
            "traffic": self._traffic,
            **self._knobs.gets(),
        }
        made = [web.post(f"/control/{name}", _posted(action)) for name, action in posts.items()]
        made += [web.get(f"/control/{name}", _asked(action)) for name, action in gets.items()]
        made.append(web.delete("/control/faults", _asked(self._knobs.clear_faults)))
        return [*made, web.get("/control/stream", self._streams.serve)]

    # -- looking

    async def _state(self, q: Json) -> Json:
        return self._seen.state(acting(self._w, _need(q, "as")).id)

    async def _messages(self, q: Json) -> Json:
        user = acting(self._w, _need(q, "as")).id
        return {"messages": self._seen.messages(user, _need(q, "channel"), q.get("thread", ""))}

    async def _views(self, q: Json) -> Json:
        return {"views": self._seen.views(acting(self._w, _need(q, "as")).id)}

    async def _published(self, q: Json) -> Json:
        return {"view": self._interactions.published(acting(self._w, _need(q, "as")).id)}

    async def _traffic(self, q: Json) -> Json:
        return {"traffic": self._context.traffic.since(int(q.get("since", 0)))}

    # -- acting

    async def _post(self, b: Json) -> Json:
        files, broadcast = b.get("files") or [], bool(b.get("broadcast"))
        thread_ts = b.get("thread_ts") or ""
        return self._acts.post(_need(b, "as"), _need(b, "channel"), b.get("text") or "", thread_ts, files, broadcast)

    async def _edit(self, b: Json) -> Json:
        return self._acts.edit(_need(b, "as"), _need(b, "channel"), _need(b, "ts"), _need(b, "text"))

    async def _delete(self, b: Json) -> Json:
        return self._acts.delete(_need(b, "as"), _need(b, "channel"), _need(b, "ts"))

    async def _command(self, b: Json) -> Json:
        text = b.get("text") or ""
        return await self._interactions.command(_need(b, "as"), _need(b, "channel"), _need(b, "command"), text)

    async def _click(self, b: Json) -> Json:
        user, action_id, block_id = _need(b, "as"), _need(b, "action_id"), b.get("block_id") or ""
        value = b.get("value")
        if b.get("view_id"):
            values = b.get("values") or {}
            return await self._interactions.click_view(user, b["view_id"], action_id, block_id, value, values)
        channel, ts = _need(b, "channel"), _need(b, "ts")
        return await self._interactions.click_message(user, channel, ts, action_id, block_id, value)

    async def _submit(self, b: Json) -> Json:
        return await self._interactions.submit(_need(b, "as"), _need(b, "view_id"), b.get("values") or {})

    async def _close(self, b: Json) -> Json:
        return await self._interactions.close(_need(b, "as"), _need(b, "view_id"))

    async def _suggest(self, b: Json) -> Json:
        block_id, value = b.get("block_id") or "", b.get("value") or ""
        return await self._interactions.suggest(_need(b, "as"), b, _need(b, "action_id"), block_id, value)

    async def _react(self, b: Json) -> Json:
        remove = bool(b.get("remove"))
        return self._acts.react(_need(b, "as"), _need(b, "channel"), _need(b, "ts"), _need(b, "name"), remove)

    async def _shortcut(self, b: Json) -> Json:
        channel, ts = b.get("channel") or "", b.get("ts") or ""
        return await self._interactions.shortcut(_need(b, "as"), _need(b, "callback_id"), channel, ts)

    async def _home(self, b: Json) -> Json:
        return self._interactions.home(_need(b, "as"))

    async def _read(self, b: Json) -> Json:
        return self._acts.read(acting(self._w, _need(b, "as")).id, _need(b, "channel"))

    async def _join(self, b: Json) -> Json:
        return self._acts.join(_need(b, "as"), _need(b, "channel"))

    async def _leave(self, b: Json) -> Json:
        return self._acts.leave(_need(b, "as"), _need(b, "channel"))

    async def _invite(self, b: Json) -> Json:
        return self._acts.invite(_need(b, "as"), _need(b, "channel"), _need(b, "user"))

    # -- time

    async def _clock(self, b: Json) -> Json:
        clock = self._w.clock
        if "advance" in b:
            clock.advance(timedelta(seconds=float(b["advance"])))
        if "to" in b:
            clock.jump(self._instant(str(b["to"])))
        if "rate" in b:
            clock.run_at(float(b["rate"]))
        return self._seen.clock()

    def _instant(self, to: str) -> datetime:
        now = self._w.clock.now()
        if to == "saturday":
            return next_saturday(now)
        if to == "handoff":
            due = next((b for b in sorted(self._seen.boundaries) if b - BEFORE_HANDOFF > now), None)
            if due is None:
                raise ControlError("no_handoff", "The workspace was told of no handoff to come.")
            return due - BEFORE_HANDOFF
        return _aware(to)

    async def _boundaries(self, b: Json) -> Json:
        self._seen.boundaries = sorted(_aware(text) for text in b.get("at") or [])
        self._streams.tell({"type": "clock"})
        return {}


def _aware(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ControlError("invalid_time", f"{text} is not an ISO time.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _need(values: Json, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError("missing_argument", f"`{name}` is missing.")
    return value


def _posted(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.can_read_body else {}
        except ValueError:
            return _refused("invalid_json", "The body is not JSON.", 400)
        if not isinstance(body, dict):
            return _refused("invalid_json", "The body is not an object.", 400)
        return await _answer(action, body)

    return handle


def _asked(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        return await _answer(action, dict(request.query))

    return handle


async def _answer(action: Action, values: dict[str, Any]) -> web.Response:
    try:
        return web.json_response({"ok": True, **await action(values)})
    except ControlError as error:
        return _refused(error.code, error.words, error.status)
    except SlackError as error:
        return _refused(error.code, f"Slack refuses this: {error.code}.", 400)
    except (TypeError, ValueError, KeyError) as error:
        return _refused("invalid_argument", f"An argument is not what it should be: {error}", 400)


def _refused(code: str, words: str, status: int) -> web.Response:
    return web.json_response({"ok": False, "error": code, "message": words}, status=status)
