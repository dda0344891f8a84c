"""`views.*`: modals and App Home."""

from typing import Any

from sandbox.slack import absent, blockcheck, blocks, inputs, posting
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Json, View
from sandbox.slack.registry import Call, method
from sandbox.slack.render_view import view as shown
from sandbox.slack.workspace import Workspace


@method("views.open", tier=4)
def open_view(call: Call) -> Json:
    """Opens the first modal of a stack; what was open before is gone."""
    body = _body(call, blocks.MODAL)
    _free_external_id(call.w, body)
    trigger = call.context.tickets.use_trigger(call.args.need("trigger_id"))
    made = new(call.w, trigger.user, body)
    call.w.stacks[trigger.user] = [made]
    return _told(call.w, made)


@method("views.push", tier=4)
def push(call: Call) -> Json:
    """Only from within a modal, up to three on top of each other."""
    body = _body(call, blocks.MODAL)
    _free_external_id(call.w, body)
    trigger = call.context.tickets.use_trigger(call.args.need("trigger_id"))
    stack = call.w.stacks.get(trigger.user, [])
    if not stack or trigger.in_view not in [v.id for v in stack]:
        raise SlackError("not_found", messages=["[ERROR] the trigger_id does not come from an open modal"])
    return _told(call.w, on_top(call.w, trigger.user, body))


def on_top(w: Workspace, user: str, body: Json) -> View:
    stack = w.stacks.setdefault(user, [])
    if len(stack) >= blocks.STACK:
        raise SlackError("push_limit_reached")
    made = new(w, user, body, stack[0].root, stack[-1].id)
    stack.append(made)
    return made


@method("views.update", tier=4)
def update(call: Call) -> Json:
    w, args = call.w, call.args
    body = _body(call, blocks.MODAL, blocks.HOME)
    wanted, external = args.text("view_id"), args.text("external_id")
    if not wanted and not external:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: view_id or external_id"])
    found = w.view(wanted) if wanted else _by_external_id(w, external)
    if found is None:
        raise SlackError("not_found")
    _check_hash(found, args.text("hash"))
    replace(w, found, body)
    return _told(w, found)


@method("views.publish", tier=4)
def publish(call: Call) -> Json:
    w, user = call.w, call.args.need("user_id")
    if not w.app.home_tab:
        raise SlackError("not_enabled")
    if w.people.get(user) is None or w.people[user].deleted:
        raise SlackError("user_not_found")
    body = _body(call, blocks.HOME)
    found = w.homes.get(user)
    if found is None:
        found = w.homes[user] = new(w, user, body)
    else:
        _check_hash(found, call.args.text("hash"))
        replace(w, found, body)
    return _told(w, found)


def new(w: Workspace, user: str, body: Json, root: str = "", previous: str = "") -> View:
    view_id = w.id("V")
    made = View(view_id, body, user, w.hash(), root or view_id, previous, str(body.get("external_id") or ""))
    made.state = inputs.initial_state(body["blocks"])
    return made


def replace(w: Workspace, view: View, body: Json) -> None:
    """What was filled in stays where block and action keep their ids."""
    kept = view.state
    view.body, view.hash, view.external_id = body, w.hash(), str(body.get("external_id") or "")
    view.state = inputs.initial_state(body["blocks"])
    for block_id, actions in view.state.items():
        for action_id, entry in actions.items():
            before = kept.get(block_id, {}).get(action_id)
            if before is not None and before["type"] == entry["type"]:
                actions[action_id] = before


def checked(view: Any, *kinds: str) -> Json:
    """The view as it is kept: valid, every block with an id."""
    blockcheck.check_view(view, kinds)
    return {**view, "blocks": posting.fill(view["blocks"])}


def _body(call: Call, *kinds: str) -> Json:
    view = call.args.json("view", "invalid_arguments")
    if view is None:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: view"])
    return checked(view, *kinds)


def _told(w: Workspace, view: View) -> Json:
    w.on_change({"type": "home" if view.body["type"] == blocks.HOME else "views"}, [view.user])
    return {"view": absent.fill(shown(w, view), absent.VIEW)}


def _check_hash(view: View, wanted: str) -> None:
    if wanted and wanted != view.hash:
        raise SlackError("hash_conflict")


def _by_external_id(w: Workspace, external_id: str) -> View | None:
    return next((v for s in w.stacks.values() for v in s if v.external_id == external_id), None)


def _free_external_id(w: Workspace, body: Json) -> None:
    external_id = str(body.get("external_id") or "")
    if external_id and _by_external_id(w, external_id) is not None:
        raise SlackError("duplicate_external_id")
