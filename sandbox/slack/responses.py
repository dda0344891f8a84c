"""`/response/<token>`: the messages that an app sends to a `response_url`, and those in its acknowledgements."""

from aiohttp import web

from sandbox.slack import events, posting, render
from sandbox.slack.errors import SlackError
from sandbox.slack.faults import METHOD_KINDS
from sandbox.slack.model import Json, Message
from sandbox.slack.registry import Context
from sandbox.slack.tickets import ResponseUrl


class Responses:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def handle(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except ValueError:
            body = None
        entry = self._context.traffic.add("response_url", "response_url", body)
        fault = self._context.faults.take(METHOD_KINDS, "response_url")
        if fault is not None and fault.kind == "rate_limited":
            entry["status"] = 429
            return web.Response(status=429, headers={"Retry-After": str(fault.retry_after)})
        if fault is not None and fault.kind == "error_500":
            entry["status"] = 500
            return web.Response(status=500, text="Internal Server Error")
        try:
            if not isinstance(body, dict):
                raise SlackError("invalid_payload", status=400)
            self.apply(self._context.tickets.use_url(request.match_info["token"]), body)
        except SlackError as error:
            status = error.status if error.status != 200 else 400
            entry["response"], entry["status"] = error.body(), status
            return web.json_response(error.body(), status=status)
        return web.Response(text="ok")

    def apply(self, place: ResponseUrl, body: Json) -> None:
        """Ephemeral unless it says otherwise; replaces or deletes the message that was acted on when told to."""
        w = self._context.w
        c = w.channels[place.channel]
        original = w.find_visible(c, place.user, place.message_ts) if place.message_ts else None
        if body.get("delete_original") and original is not None:
            self._delete(original)
            return
        made = posting.from_body(body)
        if body.get("replace_original") and original is not None:
            self._replace(original, made)
            return
        thread_ts = str(body.get("thread_ts") or place.thread_ts or "")
        if body.get("response_type") == "in_channel":
            posting.post(w, c, made, thread_ts=thread_ts)
        else:
            posting.whisper(w, c, made, place.user, thread_ts)

    def _replace(self, m: Message, made: posting.Content) -> None:
        w = self._context.w
        before = render.message(w, m)
        m.text, m.blocks, m.attachments, m.state = made.text, made.blocks, made.attachments, {}
        c = w.channels[m.channel]
        w.changed(c, [m.ephemeral_to] if m.ephemeral_to else None)
        if not m.ephemeral_to:
            m.edited = {"user": m.user, "ts": w.next_ts(c)}
            events.changed(w, m, before)

    def _delete(self, m: Message) -> None:
        w = self._context.w
        c = w.channels[m.channel]
        if m.ephemeral_to:
            c.ephemeral.remove(m)
            w.changed(c, [m.ephemeral_to])
            return
        before = render.message(w, m)
        del c.messages[m.ts]
        w.changed(c)
        events.deleted(w, m, before)
