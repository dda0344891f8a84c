"""Interactive elements as a table: under which key each keeps what a person chose, and how it looks in `state`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sandbox.slack.errors import ControlError
from sandbox.slack.model import Json

REQUIRED = "Please complete this required field."
TEXT_MOST = 3_000


@dataclass(frozen=True)
class Kind:
    key: str
    """Where `state` and `actions` keep the choice."""
    initial: str = ""
    many: bool = False
    option: bool = False
    """The choice is a whole option object, not its value."""


KINDS: dict[str, Kind] = {
    "plain_text_input": Kind("value", "initial_value"),
    "number_input": Kind("value", "initial_value"),
    "email_text_input": Kind("value", "initial_value"),
    "url_text_input": Kind("value", "initial_value"),
    "rich_text_input": Kind("rich_text_value", "initial_value"),
    "datepicker": Kind("selected_date", "initial_date"),
    "timepicker": Kind("selected_time", "initial_time"),
    "datetimepicker": Kind("selected_date_time", "initial_date_time"),
    "static_select": Kind("selected_option", "initial_option", option=True),
    "external_select": Kind("selected_option", "initial_option", option=True),
    "users_select": Kind("selected_user", "initial_user"),
    "channels_select": Kind("selected_channel", "initial_channel"),
    "conversations_select": Kind("selected_conversation", "initial_conversation"),
    "multi_static_select": Kind("selected_options", "initial_options", many=True, option=True),
    "multi_external_select": Kind("selected_options", "initial_options", many=True, option=True),
    "multi_users_select": Kind("selected_users", "initial_users", many=True),
    "multi_channels_select": Kind("selected_channels", "initial_channels", many=True),
    "multi_conversations_select": Kind("selected_conversations", "initial_conversations", many=True),
    "checkboxes": Kind("selected_options", "initial_options", many=True, option=True),
    "radio_buttons": Kind("selected_option", "initial_option", option=True),
    "file_input": Kind("files", many=True),
}
"""Elements that keep a state. Buttons and overflow menus keep none."""


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with its block."""
    for block in blocks:
        inner = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
        for element in inner:
            if isinstance(element, dict) and element.get("action_id"):
                yield block, element


def find(blocks: list[Json], action_id: str, block_id: str = "") -> tuple[Json, Json]:
    for block, element in elements(blocks):
        if element["action_id"] == action_id and block_id in ("", block["block_id"]):
            return block, element
    raise ControlError("action_not_found", f"There is no element {action_id} here.", 404)


def initial_state(blocks: list[Json]) -> dict[str, dict[str, Json]]:
    made: dict[str, dict[str, Json]] = {}
    for block, element in elements(blocks):
        kind = KINDS.get(element["type"])
        if kind is not None:
            first = element.get(kind.initial) if kind.initial else None
            entry = {"type": element["type"], kind.key: first if first is not None else ([] if kind.many else None)}
            made.setdefault(block["block_id"], {})[element["action_id"]] = entry
    return made


def entry(element: Json, raw: Any) -> Json:
    """The state of `element` after a person chose `raw`: a value, a list of values, or whole options."""
    kind = KINDS[element["type"]]
    if kind.many:
        values = [] if raw is None else raw if isinstance(raw, list) else [raw]
        chosen: Any = [_option(element, v) for v in values] if kind.option else values
    elif raw is None or raw == "":
        chosen = None
    elif kind.option:
        chosen = _option(element, raw)
    elif element["type"] == "datetimepicker":
        chosen = int(raw)
    else:
        chosen = raw if isinstance(raw, dict) else str(raw)
    return {"type": element["type"], kind.key: chosen}


def _option(element: Json, raw: Any) -> Json:
    wanted = raw.get("value") if isinstance(raw, dict) else str(raw)
    for option in options(element):
        if option["value"] == wanted:
            return option
    if element["type"].endswith("external_select"):
        return raw if isinstance(raw, dict) else {"text": {"type": "plain_text", "text": wanted}, "value": wanted}
    raise ControlError("no_such_option", f"{element['action_id']} has no option {wanted}.")


def options(element: Json) -> list[Json]:
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    return [option for group in groups for option in group["options"]]


def mistake(block: Json, held: Json) -> str:
    """What Slack itself says below a field before the app hears of it; empty when all is well."""
    element = block["element"]
    value = held[KINDS[element["type"]].key]
    if value is None or value == [] or value == "":
        return "" if block.get("optional") else REQUIRED
    check = _CHECKS.get(element["type"])
    return check(value, element) if check else ""


def _text(value: str, e: Json) -> str:
    if len(value) < e.get("min_length", 0):
        return f"Please enter at least {e['min_length']} characters."
    most = e.get("max_length", TEXT_MOST)
    return f"Please enter at most {most} characters." if len(value) > most else ""


def _number(value: str, e: Json) -> str:
    pattern = r"-?\d+(\.\d+)?" if e.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a valid number."
    if "min_value" in e and float(value) < float(e["min_value"]):
        return f"Please enter a number of at least {e['min_value']}."
    if "max_value" in e and float(value) > float(e["max_value"]):
        return f"Please enter a number of at most {e['max_value']}."
    return ""


def _email(value: str, e: Json) -> str:
    return "" if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Please enter a valid email address."


def _url(value: str, e: Json) -> str:
    return "" if re.fullmatch(r"https?://\S+", value) else "Please enter a valid URL."


def _date(value: str, e: Json) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        return "Please enter a valid date."
    return ""


def _many(value: list[Any], e: Json) -> str:
    most = e.get("max_selected_items") or e.get("max_files") or len(value)
    return f"Please choose at most {most}." if len(value) > most else ""


_CHECKS: dict[str, Any] = {
    "plain_text_input": _text,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _url,
    "datepicker": _date,
    "file_input": _many,
} | {t: _many for t in KINDS if t.startswith("multi_")}
