"""What a person does to the app, as Slack lets them, and what becomes of the app's answer."""

from typing import Any

from sandbox.slack import blocks, inputs
from sandbox.slack.delivery import Ack, Delivery, Envelope
from sandbox.slack.errors import ControlError, SlackError
from sandbox.slack.methods import views
from sandbox.slack.model import BOT_USER, Json, Message, View
from sandbox.slack.payloads import Payloads
from sandbox.slack.people_rules import acting, place
from sandbox.slack.registry import Context
from sandbox.slack.render_view import view as shown_view
from sandbox.slack.responses import Responses
from sandbox.slack.tickets import ResponseUrl
from sandbox.slack.uploads import attach


class Interactions:
    def __init__(self, context: Context, delivery: Delivery, responses: Responses) -> None:
        self._context, self._w, self._delivery = context, context.w, delivery
        self._responses = responses
        self._payloads = Payloads(context)

    async def command(self, user: str, channel: str, command: str, text: str) -> Json:
        person = acting(self._w, user)
        c = place(self._w, person.id, channel)
        known = self._w.app.commands.get(command)
        if known is None or self._w.external(user):
            raise ControlError("unknown_command", f"{command} is not a valid command.", 404)
        if user not in c.members:
            return Ack(False, error="not_in_channel").as_json()
        payload = self._payloads.command(user, c, command, text, escape=known.escape)
        ack = await self._delivery.ask(Envelope("slash_commands", payload, command, known.url, True))
        if ack.acked and (ack.payload.get("text") or ack.payload.get("blocks") or ack.payload.get("attachments")):
            return self._answered(ack, ResponseUrl(c.id, user, 0.0))
        return ack.as_json()

    def _answered(self, ack: Ack, where: ResponseUrl) -> Json:
        """An acknowledgement may carry the answer itself."""
        try:
            self._responses.apply(where, ack.payload)
        except SlackError as error:
            return Ack(False, error=error.code, seconds=ack.seconds).as_json()
        return ack.as_json()

    async def click_message(self, user: str, channel: str, ts: str, action_id: str, block_id: str, value: Any) -> Json:
        acting(self._w, user)
        c = place(self._w, user, channel)
        if user not in c.members:
            return Ack(False, error="not_in_channel").as_json()
        m = self._w.find_visible(c, user, ts)
        if m is None:
            raise ControlError("message_not_found", "There is no such message here.", 404)
        block, element = inputs.find(_blocks(m), action_id, block_id)
        chosen = self._choose(element, value)
        if element["type"] in inputs.KINDS:
            m.state.setdefault(block["block_id"], {})[action_id] = chosen
        return await self._act(self._payloads.message_action(user, m, block, element, chosen))

    async def click_view(
        self, user: str, view_id: str, action_id: str, block_id: str, value: Any, values: Json
    ) -> Json:
        v = self._own_view(user, view_id)
        self._fill(v, values)
        block, element = inputs.find(v.body["blocks"], action_id, block_id)
        chosen = self._choose(element, value)
        if element["type"] in inputs.KINDS:
            v.state.setdefault(block["block_id"], {})[action_id] = chosen
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Ack(True).as_json()
        return await self._act(self._payloads.view_action(user, v, block, element, chosen))

    async def _act(self, payload: Json) -> Json:
        return (await self._ask(payload, "block_actions")).as_json()

    async def _ask(self, payload: Json, name: str, accepts: bool = False) -> Ack:
        if not self._w.app.interactive:
            return Ack(False, error="dispatch_failed")
        url = self._w.app.interactivity_url
        return await self._delivery.ask(Envelope("interactive", payload, name, url, accepts))

    def _choose(self, element: Json, value: Any) -> Json:
        kind = element["type"]
        if kind == "button":
            return {"type": "button"}
        if kind == "overflow":
            wanted = [o for o in element["options"] if o["value"] == value]
            if not wanted:
                raise ControlError("no_such_option", f"{element['action_id']} has no option {value}.")
            return {"type": "overflow", "selected_option": wanted[0]}
        if kind not in inputs.KINDS:
            raise ControlError("not_interactive", f"{kind} cannot be clicked.")
        return inputs.entry(element, value)

    # -- modals

    async def submit(self, user: str, view_id: str, values: Json) -> Json:
        """→ `closed`, `errors` or `updated`, and `acked`/`error` where the app did not answer."""
        v = self._own_view(user, view_id)
        stack = self._w.stacks.get(user, [])
        if v not in stack or "submit" not in v.body:
            raise ControlError("no_submit", "This view has no submit button.")
        self._fill(v, values)
        if errors := _mistakes(v):
            return {"errors": errors}
        ack = await self._ask(self._payloads.submission(user, v), "view_submission", True)
        if not ack.acked:
            return ack.as_json()
        try:
            return self._react(user, v, ack.payload)
        except SlackError as error:
            return Ack(False, error=error.code).as_json() | {"messages": error.more.get("response_metadata")}

    def _react(self, user: str, v: View, answer: Json) -> Json:
        """Does what `response_action` says."""
        stack = self._w.stacks.get(user, [])
        match answer.get("response_action"):
            case "errors":
                return {"errors": _known_errors(v, answer.get("errors"))}
            case "update":
                views.replace(self._w, v, views.checked(answer.get("view"), blocks.MODAL))
                result: Json = {"updated": shown_view(self._w, v)}
            case "push":
                body = views.checked(answer.get("view"), blocks.MODAL)
                result = {"updated": shown_view(self._w, views.on_top(self._w, user, body))}
            case "clear":
                stack.clear()
                result = {"closed": True}
            case None:
                if v in stack:
                    stack.remove(v)
                result = {"closed": True}
            case other:
                raise SlackError("invalid_response_action", messages=[f"[ERROR] unknown response_action: {other}"])
        self._w.on_change({"type": "views"}, [user])
        return result

    async def close(self, user: str, view_id: str) -> Json:
        """Closes one view, or all of them where it says `clear_on_close`."""
        v = self._own_view(user, view_id)
        stack = self._w.stacks.get(user, [])
        cleared = bool(v.body.get("clear_on_close"))
        gone = list(stack) if cleared else [v]
        for one in gone:
            if one in stack:
                stack.remove(one)
        self._w.on_change({"type": "views"}, [user])
        for one in gone:
            if one.body.get("notify_on_close"):
                await self._ask(self._payloads.closed(user, one, cleared=cleared), "view_closed")
        return {}

    async def suggest(self, user: str, target: Json, action_id: str, block_id: str, value: str) -> Json:
        """What an external select offers for what was typed."""
        where: Message | View
        if target.get("view_id"):
            where = self._own_view(user, target["view_id"])
            kit = where.body["blocks"]
        else:
            found = self._w.find_visible(place(self._w, user, target["channel"]), user, target["ts"])
            if found is None:
                raise ControlError("message_not_found", "There is no such message here.", 404)
            where, kit = found, _blocks(found)
        block, element = inputs.find(kit, action_id, block_id)
        payload = self._payloads.suggestion(user, block, element, value, where)
        ack = await self._ask(payload, "block_suggestion", True)
        found_options = {k: ack.payload[k] for k in ("options", "option_groups") if k in ack.payload}
        return ack.as_json() | found_options

    def _own_view(self, user: str, view_id: str) -> View:
        acting(self._w, user)
        v = self._w.view(view_id)
        if v is None or v.user != user:
            raise ControlError("view_not_found", "This view is not open any more.", 404)
        return v

    def _fill(self, v: View, values: Json) -> None:
        for block_id, actions in values.items():
            for action_id, raw in actions.items():
                _, element = inputs.find(v.body["blocks"], action_id, block_id)
                if element["type"] == "file_input":
                    raw = attach(self._w, v.user, raw or [])
                if element["type"] in inputs.KINDS:
                    v.state.setdefault(block_id, {})[action_id] = inputs.entry(element, raw)

    # -- shortcuts and home

    async def shortcut(self, user: str, callback_id: str, channel: str, ts: str) -> Json:
        acting(self._w, user)
        known = self._w.app.shortcuts.get(callback_id)
        if known is None or self._w.external(user):
            raise ControlError("unknown_shortcut", f"There is no shortcut {callback_id}.", 404)
        if known.type == "global":
            return (await self._ask(self._payloads.shortcut(user, callback_id), "shortcut")).as_json()
        m = place(self._w, user, channel).messages.get(ts)
        if m is None:
            raise ControlError("message_not_found", "There is no such message here.", 404)
        payload = self._payloads.message_shortcut(user, callback_id, m)
        return (await self._ask(payload, "message_action")).as_json()

    def home(self, user: str) -> Json:
        """Opens the tab, of which the app hears → what it published so far."""
        acting(self._w, user)
        c = self._w.dm(BOT_USER, user)[0]
        event: Json = {"type": "app_home_opened", "user": user, "channel": c.id, "tab": "home"}
        known = self.published(user)
        self._w.emit(event | ({"view": known} if known else {}))
        return {"view": known}

    def published(self, user: str) -> Json | None:
        found = self._w.homes.get(user)
        return shown_view(self._w, found) if found else None


def _blocks(m: Message) -> list[Json]:
    return [*m.blocks, *(b for a in m.attachments for b in a.get("blocks", []))]


def _mistakes(v: View) -> dict[str, str]:
    made = {}
    for block in v.body["blocks"]:
        if block["type"] == "input":
            held = v.state[block["block_id"]][block["element"]["action_id"]]
            if words := inputs.mistake(block, held):
                made[block["block_id"]] = words
    return made


def _known_errors(v: View, errors: Any) -> dict[str, str]:
    """Slack shows nothing at all where an error names a block that is no input."""
    known = {b["block_id"] for b in v.body["blocks"] if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not errors.keys() <= known:
        words = "[ERROR] errors must name the block_id of input blocks"
        raise SlackError("invalid_response_errors", messages=[words])
    return errors
