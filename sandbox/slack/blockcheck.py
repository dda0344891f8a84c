"""Walks blocks and views along the tables of `blocks`, and says what Slack says: errors with JSON pointers."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack import blocks as kit
from sandbox.slack.blocks import F
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Json

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_URL = re.compile(r"(https?|mailto|slack|tel):\S+", re.IGNORECASE)


def check_message(blocks: Any) -> None:
    """Refuses what a message may not hold: `invalid_blocks_format`, `invalid_blocks`, `msg_blocks_too_long`."""
    if not isinstance(blocks, list) or not all(isinstance(b, dict) for b in blocks):
        raise SlackError("invalid_blocks_format")
    errors = list(_surface(blocks, kit.MESSAGE, "/blocks"))
    if errors:
        raise SlackError("invalid_blocks", messages=errors, errors=[e.removeprefix("[ERROR] ") for e in errors])
    if characters(blocks) > kit.BLOCKS_CHARACTERS:
        raise SlackError("msg_blocks_too_long")


def check_view(view: Any, kinds: tuple[str, ...]) -> None:
    """Refuses a view that Slack would not show: `invalid_arguments`, `view_too_large`."""
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", messages=["[ERROR] must provide an object [json-pointer:/view]"])
    if len(json.dumps(view)) > kit.VIEW_BYTES:
        raise SlackError("view_too_large")
    errors = list(_view(view, kinds))
    if errors:
        raise SlackError("invalid_arguments", messages=errors)


def characters(value: Any) -> int:
    """The text that is shown, over all blocks."""
    if isinstance(value, dict):
        own = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return own + sum(characters(v) for k, v in value.items() if not (k == "text" and isinstance(v, str)))
    if isinstance(value, list):
        return sum(characters(v) for v in value)
    return 0


def _view(view: Json, kinds: tuple[str, ...]) -> Iterator[str]:
    kind = view.get("type")
    if kind not in kinds:
        yield _error(f"must be a valid enum value: {', '.join(kinds)}", "/view/type")
        return
    fields = kit.VIEWS[kind] | kit.VIEW_COMMON
    yield from _fields(view, fields, "/view", kind, {"type", "blocks", "state", *_READ_ONLY})
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        yield _error("missing required field: blocks", "/view")
        return
    yield from _surface(blocks, kind, "/view/blocks")
    if kind == kit.MODAL and "submit" not in view and any(_type(b) == "input" for b in blocks):
        yield _error("missing required field: submit", "/view")
    ids = [b["element"].get("action_id") for b in blocks if _type(b) == "input" and isinstance(b.get("element"), dict)]
    if len(ids) != len(set(ids)) and not all(b.get("block_id") for b in blocks if _type(b) == "input"):
        yield _error("`action_id` already exists", "/view/blocks")


_READ_ONLY = ("id", "team_id", "hash", "root_view_id", "previous_view_id", "app_id", "app_installed_team_id", "bot_id")


def _surface(blocks: list[Any], surface: str, at: str) -> Iterator[str]:
    if len(blocks) > kit.MOST_BLOCKS[surface]:
        yield _error(f"no more than {kit.MOST_BLOCKS[surface]} items allowed", at)
    seen: set[str] = set()
    for i, block in enumerate(blocks):
        where = f"{at}/{i}"
        if not isinstance(block, dict):
            yield _error("must be an object", where)
            continue
        yield from _block(block, surface, where)
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id in seen:
            yield _error(f"`block_id` {block_id} already exists", f"{where}/block_id")
        seen.add(str(block_id) if block_id else "")
    if sum(_type(b) == "table" for b in blocks) > 1:
        yield _error("only one table allowed", at)


def _block(block: Json, surface: str, at: str) -> Iterator[str]:
    kind = _type(block)
    if kind not in kit.BLOCKS or surface not in kit.SURFACES.get(kind, (surface,)):
        yield _error(f"unsupported type: {kind}", f"{at}/type")
        return
    yield from _fields(block, kit.BLOCKS[kind] | {"block_id": F("str", kit.ID)}, at, surface, {"type"})
    if kind == "section" and not block.get("text") and not block.get("fields"):
        yield _error("missing required field: text", at)
    if kind == "image" and not block.get("image_url") and not block.get("slack_file"):
        yield _error("missing required field: image_url", at)
    if kind == "table":
        yield from _table(block, at)
    yield from _action_ids(block, at)


def _table(block: Json, at: str) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not all(isinstance(r, list) for r in rows):
        yield _error("must be a list of rows", f"{at}/rows")
        return
    for i, row in enumerate(rows):
        if len(row) > kit.TABLE_COLUMNS:
            yield _error(f"no more than {kit.TABLE_COLUMNS} items allowed", f"{at}/rows/{i}")
        for k, cell in enumerate(row):
            if _type(cell) not in ("raw_text", "rich_text", "raw_number"):
                yield _error(f"unsupported type: {_type(cell)}", f"{at}/rows/{i}/{k}/type")


def _action_ids(block: Json, at: str) -> Iterator[str]:
    elements = block.get("elements")
    ids = [e.get("action_id") for e in elements if isinstance(e, dict)] if isinstance(elements, list) else []
    named = [i for i in ids if i]
    for action_id in {i for i in named if named.count(i) > 1}:
        yield _error(f"`action_id` {action_id} already exists for this block", f"{at}/elements")


def _fields(value: Json, fields: dict[str, F], at: str, surface: str, more: set[str]) -> Iterator[str]:
    for name, field in fields.items():
        if value.get(name) is None:
            if field.required:
                yield _error(f"missing required field: {name}", at)
            continue
        yield from _value(value[name], field, f"{at}/{name}", surface)
    for name in value.keys() - fields.keys() - more:
        yield _error(f"no more than 0 items allowed, additional property: {name}", at)


def _value(value: Any, f: F, at: str, surface: str) -> Iterator[str]:
    match f.kind:
        case "plain" | "text":
            yield from _text(value, f, at)
        case "texts":
            yield from _list(value, f, at)
            for i, text in enumerate(value if isinstance(value, list) else ()):
                yield from _text(text, F("text", int(f.of[0])), f"{at}/{i}")
        case "object":
            yield from _object(value, f.of, at, surface)
        case "objects":
            yield from _list(value, f, at)
            for i, inner in enumerate(value if isinstance(value, list) else ()):
                yield from _object(inner, f.of, f"{at}/{i}", surface)
        case "strings":
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                yield _error("must be a list of strings", at)
        case "any":
            if isinstance(value, list):
                yield from _list(value, f, at)
        case _:
            yield from _scalar(value, f, at)


def _scalar(value: Any, f: F, at: str) -> Iterator[str]:
    if f.kind in ("bool", "int"):
        if not isinstance(value, bool if f.kind == "bool" else int) or (f.kind == "int" and isinstance(value, bool)):
            yield _error(f"must provide a {'boolean' if f.kind == 'bool' else 'number'}", at)
        return
    if not isinstance(value, str):
        yield _error("must provide a string", at)
        return
    if f.kind == "enum" and value not in f.of:
        yield _error(f"must be a valid enum value: {', '.join(f.of)}", at)
    pattern = {"date": _DATE, "time": _TIME, "number": _NUMBER, "url": _URL}.get(f.kind)
    if pattern is not None and not pattern.fullmatch(value):
        yield _error(f"invalid {f.kind}", at)
    yield from _length(value, f, at)


def _text(value: Any, f: F, at: str) -> Iterator[str]:
    """A text object; `plain` fields refuse mrkdwn."""
    allowed = ("plain_text",) if f.kind == "plain" else ("plain_text", "mrkdwn")
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        yield _error("failed to match all allowed schemas: a text object", at)
        return
    if value.get("type") not in allowed:
        yield _error(f"must be a valid enum value: {', '.join(allowed)}", f"{at}/type")
    more = {"plain_text": "emoji", "mrkdwn": "verbatim"}.get(str(value.get("type")), "")
    for name in value.keys() - {"type", "text", more}:
        yield _error(f"no more than 0 items allowed, additional property: {name}", at)
    yield from _length(value["text"], f, f"{at}/text")


def _length(value: str, f: F, at: str) -> Iterator[str]:
    if len(value) < f.least:
        yield _error(f"must be more than {f.least - 1} characters", at)
    if f.most is not None and len(value) > f.most:
        yield _error(f"must be less than {f.most + 1} characters", at)


def _list(value: Any, f: F, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _error("must provide a list", at)
        return
    if len(value) < f.least:
        yield _error(f"no fewer than {f.least} items allowed", at)
    if f.most is not None and len(value) > f.most:
        yield _error(f"no more than {f.most} items allowed", at)


def _object(value: Any, allowed: tuple[str, ...], at: str, surface: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _error("must be an object", at)
        return
    kind = allowed[0] if allowed[0] in kit.UNTYPED else _named(value, allowed)
    if kind not in allowed or surface not in kit.SURFACES.get(kind, (surface,)):
        yield _error(f"unsupported type: {_type(value)}", f"{at}/type")
        return
    if kind in kit.OBJECTS:
        yield from _fields(value, kit.OBJECTS[kind], at, surface, set() if kind in kit.UNTYPED else {"type"})
        return
    yield from _fields(value, kit.ELEMENTS[kind] | {"action_id": F("str", kit.ID)}, at, surface, {"type"})
    if kind.endswith("static_select") and bool(value.get("options")) == bool(value.get("option_groups")):
        yield _error("must define either `options` or `option_groups`", at)
    yield from _initial(value, at)


def _initial(element: Json, at: str) -> Iterator[str]:
    """An initial option must be one of the options, exactly."""
    groups = element.get("option_groups") or [{"options": element.get("options") or []}]
    known = [o for g in groups if isinstance(g, dict) for o in g.get("options") or []]
    first = element.get("initial_option")
    for wanted in [first] if first else element.get("initial_options") or []:
        if known and wanted not in known:
            yield _error("`initial_option` must be one of the options", at)


def _named(value: Json, allowed: tuple[str, ...]) -> str:
    kind = _type(value)
    return "image_element" if kind == "image" and "image_element" in allowed else kind


def _type(value: Any) -> str:
    return str(value.get("type")) if isinstance(value, dict) else type(value).__name__


def _error(words: str, at: str) -> str:
    return f"[ERROR] {words} [json-pointer:{at}]"
